using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.SystemLevel;

/// <summary>A function whose immediate operand is rewritten before each call.</summary>
public sealed class SelfModifyingCode : Workload
{
    // MOV EAX, imm32 and RET, on a page of their own.
    private const byte MoveImmediate = 0xb8;
    private const byte Return = 0xc3;
    private const int Function = Data;

    /// <inheritdoc/>
    public override string Name => "smc";

    /// <inheritdoc/>
    public override string Unit => "a store into code and a call";

    /// <inheritdoc/>
    public override int RoundUnits => 4000;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        ram[Function] = MoveImmediate;
        ram[Function + 5] = Return;
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        a.mov(ebx, Function);
        a.xor(r8d, r8d);
        a.Label(ref pass);
        a.mov(__dword_ptr[rbx + 1], edi);
        a.call(rbx);
        a.lea(r8, __[r8 + (r8 * 2)]);
        a.add(r8, rax);
        a.dec(rdi);
        a.jne(pass);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var sum = 0ul;
        for (var left = (ulong)units; left != 0; left--)
        {
            sum = (sum * 3) + left;
        }

        return sum;
    }
}
