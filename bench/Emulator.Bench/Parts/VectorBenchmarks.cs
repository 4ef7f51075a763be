using BenchmarkDotNet.Attributes;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Bench.Parts;

/// <summary>
/// SSE and x87: nanoseconds for each guest instruction. The operands are thirds: results that are not exact, as in most programs, since the first
/// of them sets a flag that the fast path wants set.
/// </summary>
public class VectorBenchmarks : PartBenchmarks
{
    private GuestLoop _integers = null!;
    private GuestLoop _scalars = null!;
    private GuestLoop _packed = null!;
    private GuestLoop _extended = null!;

    /// <summary>Builds the loops.</summary>
    [GlobalSetup]
    public void Build()
    {
        _integers = Loop(a =>
        {
            a.paddd(xmm0, xmm1);
            a.pxor(xmm2, xmm0);
            a.pmaxub(xmm3, xmm2);
            a.pshufd(xmm4, xmm3, 0x1b);
        });
        _scalars = Loop(
            a =>
            {
                a.addsd(xmm0, xmm3);
                a.movapd(xmm1, xmm0);
                a.mulsd(xmm1, xmm3);
                a.subsd(xmm1, xmm0);
            },
            a =>
            {
                a.mov(eax, 1);
                a.cvtsi2sd(xmm3, eax);
                a.mov(eax, 3);
                a.cvtsi2sd(xmm4, eax);
                a.divsd(xmm3, xmm4);
            });
        _packed = Loop(
            a =>
            {
                a.addps(xmm0, xmm3);
                a.movaps(xmm1, xmm0);
                a.mulps(xmm1, xmm3);
                a.minps(xmm1, xmm0);
            },
            a =>
            {
                a.mov(eax, 1);
                a.cvtsi2ss(xmm3, eax);
                a.mov(eax, 3);
                a.cvtsi2ss(xmm4, eax);
                a.divss(xmm3, xmm4);
                a.shufps(xmm3, xmm3, 0);
            });
        _extended = Loop(
            a =>
            {
                a.fld(st0);
                a.fmul(st0, st2);
                a.faddp(st1, st0);
                a.fdiv(st0, st1);
            },
            a =>
            {
                a.fninit();
                a.fldpi();
                a.fld1();
            });
    }

    /// <summary>128-bit integers.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void Integers() => _integers.Run(Instructions);

    /// <summary>Scalar double precision.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void ScalarDoubles() => _scalars.Run(Instructions);

    /// <summary>Packed single precision.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void PackedSingles() => _packed.Run(Instructions);

    /// <summary>x87.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void X87() => _extended.Run(Instructions);
}
