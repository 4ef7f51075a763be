namespace Emulator.Core.FloatingPoint;

/// <summary>The RC field of MXCSR and of the x87 control word (SDM Vol. 1, 4.8.4).</summary>
public enum RoundingMode : byte
{
    Nearest = 0,
    Down = 1,
    Up = 2,
    Zero = 3,
}

/// <summary>The PC field of the x87 control word (SDM Vol. 1, 8.1.5.2).</summary>
public enum PrecisionControl : byte
{
    Single = 0,
    Reserved = 1,
    Double = 2,
    Extended = 3,
}

/// <summary>The six exceptions, in the bit order of MXCSR and of the x87 status word.</summary>
[Flags]
public enum FloatExceptions : byte
{
    None = 0,
    Invalid = 1,
    Denormal = 2,
    DivideByZero = 4,
    Overflow = 8,
    Underflow = 16,
    Precision = 32,

    /// <summary>Found by looking at the operands, before anything is computed.</summary>
    PreComputation = Invalid | Denormal | DivideByZero,

    /// <summary>Found by looking at the result.</summary>
    PostComputation = Overflow | Underflow | Precision,
    All = PreComputation | PostComputation,
}

/// <summary>The outcome of a comparison.</summary>
public enum FloatRelation
{
    Less,
    Equal,
    Greater,
    Unordered,
}

/// <summary>The four signs of a fused multiply-add: ±(a × b) ± c. A NaN operand is never negated.</summary>
[Flags]
public enum MultiplyAddSigns
{
    None = 0,
    NegateProduct = 1,
    NegateAddend = 2,
}

/// <summary>
/// What an operation needs to know of the control register and what it reports back.
/// Start an instruction with <see cref="Raised"/> empty, run all its elements, call <see cref="Settle"/>,
/// then merge <see cref="Raised"/> into the status register; if <see cref="Faults"/>, deliver no result (SSE).
/// </summary>
public struct FloatContext
{
    public RoundingMode Rounding;

    /// <summary>Precision of the x87 operations; no part in the binary32 and binary64 ones.</summary>
    public PrecisionControl PrecisionControl;

    public bool DenormalsAreZero;

    /// <summary>Honoured only while underflow is masked.</summary>
    public bool FlushToZero;

    /// <summary>A set bit is a masked exception.</summary>
    public FloatExceptions Masks;

    /// <summary>Exceptions met so far, masked or not.</summary>
    public FloatExceptions Raised;

    /// <summary>The last rounding enlarged the magnitude (x87 C1).</summary>
    public bool RoundedUp;

    /// <summary>The context of a power-on MXCSR (1F80h): all masked, to nearest.</summary>
    public static FloatContext Default => new() { Masks = FloatExceptions.All, PrecisionControl = PrecisionControl.Extended };

    /// <summary>The exceptions met that are not masked.</summary>
    public readonly FloatExceptions Unmasked => Raised & ~Masks;

    /// <summary>An unmasked exception was met: an SSE instruction delivers #XM and writes no destination.</summary>
    public readonly bool Faults => Unmasked != 0;

    /// <summary>Reads rounding, DAZ, FTZ and the masks out of an MXCSR value.</summary>
    public static FloatContext FromMxcsr(uint mxcsr) => new()
    {
        Rounding = (RoundingMode)((mxcsr >> 13) & 3),
        PrecisionControl = PrecisionControl.Extended,
        DenormalsAreZero = (mxcsr & (1u << 6)) != 0,
        FlushToZero = (mxcsr & (1u << 15)) != 0,
        Masks = (FloatExceptions)((mxcsr >> 7) & 0x3F),
    };

    /// <summary>
    /// An unmasked pre-computation exception of any element stops the instruction before results exist,
    /// so that no post-computation flag is reported (SDM Vol. 1, 11.5.3).
    /// </summary>
    public void Settle()
    {
        if ((Unmasked & FloatExceptions.PreComputation) != 0)
        {
            Raised &= FloatExceptions.PreComputation;
        }
    }

    internal void Raise(FloatExceptions exceptions) => Raised |= exceptions;

    internal readonly bool IsMasked(FloatExceptions exception) => (Masks & exception) != 0;
}
