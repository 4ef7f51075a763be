using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Vectors;

/// <summary>
/// A polynomial of degree 4 at many points by fused multiply-adds on 256 bits, and their sum by scalar ones, as compilers write it for x86-64-v3; the
/// checksum is made of the sum's bits.
/// </summary>
public sealed class FusedPolynomial : Workload
{
    private const int Points = 512;
    private const int Constants = Data + 0x1_0000;
    private const int WideBytes = 32;

    private static readonly double[] Coefficients = [0.1, -0.7, 1.3, 0.9, -2.1];

    /// <inheritdoc/>
    public override string Name => "fma";

    /// <inheritdoc/>
    public override string Unit => "512 points";

    /// <inheritdoc/>
    public override int RoundUnits => 200;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        for (var i = 0; i < Points; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(ram[(Data + (i * 8))..], Point(i));
        }

        for (var i = 0; i < Coefficients.Length * WideBytes; i += 8)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(ram[(Constants + i)..], Coefficients[i / WideBytes]);
        }
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var next = a.CreateLabel();
        a.xor(r8d, r8d);
        a.mov(ebx, Constants);
        a.Label(ref pass);
        a.vxorpd(ymm4, ymm4, ymm4);
        a.xor(ecx, ecx);
        a.Label(ref next);
        a.vmovupd(ymm0, __ymmword_ptr[rcx + Data]);
        a.vmovapd(ymm1, __ymmword_ptr[rbx]);
        for (var i = 1; i < Coefficients.Length; i++)
        {
            a.vfmadd213pd(ymm1, ymm0, __ymmword_ptr[rbx + (i * WideBytes)]);
        }

        a.vaddpd(ymm4, ymm4, ymm1);

        // A legacy encoding, which keeps the upper lane.
        a.addsd(xmm4, xmm0);
        a.add(ecx, WideBytes);
        a.cmp(ecx, Points * 8);
        a.jb(next);
        a.vextractf128(xmm1, ymm4, 1);
        a.vaddpd(xmm4, xmm4, xmm1);
        a.vunpckhpd(xmm1, xmm4, xmm4);
        a.vfmadd231sd(xmm4, xmm1, __qword_ptr[rbx]);
        a.vzeroupper();
        a.vmovq(rax, xmm4);
        a.imul(r8, r8, 31);
        a.add(r8, rax);
        a.dec(rdi);
        a.jne(pass);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var sums = new double[4];
        for (var i = 0; i < Points; i++)
        {
            var value = Coefficients[0];
            foreach (var coefficient in Coefficients.AsSpan(1))
            {
                value = Math.FusedMultiplyAdd(value, Point(i), coefficient);
            }

            sums[i & 3] += value;
            sums[0] += i % 4 == 0 ? Point(i) : 0;
        }

        var bits = BitConverter.DoubleToUInt64Bits(Math.FusedMultiplyAdd(sums[1] + sums[3], Coefficients[0], sums[0] + sums[2]));
        var checksum = 0ul;
        for (var unit = 0; unit < units; unit++)
        {
            checksum = (checksum * 31) + bits;
        }

        return checksum;
    }

    private static double Point(int index) => (index - (Points / 2)) / 300.0;
}
