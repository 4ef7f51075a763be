using System.Runtime.Intrinsics;
using Emulator.Core.FloatingPoint;
using Emulator.Core.Instructions.Avx;
using Emulator.Core.Instructions.Sse;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Tests.Sse;

/// <summary>
/// Where the host's operation is accepted, it gives the bits of the exact path, which then raises nothing but precision; and ordinary operands are
/// accepted, or the fast path would be none. A result that is called unrounded raises not even precision; and of the results that raise nothing, most are
/// called so.
/// </summary>
public sealed class FastPathTests
{
    private const int Rounds = 30000;

    private delegate bool Fast(V a, V b, byte i, out V result);

    private delegate V Exact(V a, V b, byte i, ref FloatContext context);

    private delegate bool Unrounded(V a, V b, byte i, V result);

    [Fact]
    public void Arithmetic_SinglePrecision_AgreesWithTheExactPath()
    {
        Judge<Packed<FloatAdd, float>>(isDouble: false);
        Judge<Packed<FloatSubtract, float>>(isDouble: false);
        Judge<Packed<FloatMultiply, float>>(isDouble: false);
        Judge<Packed<FloatDivide, float>>(isDouble: false);
        Judge<Packed<FloatSquareRoot, float>>(isDouble: false);
        Judge<ScalarOf<FloatMultiply, float>>(isDouble: false);
        Judge<Horizontal<FloatAdd, float>>(isDouble: false);
        Judge<AddSubtract<float>>(isDouble: false);
        Judge<Packed<FloatRound, float>>(isDouble: false);
    }

    [Fact]
    public void Arithmetic_DoublePrecision_AgreesWithTheExactPath()
    {
        Judge<Packed<FloatAdd, double>>(isDouble: true);
        Judge<Packed<FloatSubtract, double>>(isDouble: true);
        Judge<Packed<FloatMultiply, double>>(isDouble: true);
        Judge<Packed<FloatDivide, double>>(isDouble: true);
        Judge<Packed<FloatSquareRoot, double>>(isDouble: true);
        Judge<ScalarOf<FloatAdd, double>>(isDouble: true);
        Judge<ScalarOf<FloatMultiply, double>>(isDouble: true);
        Judge<ScalarOf<FloatDivide, double>>(isDouble: true);
        Judge<ScalarOf<FloatSquareRoot, double>>(isDouble: true);
        Judge<Horizontal<FloatSubtract, double>>(isDouble: true);
        Judge<AddSubtract<double>>(isDouble: true);
        Judge<Packed<FloatRound, double>>(isDouble: true);
    }

    [Fact]
    public void SelectionsAndComparisons_OnTheFastPath_AgreeWithTheExactOne()
    {
        Judge<Packed<FloatMin, float>>(isDouble: false);
        Judge<Packed<FloatMax, double>>(isDouble: true);
        Judge<Packed<FloatPredicate, float>>(isDouble: false);
        Judge<Packed<FloatPredicate, double>>(isDouble: true);
        Judge<ScalarOf<FloatPredicate, double>>(isDouble: true);
    }

    [Fact]
    public void Conversions_OnTheFastPath_AgreeWithTheExactOne()
    {
        Judge<Cvtdq2ps>(isDouble: false);
        Judge<Cvtdq2pd>(isDouble: false);
        Judge<Cvtps2dq>(isDouble: false);
        Judge<Cvttps2dq>(isDouble: false);
        Judge<Cvtpd2dq>(isDouble: true);
        Judge<Cvttpd2dq>(isDouble: true);
        Judge<Cvtps2pd>(isDouble: false);
        Judge<Cvtpd2ps>(isDouble: true);
        Judge<Cvtss2sd>(isDouble: false);
        Judge<Cvtsd2ss>(isDouble: true);
        Judge<Cvtsi2ss32>(isDouble: true);
        Judge<Cvtsi2ss64>(isDouble: true);
        Judge<Cvtsi2sd64>(isDouble: true);
        Judge<Cvtsi2sd32>(isDouble: true);
    }

    [Fact]
    public void FusedMultiplyAdd_OnTheFastPath_AgreesWithTheExactOne()
    {
        JudgeFused<Fmadd>();
        JudgeFused<Fmsub>();
        JudgeFused<Fnmadd>();
        JudgeFused<Fnmsub>();
        JudgeFused<Fmaddsub>();
        JudgeFused<Fmsubadd>();
    }

