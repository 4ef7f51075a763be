using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Emulator.Core.FloatingPoint;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>CVTDQ2PS.</summary>
public readonly unsafe struct Cvtdq2ps : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = Vector128.ConvertToSingle(b.AsInt32()).AsByte();
        return true;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => Vector128.EqualsAll(Vector128.ConvertToInt32(result.AsSingle()), b.AsInt32())
            && Vector128.LessThanAll(result.AsSingle(), Vector128.Create(2147483648f));

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 4; n++)
        {
            ((uint*)&result)[n] = Float32.FromInt32(((int*)&b)[n], ref context);
        }

        return result;
    }
}

/// <summary>CVTDQ2PD.</summary>
public readonly unsafe struct Cvtdq2pd : IFloatOperation
{
    public static bool IsExact => true;

    public static FloatLanes Lanes => FloatLanes.Widening;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = Vector128.Create((double)b.AsInt32().GetElement(0), b.AsInt32().GetElement(1)).AsByte();
        return true;
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 2; n++)
        {
            ((ulong*)&result)[n] = Float64.FromInt32(((int*)&b)[n], ref context);
        }

        return result;
    }
}

/// <summary>CVTPS2DQ: out of range gives the integer indefinite.</summary>
public readonly unsafe struct Cvtps2dq : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var rounded = Vector128.Round(b.AsSingle());
        result = (Sse2.IsSupported ? Sse2.ConvertToVector128Int32(b.AsSingle()) : Vector128.ConvertToInt32(rounded)).AsByte();
        return Vector128.LessThanAll(Vector128.Abs(rounded), Vector128.Create(2147483648f));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => Vector128.EqualsAll(Vector128.Truncate(b.AsSingle()), b.AsSingle());

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 4; n++)
        {
            ((int*)&result)[n] = Float32.ToInt32(((uint*)&b)[n], context.Rounding, ref context);
        }

        return result;
    }
}

/// <summary>CVTTPS2DQ: out of range gives the integer indefinite.</summary>
public readonly unsafe struct Cvttps2dq : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var rounded = Vector128.Truncate(b.AsSingle());
        result = (Sse2.IsSupported ? Sse2.ConvertToVector128Int32WithTruncation(b.AsSingle()) : Vector128.ConvertToInt32(rounded)).AsByte();
        return Vector128.LessThanAll(Vector128.Abs(rounded), Vector128.Create(2147483648f));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => Vector128.EqualsAll(Vector128.Truncate(b.AsSingle()), b.AsSingle());

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 4; n++)
        {
            ((int*)&result)[n] = Float32.ToInt32(((uint*)&b)[n], RoundingMode.Zero, ref context);
        }

        return result;
    }
}

/// <summary>CVTPD2DQ: two integers and zeros.</summary>
public readonly unsafe struct Cvtpd2dq : IFloatOperation
{
    public static bool IsExact => false;

    public static FloatLanes Lanes => FloatLanes.Narrowing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var rounded = Vector128.Round(b.AsDouble());
        result = Sse2.IsSupported
            ? Sse2.ConvertToVector128Int32(b.AsDouble()).AsByte()
            : Vector128.Create((int)rounded.GetElement(0), (int)rounded.GetElement(1), 0, 0).AsByte();
        return Vector128.LessThanAll(Vector128.Abs(rounded), Vector128.Create(2147483648.0));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => Vector128.EqualsAll(Vector128.Truncate(b.AsDouble()), b.AsDouble());

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 2; n++)
        {
            ((int*)&result)[n] = Float64.ToInt32(((ulong*)&b)[n], context.Rounding, ref context);
        }

        return result;
    }
}

/// <summary>CVTTPD2DQ: two integers and zeros.</summary>
public readonly unsafe struct Cvttpd2dq : IFloatOperation
{
    public static bool IsExact => false;

    public static FloatLanes Lanes => FloatLanes.Narrowing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var rounded = Vector128.Truncate(b.AsDouble());
        result = Sse2.IsSupported
            ? Sse2.ConvertToVector128Int32WithTruncation(b.AsDouble()).AsByte()
            : Vector128.Create((int)rounded.GetElement(0), (int)rounded.GetElement(1), 0, 0).AsByte();
        return Vector128.LessThanAll(Vector128.Abs(rounded), Vector128.Create(2147483648.0));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => Vector128.EqualsAll(Vector128.Truncate(b.AsDouble()), b.AsDouble());

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 2; n++)
        {
            ((int*)&result)[n] = Float64.ToInt32(((ulong*)&b)[n], RoundingMode.Zero, ref context);
        }

        return result;
    }
}

/// <summary>CVTPS2PD.</summary>
public readonly unsafe struct Cvtps2pd : IFloatOperation
{
    public static bool IsExact => true;

    public static FloatLanes Lanes => FloatLanes.Widening;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var low = Vector128.Create(b.AsUInt64().ToScalar()).AsSingle();
        result = Vector128.Create((double)low.GetElement(0), low.GetElement(1)).AsByte();
        return FloatClasses.AreOrdinary(low, low);
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 2; n++)
        {
            ((ulong*)&result)[n] = Float32.ToFloat64(((uint*)&b)[n], ref context);
        }

        return result;
    }
}

