using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Tests.FloatingPoint;

/// <summary>Against the host's arithmetic, which is IEEE 754 to nearest; NaNs compare as NaNs, their payloads being the host's own.</summary>
public sealed class BinaryHostTests(ITestOutputHelper output)
{
    private const int Cases = 200_000;

    [Fact]
    public void Float32_RandomOperands_EqualsHostArithmetic()
    {
        FloatOperands operands = Seeded();
        for (int i = 0; i < Cases; i++)
        {
            uint a = operands.Single(), b = operands.Single(), c = operands.Single();
            float x = BitConverter.UInt32BitsToSingle(a), y = BitConverter.UInt32BitsToSingle(b), z = BitConverter.UInt32BitsToSingle(c);
            FloatContext context = FloatContext.Default;
            Check(x + y, Float32.Add(a, b, ref context), "+", a, b);
            Check(x - y, Float32.Sub(a, b, ref context), "-", a, b);
            Check(x * y, Float32.Mul(a, b, ref context), "*", a, b);
            Check(x / y, Float32.Div(a, b, ref context), "/", a, b);
            Check(MathF.Sqrt(x), Float32.Sqrt(a, ref context), "sqrt", a, 0);
            Check(MathF.FusedMultiplyAdd(x, y, z), Float32.MultiplyAdd(a, b, c, MultiplyAddSigns.None, ref context), "fma", a, b);
            Check(MathF.Truncate(x), Float32.RoundToIntegral(a, RoundingMode.Zero, true, ref context), "trunc", a, 0);
            Check(MathF.Round(x), Float32.RoundToIntegral(a, RoundingMode.Nearest, true, ref context), "round", a, 0);
            CheckDouble(x, Float32.ToFloat64(a, ref context), "widen", a, 0);
            Assert.Equal(Relation(x.CompareTo(y), float.IsNaN(x) || float.IsNaN(y)), Float32.Compare(a, b, false, ref context));
        }
    }

    [Fact]
    public void Float64_RandomOperands_EqualsHostArithmetic()
    {
        FloatOperands operands = Seeded();
        for (int i = 0; i < Cases; i++)
        {
            ulong a = operands.Double(), b = operands.Double(), c = operands.Double();
            double x = BitConverter.UInt64BitsToDouble(a), y = BitConverter.UInt64BitsToDouble(b), z = BitConverter.UInt64BitsToDouble(c);
            FloatContext context = FloatContext.Default;
            CheckDouble(x + y, Float64.Add(a, b, ref context), "+", a, b);
            CheckDouble(x - y, Float64.Sub(a, b, ref context), "-", a, b);
            CheckDouble(x * y, Float64.Mul(a, b, ref context), "*", a, b);
            CheckDouble(x / y, Float64.Div(a, b, ref context), "/", a, b);
            CheckDouble(Math.Sqrt(x), Float64.Sqrt(a, ref context), "sqrt", a, 0);
            CheckDouble(Math.FusedMultiplyAdd(x, y, z), Float64.MultiplyAdd(a, b, c, MultiplyAddSigns.None, ref context), "fma", a, b);
            CheckDouble(Math.Floor(x), Float64.RoundToIntegral(a, RoundingMode.Down, true, ref context), "floor", a, 0);
            CheckDouble(Math.Ceiling(x), Float64.RoundToIntegral(a, RoundingMode.Up, true, ref context), "ceil", a, 0);
            Check((float)x, Float64.ToFloat32(a, ref context), "narrow", a, 0);
            Assert.Equal(Relation(x.CompareTo(y), double.IsNaN(x) || double.IsNaN(y)), Float64.Compare(a, b, false, ref context));
        }
    }

    [Fact]
    public void Conversions_RandomIntegersAndHalves_EqualHost()
    {
        FloatOperands operands = Seeded();
        for (int i = 0; i < Cases; i++)
        {
            ulong bits = operands.Bits() >> operands.Next(64);
            ushort half = operands.Half();
            uint single = operands.Single();
            FloatContext context = FloatContext.Default;
            Check((long)bits, Float32.FromInt64((long)bits, ref context), "cvtsi2ss", bits, 0);
            Check((int)bits, Float32.FromInt32((int)bits, ref context), "cvtsi2ss32", bits, 0);
            CheckDouble((long)bits, Float64.FromInt64((long)bits, ref context), "cvtsi2sd", bits, 0);
            Check((float)BitConverter.UInt16BitsToHalf(half), Float32.FromFloat16(half, ref context), "ph2ps", half, 0);
            Half expected = (Half)BitConverter.UInt32BitsToSingle(single);
            ushort actual = Float32.ToFloat16(single, RoundingMode.Nearest, ref context);
            Assert.True(Half.IsNaN(expected) ? Half.IsNaN(BitConverter.UInt16BitsToHalf(actual)) : BitConverter.HalfToUInt16Bits(expected) == actual);
        }
    }

    private static FloatRelation Relation(int order, bool unordered) =>
        unordered ? FloatRelation.Unordered : order < 0 ? FloatRelation.Less : order > 0 ? FloatRelation.Greater : FloatRelation.Equal;

    private static void Check(float expected, uint actual, string what, ulong a, ulong b)
    {
        bool same = float.IsNaN(expected) ? float.IsNaN(BitConverter.UInt32BitsToSingle(actual)) : BitConverter.SingleToUInt32Bits(expected) == actual;
        Assert.True(same, $"{what} {a:X} {b:X}: expected {expected}, got {actual:X8}");
    }

    private static void CheckDouble(double expected, ulong actual, string what, ulong a, ulong b)
    {
        bool same = double.IsNaN(expected) ? double.IsNaN(BitConverter.UInt64BitsToDouble(actual)) : BitConverter.DoubleToUInt64Bits(expected) == actual;
        Assert.True(same, $"{what} {a:X} {b:X}: expected {expected}, got {actual:X16}");
    }

    private FloatOperands Seeded()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return new FloatOperands(seed);
    }
}
