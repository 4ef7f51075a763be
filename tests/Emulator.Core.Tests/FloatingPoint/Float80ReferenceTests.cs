using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Tests.FloatingPoint;

/// <summary>x87 extended arithmetic in all precisions and rounding modes against exact rational numbers.</summary>
public sealed class Float80ReferenceTests(ITestOutputHelper output)
{
    private const int Cases = 4_000;

    [Theory]
    [InlineData("add")]
    [InlineData("sub")]
    [InlineData("mul")]
    [InlineData("div")]
    [InlineData("sqrt")]
    [InlineData("narrow")]
    public void Float80_RandomFiniteOperands_EqualsExactReference(string operation)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var operands = new FloatOperands(seed);
        int compared = 0;
        while (compared < Cases)
        {
            Float80 a = operands.Extended(), b = operands.Extended();
            FloatContext context = FloatContext.Default;
            context.Rounding = (RoundingMode)operands.Next(4);
            context.PrecisionControl = (PrecisionControl)(operands.Next(3) switch { 0 => 0, 1 => 2, _ => 3 });
            if (!Reference(operation, context, a, b, out UInt128 expected, out FloatExceptions raised))
            {
                continue;
            }

            compared++;
            UInt128 actual = Actual(operation, a, b, ref context);
            string what = $"{operation} {a} {b} {context.Rounding} {context.PrecisionControl}";
            Assert.True(expected == actual, $"{what}: expected {expected:X}, got {actual:X}");
            Assert.True(raised == (context.Raised & FloatExceptions.PostComputation), $"{what}: expected {raised}, got {context.Raised}");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Remainder_RepeatedUntilComplete_EqualsExactReference(bool toNearest)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var operands = new FloatOperands(seed);
        int compared = 0;
        while (compared < 1_000)
        {
            Float80 a = operands.Extended(), b = operands.Extended();
            if (!Decode(a, out ExactNumber x) || !Decode(b, out ExactNumber y) || y.IsZero)
            {
                continue;
            }

            compared++;
            FloatContext context = FloatContext.Default;
            Float80 reduced = a;
            RemainderStatus status;
            do
            {
                reduced = Float80.Remainder(reduced, b, toNearest, out status, ref context);
            }
            while (status.Incomplete);
            ExactNumber ratio = ExactNumber.Divide(x with { Negative = false }, y with { Negative = false });
            System.Numerics.BigInteger quotient = ratio.Numerator / ratio.Denominator;
            int half = (2 * (ratio.Numerator - (quotient * ratio.Denominator))).CompareTo(ratio.Denominator);
            quotient += toNearest && (half > 0 || (half == 0 && !quotient.IsEven)) ? 1 : 0;
            ExactNumber product = ExactNumber.Multiply(y with { Negative = x.Negative }, new(false, quotient, 1));
            ExactNumber exact = ExactNumber.Add(x, product.Negate(), RoundingMode.Nearest);
            exact = exact.IsZero ? exact with { Negative = x.Negative } : exact;
            UInt128 expected = ExactReference.Round(exact, ReferenceFormat.Extended, 64, RoundingMode.Nearest, out FloatExceptions raised);
            Assert.Equal(FloatExceptions.None, raised);
            Assert.True(expected == Bits(reduced), $"{a} {b}: expected {expected:X}, got {reduced}");
            Assert.Equal((int)(quotient & 7), status.Quotient);
        }
    }

    [Theory]
    [InlineData("0000000000000000:7FFF", true)]
    [InlineData("4000000000000000:4000", true)]
    [InlineData("0000000000000001:7FFF", true)]
    [InlineData("8000000000000000:0000", false)]
    public void Add_UnusualEncodings_InvalidUnlessPseudoDenormal(string encoding, bool invalid)
    {
        string[] parts = encoding.Split(':');
        var a = new Float80(Convert.ToUInt64(parts[0], 16), Convert.ToUInt16(parts[1], 16));
        FloatContext context = FloatContext.Default;
        Float80 sum = Float80.Add(a, Float80.PositiveZero, ref context);
        Assert.Equal(invalid ? FloatExceptions.Invalid : FloatExceptions.Denormal, context.Raised);
        Assert.Equal(invalid ? Float80.DefaultNaN : new Float80(1UL << 63, 1), sum);
    }

    [Fact]
    public void Mul_UnmaskedOverflow_BiasAdjustedResult()
    {
        FloatContext context = FloatContext.Default;
        context.Masks &= ~FloatExceptions.Overflow;
        var big = new Float80(1UL << 63, 0x7000);
        Assert.Equal(new Float80(1UL << 63, 0x7000 + 0x7000 - 16383 - 24576), Float80.Mul(big, big, ref context));
        Assert.Equal(FloatExceptions.Overflow, context.Raised);
    }

    [Fact]
    public void PackedBcd_RoundTrip_SameDigits()
    {
        FloatContext context = FloatContext.Default;
        Float80 value = Float80.FromPackedBcd(0x1234_5678_9012_3456, 0x8078);
        Assert.Equal(Float80.FromInt64(-781234567890123456), value);
        Assert.Equal(0x1234_5678_9012_3456UL, Float80.ToPackedBcd(value, out ushort top, ref context));
        Assert.Equal(0x8078, top);
    }

    private static bool Reference(
        string operation, FloatContext context, Float80 a, Float80 b, out UInt128 expected, out FloatExceptions raised)
    {
        expected = 0;
        raised = 0;
        ReferenceFormat format = ReferenceFormat.Extended;
        RoundingMode mode = context.Rounding;
        int precision = context.PrecisionControl switch { PrecisionControl.Single => 24, PrecisionControl.Double => 53, _ => 64 };
        if (!Decode(a, out ExactNumber x) || !Decode(b, out ExactNumber y))
        {
            return false;
        }

        switch (operation)
        {
            case "narrow":
                expected = ExactReference.Round(x, ReferenceFormat.Double, 53, mode, out raised);
                return true;
            case "sqrt" when x.Negative:
            case "div" when y.IsZero:
                return false;
            case "sqrt":
                expected = ExactReference.RoundSquareRoot(x, format, precision, mode, out raised);
                return true;
        }

        ExactNumber exact = operation switch
        {
            "add" => ExactNumber.Add(x, y, mode),
            "sub" => ExactNumber.Add(x, y.Negate(), mode),
            "mul" => ExactNumber.Multiply(x, y),
            _ => ExactNumber.Divide(x, y),
        };
        expected = ExactReference.Round(exact, format, precision, mode, out raised);
        return true;
    }

    private static UInt128 Actual(string operation, Float80 a, Float80 b, ref FloatContext context) => operation switch
    {
        "add" => Bits(Float80.Add(a, b, ref context)),
        "sub" => Bits(Float80.Sub(a, b, ref context)),
        "mul" => Bits(Float80.Mul(a, b, ref context)),
        "div" => Bits(Float80.Div(a, b, ref context)),
        "sqrt" => Bits(Float80.Sqrt(a, ref context)),
        _ => Float80.ToFloat64(a, ref context),
    };

    private static bool Decode(Float80 a, out ExactNumber value) => ExactReference.TryDecode(Bits(a), ReferenceFormat.Extended, out value);

    private static UInt128 Bits(Float80 a) => new(a.SignExponent, a.Significand);
}