/// <summary>CVTPD2PS: two elements and zeros.</summary>
public readonly unsafe struct Cvtpd2ps : IFloatOperation
{
    public static bool IsExact => false;

    public static FloatLanes Lanes => FloatLanes.Narrowing;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var low = Vector128.Narrow(b.AsDouble(), Vector128<double>.Zero);
        result = low.AsByte();
        var doubled = Vector128.Create(low.AsUInt64().ToScalar()).AsSingle();
        var zeros = Vector128.Narrow(Vector128.Equals(b.AsDouble(), Vector128<double>.Zero).AsUInt64(), Vector128<ulong>.Zero).AsUInt64().ToScalar();
        return FloatClasses.All(FloatClasses.SafelyNormal(doubled) | (FloatClasses.Zero(doubled) & Vector128.Create(zeros).AsByte()));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => Vector128.EqualsAll(Vector128.WidenLower(result.AsSingle()), b.AsDouble());

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 2; n++)
        {
            ((uint*)&result)[n] = Float64.ToFloat32(((ulong*)&b)[n], ref context);
        }

        return result;
    }
}

/// <summary>CVTSS2SD.</summary>
public readonly unsafe struct Cvtss2sd : IFloatOperation
{
    public static bool IsExact => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var value = b.AsSingle().ToScalar();
        result = a.AsDouble().WithElement(0, (double)value).AsByte();
        return FloatClasses.IsOrdinary(value);
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        return a.AsUInt64().WithElement(0, Float32.ToFloat64(b.AsUInt32().ToScalar(), ref context)).AsByte();
    }
}

/// <summary>CVTSD2SS.</summary>
public readonly unsafe struct Cvtsd2ss : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var value = b.AsDouble().ToScalar();
        var converted = (float)value;
        result = a.AsSingle().WithElement(0, converted).AsByte();
        return value == 0 || FloatClasses.IsSafelyNormal(converted);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => (double)result.AsSingle().ToScalar() == b.AsDouble().ToScalar();

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        return a.AsUInt32().WithElement(0, Float64.ToFloat32(b.AsUInt64().ToScalar(), ref context)).AsByte();
    }
}

/// <summary>CVTSI2SS with a doubleword.</summary>
public readonly unsafe struct Cvtsi2ss32 : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = a.AsSingle().WithElement(0, (float)b.AsInt32().ToScalar()).AsByte();
        return true;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => FloatResiduals.Fits(b.AsInt32().ToScalar(), 24);

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        return a.AsUInt32().WithElement(0, Float32.FromInt32(b.AsInt32().ToScalar(), ref context)).AsByte();
    }
}

/// <summary>CVTSI2SS with a quadword.</summary>
public readonly unsafe struct Cvtsi2ss64 : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = a.AsSingle().WithElement(0, (float)b.AsInt64().ToScalar()).AsByte();
        return true;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => FloatResiduals.Fits(b.AsInt64().ToScalar(), 24);

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        return a.AsUInt32().WithElement(0, Float32.FromInt64(b.AsInt64().ToScalar(), ref context)).AsByte();
    }
}

/// <summary>CVTSI2SD with a doubleword.</summary>
public readonly unsafe struct Cvtsi2sd32 : IFloatOperation
{
    public static bool IsExact => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = a.AsDouble().WithElement(0, (double)b.AsInt32().ToScalar()).AsByte();
        return true;
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        return a.AsUInt64().WithElement(0, Float64.FromInt32(b.AsInt32().ToScalar(), ref context)).AsByte();
    }
}

/// <summary>CVTSI2SD with a quadword.</summary>
public readonly unsafe struct Cvtsi2sd64 : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = a.AsDouble().WithElement(0, (double)b.AsInt64().ToScalar()).AsByte();
        return true;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V a, V b, byte i, V result)
        => FloatResiduals.Fits(b.AsInt64().ToScalar(), 53);

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        return a.AsUInt64().WithElement(0, Float64.FromInt64(b.AsInt64().ToScalar(), ref context)).AsByte();
    }
}

/// <summary>CVTPI2PS: two elements, the rest kept.</summary>
public readonly unsafe struct Cvtpi2ps : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = Vector128.Create(Vector128.ConvertToSingle(b.AsInt32()).AsUInt64().ToScalar(), a.AsUInt64().GetElement(1)).AsByte();
        return true;
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        return Vector128.Create(
            Float32.FromInt32(b.AsInt32().GetElement(0), ref context),
            Float32.FromInt32(b.AsInt32().GetElement(1), ref context),
            a.AsUInt32().GetElement(2),
            a.AsUInt32().GetElement(3)).AsByte();
    }
}

/// <summary>CVTPS2PI.</summary>
public readonly unsafe struct Cvtps2pi : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = default;
        return false;
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 2; n++)
        {
            ((int*)&result)[n] = Float32.ToInt32(((uint*)&b)[n], context.Rounding, ref context);
        }

        return result;
    }
}

/// <summary>CVTTPS2PI.</summary>
public readonly unsafe struct Cvttps2pi : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = default;
        return false;
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 2; n++)
        {
            ((int*)&result)[n] = Float32.ToInt32(((uint*)&b)[n], RoundingMode.Zero, ref context);
        }

        return result;
    }
}
