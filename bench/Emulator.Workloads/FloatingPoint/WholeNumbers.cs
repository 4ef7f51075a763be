using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.FloatingPoint;

/// <summary>
/// Whole numbers in scalar doubles, as interpreters of Lua or JavaScript keep theirs: nothing is ever rounded, so that MXCSR's precision flag stays clear.
/// </summary>
public sealed class WholeNumbers : Workload
{
    private const int Count = 1000;
    private const double Modulus = 1 << 20;

    /// <inheritdoc/>
    public override string Name => "whole";

    /// <inheritdoc/>
    public override string Unit => "1000 steps";

    /// <inheritdoc/>
    public override int RoundUnits => 100;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        double[] constants = [1.0, Modulus, 1 / Modulus];
        for (var i = 0; i < constants.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(ram[(Data + (i * 8))..], constants[i]);
        }
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var next = a.CreateLabel();
        var below = a.CreateLabel();
        a.mov(ebx, Data);
        a.xor(eax, eax);
        a.Label(ref pass);
        a.xorpd(xmm0, xmm0);
        a.xorpd(xmm1, xmm1);
        a.mov(ecx, Count);
        a.Label(ref next);
        a.addsd(xmm0, __qword_ptr[rbx]);
        a.movapd(xmm2, xmm0);
        a.mulsd(xmm2, xmm0);
        a.addsd(xmm1, xmm2);
        a.ucomisd(xmm1, __qword_ptr[rbx + 8]);
        a.jb(below);
        a.subsd(xmm1, __qword_ptr[rbx + 8]);
        a.Label(ref below);
        a.cvttsd2si(rdx, xmm1);
        a.add(rax, rdx);
        a.dec(ecx);
        a.jne(next);
        a.mulsd(xmm1, __qword_ptr[rbx + 16]);
        a.movq(rdx, xmm1);
        a.add(rax, rdx);
        a.dec(rdi);
        a.jne(pass);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var (sum, checksum) = (0.0, 0ul);
        for (var i = 1; i <= Count; i++)
        {
            sum += (double)i * i;
            if (sum >= Modulus)
            {
                sum -= Modulus;
            }

            checksum += (ulong)sum;
        }

        return (checksum + BitConverter.DoubleToUInt64Bits(sum / Modulus)) * (ulong)units;
    }
}
