using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Tests.FloatingPoint;

/// <summary>Single and double arithmetic in all rounding modes against exact rational numbers.</summary>
public sealed class BinaryReferenceTests(ITestOutputHelper output)
{
    private const int Cases = 20_000;

    [Theory]
    [InlineData("add")]
    [InlineData("sub")]
    [InlineData("mul")]
    [InlineData("div")]
    [InlineData("sqrt")]
    [InlineData("fma")]
    public void Float32_RandomFiniteOperands_EqualsExactReference(string operation) =>
        Run(operation, ReferenceFormat.Single, operands => operands.Single());

    [Theory]
    [InlineData("add")]
    [InlineData("sub")]
    [InlineData("mul")]
    [InlineData("div")]
    [InlineData("sqrt")]
    [InlineData("fma")]
    public void Float64_RandomFiniteOperands_EqualsExactReference(string operation) =>
        Run(operation, ReferenceFormat.Double, operands => operands.Double());

    private void Run(string operation, ReferenceFormat format, Func<FloatOperands, ulong> draw)
    {
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var operands = new FloatOperands(seed);
        int compared = 0;
        while (compared < Cases)
        {
            ulong a = draw(operands), b = draw(operands), c = draw(operands);
            var mode = (RoundingMode)operands.Next(4);
            if (!Reference(operation, format, mode, (a, b, c), out UInt128 expected, out FloatExceptions raised))
            {
                continue;
            }

            compared++;
            FloatContext context = FloatContext.Default;
            context.Rounding = mode;
            ulong actual = format == ReferenceFormat.Single
                ? Single(operation, (uint)a, (uint)b, (uint)c, ref context)
                : Double(operation, a, b, c, ref context);
            string what = $"{operation} {a:X} {b:X} {c:X} {mode}";
            Assert.True(expected == actual, $"{what}: expected {expected:X}, got {actual:X}");
            Assert.True(raised == (context.Raised & FloatExceptions.PostComputation), $"{what}: expected {raised}, got {context.Raised}");
        }
    }

    private static bool Reference(
        string operation, ReferenceFormat format, RoundingMode mode, (ulong A, ulong B, ulong C) bits, out UInt128 expected, out FloatExceptions raised)
    {
        expected = 0;
        raised = 0;
        if (!ExactReference.TryDecode(bits.A, format, out ExactNumber a) || !ExactReference.TryDecode(bits.B, format, out ExactNumber b)
            || !ExactReference.TryDecode(bits.C, format, out ExactNumber c))
        {
            return false;
        }

        switch (operation)
        {
            case "sqrt":
                if (a.Negative)
                {
                    return false;
                }

                expected = ExactReference.RoundSquareRoot(a, format, format.Precision, mode, out raised);
                return true;
            case "div" when b.IsZero:
                return false;
        }

        ExactNumber exact = operation switch
        {
            "add" => ExactNumber.Add(a, b, mode),
            "sub" => ExactNumber.Add(a, b.Negate(), mode),
            "mul" => ExactNumber.Multiply(a, b),
            "div" => ExactNumber.Divide(a, b),
            _ => ExactNumber.Add(ExactNumber.Multiply(a, b), c, mode),
        };
        expected = ExactReference.Round(exact, format, format.Precision, mode, out raised);
        return true;
    }

    private static uint Single(string operation, uint a, uint b, uint c, ref FloatContext context) => operation switch
    {
        "add" => Float32.Add(a, b, ref context),
        "sub" => Float32.Sub(a, b, ref context),
        "mul" => Float32.Mul(a, b, ref context),
        "div" => Float32.Div(a, b, ref context),
        "sqrt" => Float32.Sqrt(a, ref context),
        _ => Float32.MultiplyAdd(a, b, c, MultiplyAddSigns.None, ref context),
    };

    private static ulong Double(string operation, ulong a, ulong b, ulong c, ref FloatContext context) => operation switch
    {
        "add" => Float64.Add(a, b, ref context),
        "sub" => Float64.Sub(a, b, ref context),
        "mul" => Float64.Mul(a, b, ref context),
        "div" => Float64.Div(a, b, ref context),
        "sqrt" => Float64.Sqrt(a, ref context),
        _ => Float64.MultiplyAdd(a, b, c, MultiplyAddSigns.None, ref context),
    };
}
