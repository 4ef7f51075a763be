namespace Emulator.Core.FloatingPoint;

/// <content>Conversions from and to the memory formats (SDM Vol. 1, 8.2).</content>
public readonly partial struct Float80
{
    private const ulong BcdLimit = 1_000_000_000_000_000_000;

    /// <summary>Exact; raises Denormal, and Invalid for a signaling NaN, which is quieted.</summary>
    public static Float80 FromFloat32(uint bits, ref FloatContext context)
    {
        int exponent = (int)(bits >> 23) & 0xFF;
        return exponent is > 0 and < 0xFF
            ? new(UnpackedFloat.IntegerBit | ((ulong)bits << 40), (ushort)(((bits >> 16) & 0x8000) | (uint)(exponent + Bias - 127)))
            : Widen(BinaryArithmetic<Binary32>.Unpack(bits, denormalsAreZero: false), ref context);
    }

    /// <inheritdoc cref="FromFloat32"/>
    public static Float80 FromFloat64(ulong bits, ref FloatContext context)
    {
        int exponent = (int)(bits >> 52) & 0x7FF;
        return exponent is > 0 and < 0x7FF
            ? new(UnpackedFloat.IntegerBit | (bits << 11), (ushort)(((bits >> 48) & 0x8000) | (uint)(exponent + Bias - 1023)))
            : Widen(BinaryArithmetic<Binary64>.Unpack(bits, denormalsAreZero: false), ref context);
    }

    /// <summary>Exact: every 64-bit integer fits.</summary>
    public static Float80 FromInt64(long value) =>
        Pack(UnpackedFloat.FromInteger(value < 0, value < 0 ? 0 - (ulong)value : (ulong)value));

    /// <summary>FBLD: eighteen decimal digits and a sign; digits above 9 have their binary weight.</summary>
    public static Float80 FromPackedBcd(ulong digits, ushort signAndTopDigits)
    {
        ulong magnitude = 0;
        for (int position = 4; position >= 0; position -= 4)
        {
            magnitude = (magnitude * 10) + ((uint)(signAndTopDigits >> position) & 0xF);
        }

        for (int position = 60; position >= 0; position -= 4)
        {
            magnitude = (magnitude * 10) + ((digits >> position) & 0xF);
        }

        return Pack(UnpackedFloat.FromInteger((signAndTopDigits & 0x8000) != 0, magnitude));
    }

    /// <summary>FST m32fp. With unmasked overflow or underflow nothing must be stored.</summary>
    public static uint ToFloat32(Float80 a, ref FloatContext context) => (uint)Narrow<Binary32>(a, ref context);

    /// <summary>FST m64fp. With unmasked overflow or underflow nothing must be stored.</summary>
    public static ulong ToFloat64(Float80 a, ref FloatContext context) => Narrow<Binary64>(a, ref context);

    public static short ToInt16(Float80 a, RoundingMode mode, ref FloatContext context) =>
        (short)IntegerConversion.FromUnpacked(Unpack(a), 16, signed: true, mode, ref context);

    public static int ToInt32(Float80 a, RoundingMode mode, ref FloatContext context) =>
        (int)IntegerConversion.FromUnpacked(Unpack(a), 32, signed: true, mode, ref context);

    public static long ToInt64(Float80 a, RoundingMode mode, ref FloatContext context) =>
        (long)IntegerConversion.FromUnpacked(Unpack(a), 64, signed: true, mode, ref context);

    /// <summary>FBSTP; out of range or NaN: Invalid and the packed BCD indefinite (FFFF C000 0000 0000 0000h).</summary>
    public static ulong ToPackedBcd(Float80 a, out ushort signAndTopDigits, ref FloatContext context)
    {
        UnpackedFloat x = Unpack(a);
        ulong magnitude = 0;
        bool inexact = false;
        bool fits = (x.IsFinite || x.Class == FloatClass.Zero)
            && FloatRounding.ToMagnitude(x, context.Rounding, out magnitude, out inexact, ref context)
            && magnitude < BcdLimit;
        if (!fits)
        {
            context.Raise(FloatExceptions.Invalid);
            context.RoundedUp = false;
            signAndTopDigits = 0xFFFF;
            return 0xC000_0000_0000_0000;
        }

        if (inexact)
        {
            context.Raise(FloatExceptions.Precision);
        }

        ulong low = 0;
        for (int position = 0; position < 64; position += 4)
        {
            (magnitude, ulong digit) = Math.DivRem(magnitude, 10UL);
            low |= digit << position;
        }

        ulong top = (magnitude % 10) | (magnitude / 10 << 4);
        signAndTopDigits = (ushort)((x.Negative ? 0x8000u : 0) | (uint)top);
        return low;
    }

    private static Float80 Widen(in UnpackedFloat value, ref FloatContext context)
    {
        if (value.Class == FloatClass.SignalingNaN)
        {
            context.Raise(FloatExceptions.Invalid);
        }

        ExactArithmetic.NoteDenormals(value, value, ref context);
        return Pack(value);
    }

    private static ulong Narrow<TFormat>(Float80 a, ref FloatContext context)
        where TFormat : struct, IBinaryFormat
    {
        UnpackedFloat x = Unpack(a);
        if (x.IsNaN)
        {
            x = PropagateNaN(x, x, ref context);
        }

        // FST does not report a denormal source (SDM Vol. 2, FST): it is merely tiny.
        return BinaryArithmetic<TFormat>.Finish(x, ref context);
    }
}