    private static void JudgeFused<TSigns>()
        where TSigns : struct, IFusedSigns
    {
        Judge(
            (V a, V b, byte i, out V result) => FusedPacked<TSigns, float>.TryFast(a, b, Mix(a, b, i), default, out result),
            (V a, V b, byte i, ref FloatContext context) => FusedPacked<TSigns, float>.Exact(a, b, Mix(a, b, i), default, ref context),
            (a, b, i, result) => FusedPacked<TSigns, float>.IsUnrounded(a, b, Mix(a, b, i), result),
            isExact: false,
            isDouble: false);
        Judge(
            (V a, V b, byte i, out V result) => FusedPacked<TSigns, double>.TryFast(a, b, Mix(a, b, i), default, out result),
            (V a, V b, byte i, ref FloatContext context) => FusedPacked<TSigns, double>.Exact(a, b, Mix(a, b, i), default, ref context),
            (a, b, i, result) => FusedPacked<TSigns, double>.IsUnrounded(a, b, Mix(a, b, i), result),
            isExact: false,
            isDouble: true);
    }

    // An addend that is sometimes one of the factors, so that sums cancel.
    private static V Mix(V a, V b, byte i) => (i & 1) != 0 ? a : Vector128.Shuffle(b, V.Indices ^ Vector128.Create((byte)8));

    private static void Judge<TOperation>(bool isDouble)
        where TOperation : struct, IFloatOperation
        => Judge(TOperation.TryFast, TOperation.Exact, TOperation.IsUnrounded, TOperation.IsExact, isDouble);

    private static void Judge(Fast fast, Exact exact, Unrounded isUnrounded, bool isExact, bool isDouble)
    {
        var random = new Random(3);
        var accepted = 0;
        var silent = 0;
        var recognised = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var a = Operand(random, isDouble);
            var b = random.Next(8) == 0 ? a : Operand(random, isDouble);
            var i = (byte)random.Next(256);
            if (!fast(a, b, i, out var result))
            {
                continue;
            }

            accepted++;
            var context = FloatContext.Default;
            var expected = exact(a, b, i, ref context);
            Assert.True(expected == result, $"{a} {b} {i}: {expected} {result}");
            Assert.Equal(FloatExceptions.None, context.Raised & (isExact ? FloatExceptions.All : ~FloatExceptions.Precision));
            var unrounded = isUnrounded(a, b, i, result);
            Assert.False(unrounded && context.Raised != FloatExceptions.None, $"{a} {b} {i}: {result} is rounded");
            silent += context.Raised == FloatExceptions.None ? 1 : 0;
            recognised += unrounded ? 1 : 0;
        }

        Assert.InRange(accepted, Rounds / 20, Rounds);
        Assert.InRange(recognised, isExact ? 0 : silent * 3 / 4, silent);
    }

    // Mostly one kind of exponent for the whole vector, so that some vectors are ordinary throughout.
    private static V Operand(Random random, bool isDouble)
    {
        var kind = random.Next(10);
        return isDouble
            ? Vector128.Create(Double(random, kind), Double(random, kind)).AsByte()
            : Vector128.Create(Single(random, kind), Single(random, kind), Single(random, kind), Single(random, kind)).AsByte();
    }

    private static uint Single(Random random, int kind)
    {
        var exponent = Exponent(random, kind, 255);
        var fraction = random.Next(5) switch { 0 => 0, 1 => 0x7f_ffff, 2 => random.Next(4), 3 => random.Next(1 << 10) << 13, _ => random.Next(1 << 23) };
        return ((uint)random.Next(2) << 31) | ((uint)exponent << 23) | (uint)fraction;
    }

    private static ulong Double(Random random, int kind)
    {
        var exponent = Exponent(random, kind, 2047);
        var fraction = random.Next(5) switch { 0 => 0, 1 => (1L << 52) - 1, 2 => random.Next(4), 3 => random.NextInt64(1 << 20) << 32, _ => random.NextInt64(1L << 52) };
        return ((ulong)random.Next(2) << 63) | ((ulong)exponent << 52) | (ulong)fraction;
    }

    private static int Exponent(Random random, int kind, int largest) => kind switch
    {
        0 => random.Next(3),
        1 => largest - random.Next(3),
        2 => random.Next(largest + 1),
        3 => (largest / 4) + random.Next(-2, 3),
        4 => (largest * 3 / 4) + random.Next(-2, 3),
        _ => (largest / 2) + random.Next(-8, 9),
    };
}
