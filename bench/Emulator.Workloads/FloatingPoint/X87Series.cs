using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.FloatingPoint;

/// <summary>Leibniz's series for pi on the x87 in extended precision; the checksum is the sum's significand, all 64 bits of it.</summary>
public sealed class X87Series : Workload
{
    private const int Four = Data;
    private const int Two = Data + 4;
    private const int Result = Data + 16;
    private const int Terms = 100;

    /// <inheritdoc/>
    public override string Name => "x87";

    /// <inheritdoc/>
    public override string Unit => "200 terms of a series";

    /// <inheritdoc/>
    public override int RoundUnits => 400;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        BinaryPrimitives.WriteSingleLittleEndian(ram[Four..], 4);
        BinaryPrimitives.WriteSingleLittleEndian(ram[Two..], 2);
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var next = a.CreateLabel();
        a.mov(ebx, Data);
        a.imul(rdi, rdi, Terms);
        a.fninit();
        a.fld1();
        a.fldz();
        a.Label(ref next);
        a.fld(__dword_ptr[rbx + (Four - Data)]);
        a.fdiv(st0, st2);
        a.faddp(st1, st0);
        a.fld(st1);
        a.fadd(__dword_ptr[rbx + (Two - Data)]);
        a.fdivr(__dword_ptr[rbx + (Four - Data)]);
        a.fsubp(st1, st0);
        a.fld(__dword_ptr[rbx + (Four - Data)]);
        a.faddp(st2, st0);
        a.dec(rdi);
        a.jne(next);
        a.fstp(__tbyte_ptr[rbx + (Result - Data)]);
        a.fstp(st0);
        a.mov(rax, __qword_ptr[rbx + (Result - Data)]);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var four = ExtendedNumber.From(4);
        var sum = default(ExtendedNumber);
        for (var i = 0; i < units * Terms; i++)
        {
            var divisor = ((ulong)i * 4) + 1;
            sum += four / ExtendedNumber.From(divisor);
            sum -= four / ExtendedNumber.From(divisor + 2);
        }

        return sum.Significand;
    }
}
