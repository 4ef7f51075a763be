using Emulator.Workloads.Machine;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.SystemLevel;

/// <summary>A division by zero and an undefined instruction, each delivered through the IDT to a handler that steps over it.</summary>
public sealed class Exceptions : Workload
{
    private const int DivideError = 0;
    private const int InvalidOpcode = 6;
    private const int InstructionLength = 2;

    /// <inheritdoc/>
    public override string Name => "exceptions";

    /// <inheritdoc/>
    public override string Unit => "a #DE and a #UD";

    /// <inheritdoc/>
    public override int RoundUnits => 20_000;

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var divide = a.CreateLabel();
        var undefined = a.CreateLabel();
        var end = a.CreateLabel();
        InterruptGate.Emit(a, DivideError, divide);
        InterruptGate.Emit(a, InvalidOpcode, undefined);
        a.xor(r8d, r8d);
        a.xor(ebx, ebx);
        a.Label(ref pass);
        a.mov(eax, edi);
        a.xor(edx, edx);
        a.div(ebx);
        a.ud2();
        a.dec(rdi);
        a.jne(pass);
        a.jmp(end);
        a.Label(ref divide);
        a.lea(r8, __[r8 + (r8 * 4) + 1]);
        a.add(__qword_ptr[rsp], InstructionLength);
        a.iretq();
        a.Label(ref undefined);
        a.add(r8, rdi);
        a.add(__qword_ptr[rsp], InstructionLength);
        a.iretq();
        a.Label(ref end);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var sum = 0ul;
        for (var left = (ulong)units; left != 0; left--)
        {
            sum = (sum * 5) + 1 + left;
        }

        return sum;
    }
}
