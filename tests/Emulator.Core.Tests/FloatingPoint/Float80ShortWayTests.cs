using Emulator.Core.FloatingPoint;
using Emulator.Core.Instructions.X87;

namespace Emulator.Core.Tests.FloatingPoint;

/// <summary>
/// The short ways of the x87 operations against the general ones: the same bits, PE and C1, or declined. The environment variable
/// EMULATOR_FLOAT80_CASES asks for more cases than the suite runs.
/// </summary>
public sealed class Float80ShortWayTests(ITestOutputHelper output)
{
    private const int Nearest = 0x037F;
    private const int MayDecline = 75;

    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("EMULATOR_FLOAT80_CASES"), out int cases) ? cases : 20_000;

    private delegate int ShortWay(Float80 a, Float80 b, int control, out UInt128 result);

    private delegate UInt128 GeneralWay(Float80 a, Float80 b, ref FloatContext context);

    [Fact]
    public void AddNormal_RandomOperands_EqualsAdd() => Compare(
        (Float80 a, Float80 b, int control, out UInt128 result) => Bits(Float80.AddNormal(a, b, 0, control, out Float80 sum), sum, out result),
        (Float80 a, Float80 b, ref FloatContext context) => Bits(Float80.Add(a, b, ref context)));

    [Fact]
    public void SubtractNormal_RandomOperands_EqualsSub() => Compare(
        (Float80 a, Float80 b, int control, out UInt128 result) =>
            Bits(Float80.AddNormal(a, b, 0x8000, control, out Float80 difference), difference, out result),
        (Float80 a, Float80 b, ref FloatContext context) => Bits(Float80.Sub(a, b, ref context)));

    [Fact]
    public void MultiplyNormal_RandomOperands_EqualsMul() => Compare(
        (Float80 a, Float80 b, int control, out UInt128 result) => Bits(Float80.MultiplyNormal(a, b, control, out Float80 product), product, out result),
        (Float80 a, Float80 b, ref FloatContext context) => Bits(Float80.Mul(a, b, ref context)));

    [Fact]
    public void DivideNormal_RandomOperands_EqualsDiv() => Compare(
        (Float80 a, Float80 b, int control, out UInt128 result) => Bits(Float80.DivideNormal(a, b, control, out Float80 quotient), quotient, out result),
        (Float80 a, Float80 b, ref FloatContext context) => Bits(Float80.Div(a, b, ref context)));

    [Fact]
    public void TryCompareNormal_RandomOperands_EqualsCompare() => Compare(
        (Float80 a, Float80 b, int control, out UInt128 result) =>
        {
            bool done = Float80.TryCompareNormal(a, b, out FloatRelation relation);
            result = (UInt128)(uint)relation;
            return done ? 0 : Float80.Declined;
        },
        (Float80 a, Float80 b, ref FloatContext context) => (UInt128)(uint)Float80.Compare(a, b, signalAllNaN: true, ref context));

    [Fact]
    public void NarrowNormal_ToSingle_EqualsToFloat32() => Compare(
        (Float80 a, Float80 b, int control, out UInt128 result) => Bits(Float80.NarrowNormal(a, 24, 127, out ulong bits), bits, out result),
        (Float80 a, Float80 b, ref FloatContext context) => Float80.ToFloat32(a, ref context));

    [Fact]
    public void NarrowNormal_ToDouble_EqualsToFloat64() => Compare(
        (Float80 a, Float80 b, int control, out UInt128 result) => Bits(Float80.NarrowNormal(a, 53, 1023, out ulong bits), bits, out result),
        (Float80 a, Float80 b, ref FloatContext context) => Float80.ToFloat64(a, ref context));

    [Theory]
    [InlineData(16, false)]
    [InlineData(32, false)]
    [InlineData(64, false)]
    [InlineData(16, true)]
    [InlineData(32, true)]
    [InlineData(64, true)]
    public void ToIntegerNormal_RandomOperands_EqualsFromUnpacked(int width, bool truncate)
    {
        ulong mask = ulong.MaxValue >> (64 - width);
        RoundingMode mode = truncate ? RoundingMode.Zero : RoundingMode.Nearest;
        Compare(
            (Float80 a, Float80 b, int control, out UInt128 result) =>
                Bits(Float80.ToIntegerNormal(a, width, truncate, out ulong value), value & mask, out result),
            (Float80 a, Float80 b, ref FloatContext context) =>
                IntegerConversion.FromUnpacked(Float80.Unpack(a), width, signed: true, mode, ref context),
            mayDecline: 95);
    }

    [Fact]
    public void TryWiden_RandomOperands_EqualsConversions()
    {
        var operands = new FloatOperands(Seed());
        for (int n = 0; n < Cases; n++)
        {
            FloatContext context = FloatContext.Default;
            uint single = operands.Single();
            ulong wide = operands.Next(2) == 0 ? operands.Double() : operands.Bits() >> operands.Next(64);
            Assert.True(!SingleFormat.TryWiden(single, out Float80 value) || value == Float80.FromFloat32(single, ref context), $"single {single:X}");
            Assert.True(!DoubleFormat.TryWiden(wide, out value) || value == Float80.FromFloat64(wide, ref context), $"double {wide:X}");
            Assert.True(!Int64Format.TryWiden(wide, out value) || value == Float80.FromInt64((long)wide), $"int64 {wide:X}");
            Assert.True(!Int32Format.TryWiden((uint)wide, out value) || value == Float80.FromInt64((int)wide), $"int32 {wide:X}");
            Assert.True(!Int16Format.TryWiden((ushort)wide, out value) || value == Float80.FromInt64((short)wide), $"int16 {wide:X}");
        }
    }

    [Fact]
    public void DivideWide_RandomOperands_SameQuotientAsPortable()
    {
        var operands = new FloatOperands(Seed());
        for (int n = 0; n < Cases; n++)
        {
            ulong divisor = operands.Extended().Significand | (1UL << 63);
            ulong high = operands.Extended().Significand % divisor, low = operands.Bits();
            ulong expected = ExactArithmetic.DivideWidePortably(high, low, divisor, out ulong rest);
            Assert.Equal(expected, ExactArithmetic.DivideWide(high, low, divisor, out ulong remainder));
            Assert.Equal(rest, remainder);
        }
    }

    private static int Bits(int status, Float80 value, out UInt128 bits)
    {
        bits = Bits(value);
        return status;
    }

    private static int Bits(int status, ulong value, out UInt128 bits)
    {
        bits = value;
        return status;
    }

    private static UInt128 Bits(Float80 value) => new(value.SignExponent, value.Significand);

    // Half of the second operands are near the first: cancellation, ties, carries.
    private static Float80 Second(FloatOperands operands, Float80 first)
    {
        Float80 other = operands.Extended();
        ulong significand = operands.Next(3) == 0 ? other.Significand : first.Significand + (ulong)(operands.Next(5) - 2);
        return operands.Next(2) == 0 ? other : new(significand, (ushort)(first.SignExponent + operands.Next(140) - 70));
    }

    private int Seed()
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        return seed;
    }

    private void Compare(ShortWay shortWay, GeneralWay generalWay, int mayDecline = MayDecline)
    {
        var operands = new FloatOperands(Seed());
        int declined = 0;
        for (int n = 0; n < Cases; n++)
        {
            Float80 a = operands.Extended();
            Float80 b = Second(operands, a);
            FloatContext context = FloatContext.Default;
            context.PrecisionControl = (PrecisionControl)(operands.Next(6) switch { 0 => 0, 1 => 2, 2 => 1, _ => 3 });
            int status = shortWay(a, b, (Nearest & ~0x300) | ((int)context.PrecisionControl << 8), out UInt128 actual);
            if (status < 0)
            {
                declined++;
                continue;
            }

            UInt128 expected = generalWay(a, b, ref context);
            int expectedStatus = (int)context.Raised | (context.RoundedUp ? Float80.RoundedUpStatus : 0);
            Assert.True(
                expected == actual && expectedStatus == status,
                $"{a} {b} {context.PrecisionControl}: expected {expected:X} {expectedStatus:X}, got {actual:X} {status:X}");
        }

        output.WriteLine($"{declined} of {Cases} declined");
        Assert.InRange(declined, 0, Cases / 100 * mayDecline);
    }
}
