using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Tests.FloatingPoint;

/// <summary>NaNs, invalid operations, denormals and control bits, as SDM Vol. 1, 4.8.3, 4.9 and 10.2.3 have them.</summary>
public sealed class SpecialOperandTests
{
    private const uint Qnan = 0x7FC0_1234, Snan = 0x7F80_1234, Inf = 0x7F80_0000, One = 0x3F80_0000, Denormal = 0x0000_0001;

    [Theory]
    [InlineData(Qnan, 0xFFC0_4321u, Qnan, FloatExceptions.None)]
    [InlineData(Snan, 0xFFC0_4321u, 0x7FC0_1234u, FloatExceptions.Invalid)]
    [InlineData(One, Snan, 0x7FC0_1234u, FloatExceptions.Invalid)]
    [InlineData(Qnan, Snan, Qnan, FloatExceptions.Invalid)]
    [InlineData(Inf, 0xFF80_0000u, 0xFFC0_0000u, FloatExceptions.Invalid)]
    [InlineData(Qnan, Denormal, Qnan, FloatExceptions.None)]
    [InlineData(One, Denormal, One, FloatExceptions.Denormal | FloatExceptions.Precision)]
    [InlineData(0x7F7F_FFFFu, 0x7F7F_FFFFu, Inf, FloatExceptions.Overflow | FloatExceptions.Precision)]
    public void Add_SpecialOperands_ResultAndFlags(uint a, uint b, uint expected, FloatExceptions raised)
    {
        FloatContext context = FloatContext.Default;
        Assert.Equal(expected, Float32.Add(a, b, ref context));
        Assert.Equal(raised, context.Raised);
    }

    [Theory]
    [InlineData(One, 0u, Inf, FloatExceptions.DivideByZero)]
    [InlineData(0u, 0u, 0xFFC0_0000u, FloatExceptions.Invalid)]
    [InlineData(Inf, Inf, 0xFFC0_0000u, FloatExceptions.Invalid)]
    [InlineData(Qnan, 0u, Qnan, FloatExceptions.None)]
    [InlineData(Inf, 0u, Inf, FloatExceptions.None)]
    [InlineData(Denormal, 0u, Inf, FloatExceptions.DivideByZero)]
    public void Div_SpecialOperands_ResultAndFlags(uint a, uint b, uint expected, FloatExceptions raised)
    {
        FloatContext context = FloatContext.Default;
        Assert.Equal(expected, Float32.Div(a, b, ref context));
        Assert.Equal(raised, context.Raised);
    }

    [Fact]
    public void Mul_TinyExactResult_UnderflowOnlyWhenUnmasked()
    {
        FloatContext masked = FloatContext.Default;
        Assert.Equal(0x0040_0000u, Float32.Mul(0x0080_0000, 0x3F00_0000, ref masked));
        Assert.Equal(FloatExceptions.None, masked.Raised);

        FloatContext unmasked = FloatContext.Default;
        unmasked.Masks &= ~FloatExceptions.Underflow;
        Float32.Mul(0x0080_0000, 0x3F00_0000, ref unmasked);
        Assert.Equal(FloatExceptions.Underflow, unmasked.Raised);
        Assert.True(unmasked.Faults);
    }

    [Fact]
    public void Add_UnmaskedOverflowOfExactSum_OverflowAlone()
    {
        FloatContext context = FloatContext.Default;
        context.Masks &= ~FloatExceptions.Overflow;
        Float32.Add(0x7F00_0000, 0x7F00_0000, ref context);
        Assert.Equal(FloatExceptions.Overflow, context.Raised);
    }

    [Fact]
    public void Mul_TinyResultWithFlushToZero_SignedZero()
    {
        FloatContext context = FloatContext.Default;
        context.FlushToZero = true;
        Assert.Equal(0x8000_0000u, Float32.Mul(0x8080_0000, 0x3F00_0000, ref context));
        Assert.Equal(FloatExceptions.Underflow | FloatExceptions.Precision, context.Raised);
    }

    [Fact]
    public void Add_DenormalsAreZero_OperandBecomesZeroWithoutFlag()
    {
        FloatContext context = FloatContext.Default;
        context.DenormalsAreZero = true;
        Assert.Equal(0x8000_0000u, Float32.Add(0x8000_0001, 0x8000_0001, ref context));
        Assert.Equal(FloatExceptions.None, context.Raised);
    }

    [Fact]
    public void Mul_JustBelowSmallestNormalRoundingUpToIt_IsNotTiny()
    {
        // (1 + 2^-23) × (1 - 2^-23) × 2^-126 rounds to the smallest normal: tiny before rounding, not after.
        FloatContext context = FloatContext.Default;
        Assert.Equal(0x0080_0000u, Float32.Mul(0x3F80_0001, 0x007F_FFFF, ref context));
        Assert.Equal(FloatExceptions.Denormal | FloatExceptions.Precision, context.Raised);
    }

    [Theory]
    [InlineData(Qnan, One, One)]
    [InlineData(One, Qnan, Qnan)]
    [InlineData(0x8000_0000u, 0u, 0u)]
    [InlineData(0u, 0x8000_0000u, 0x8000_0000u)]
    [InlineData(One, Inf, One)]
    public void Min_SpecialOperands_SecondOnNaNAndZeros(uint a, uint b, uint expected)
    {
        FloatContext context = FloatContext.Default;
        Assert.Equal(expected, Float32.Min(a, b, ref context));
    }

    [Theory]
    [InlineData(0x4F00_0000u, int.MinValue, FloatExceptions.Invalid)]
    [InlineData(0xCF00_0000u, int.MinValue, FloatExceptions.None)]
    [InlineData(Qnan, int.MinValue, FloatExceptions.Invalid)]
    [InlineData(0x3FC0_0000u, 2, FloatExceptions.Precision)]
    [InlineData(0x4020_0000u, 2, FloatExceptions.Precision)]
    public void ToInt32_Boundaries_IndefiniteAndFlags(uint a, int expected, FloatExceptions raised)
    {
        FloatContext context = FloatContext.Default;
        Assert.Equal(expected, Float32.ToInt32(a, RoundingMode.Nearest, ref context));
        Assert.Equal(raised, context.Raised);
    }

    [Fact]
    public void MultiplyAdd_NaNOperands_PriorityABC()
    {
        FloatContext context = FloatContext.Default;
        Assert.Equal(Qnan, Float32.MultiplyAdd(Inf, 0, Qnan, MultiplyAddSigns.NegateAddend, ref context));
        Assert.Equal(FloatExceptions.None, context.Raised);
        Assert.Equal(0x7FC0_1234u, Float32.MultiplyAdd(One, Snan, 0x7FC0_0001, MultiplyAddSigns.NegateProduct, ref context));
        Assert.Equal(FloatExceptions.Invalid, context.Raised);
    }

    [Fact]
    public void Settle_UnmaskedPreComputation_DropsPostComputationFlags()
    {
        FloatContext context = FloatContext.FromMxcsr(0x1F80 & ~0x80u);
        Float32.Div(One, 0x4040_0000, ref context);
        Float32.Add(Snan, One, ref context);
        context.Settle();
        Assert.Equal(FloatExceptions.Invalid, context.Raised);
    }
}
