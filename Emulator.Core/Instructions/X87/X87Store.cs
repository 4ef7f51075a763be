using System.Runtime.InteropServices;
using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>A ten-byte memory operand: m80fp and m80bcd.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 10)]
internal struct TenBytes
{
    public ulong Low;
    public ushort High;
}

/// <summary>How an integer store rounds.</summary>
internal interface IX87IntegerRounding
{
    static abstract RoundingMode Mode(in FloatContext context);
}

/// <summary>FIST and FISTP.</summary>
internal readonly struct RoundByControl : IX87IntegerRounding
{
    public static RoundingMode Mode(in FloatContext context) => context.Rounding;
}

/// <summary>FISTTP.</summary>
internal readonly struct RoundByTruncation : IX87IntegerRounding
{
    public static RoundingMode Mode(in FloatContext context) => RoundingMode.Zero;
}

/// <summary>
/// Stores to memory. Each leaves the register stack alone but for the status flags, so that the caller can take them back when the
/// write faults; it returns whether there is something to write, and then, for popping forms, to pop.
/// </summary>
internal static class X87Store
{
    /// <summary>FST m32fp.</summary>
    public static bool ToFloat32(ref X87State x, out uint value)
    {
        value = Float32.DefaultNaN;
        if (X87Stack.IsEmpty(x, 0))
        {
            return X87Stack.StackFaultIsMasked(ref x, overflow: false);
        }

        FloatContext context = X87Stack.Context(x);
        value = Float80.ToFloat32(X87Stack.St(ref x, 0), ref context);
        return CommitFloat(ref x, context);
    }

    /// <summary>FST m64fp.</summary>
    public static bool ToFloat64(ref X87State x, out ulong value)
    {
        value = Float64.DefaultNaN;
        if (X87Stack.IsEmpty(x, 0))
        {
            return X87Stack.StackFaultIsMasked(ref x, overflow: false);
        }

        FloatContext context = X87Stack.Context(x);
        value = Float80.ToFloat64(X87Stack.St(ref x, 0), ref context);
        return CommitFloat(ref x, context);
    }

    /// <summary>FSTP m80fp: any encoding, as it is.</summary>
    public static bool ToFloat80(ref X87State x, out TenBytes value)
    {
        bool empty = X87Stack.IsEmpty(x, 0);
        Float80 source = empty ? Float80.DefaultNaN : X87Stack.St(ref x, 0);
        value = new() { Low = source.Significand, High = source.SignExponent };
        if (empty)
        {
            return X87Stack.StackFaultIsMasked(ref x, overflow: false);
        }

        X87Stack.ClearC1(ref x);
        return true;
    }

    /// <summary>FBSTP.</summary>
    public static bool ToBcd(ref X87State x, out TenBytes value)
    {
        value = new() { Low = 0xC000_0000_0000_0000, High = 0xFFFF };
        if (X87Stack.IsEmpty(x, 0))
        {
            return X87Stack.StackFaultIsMasked(ref x, overflow: false);
        }

        FloatContext context = X87Stack.Context(x);
        value.Low = Float80.ToPackedBcd(X87Stack.St(ref x, 0), out value.High, ref context);
        return X87Stack.Commit(ref x, context);
    }

    public static bool ToInt16<TRounding>(ref X87State x, out ushort value)
        where TRounding : struct, IX87IntegerRounding
    {
        bool done = ToInteger<TRounding>(ref x, 16, out ulong bits);
        value = (ushort)bits;
        return done;
    }

    public static bool ToInt32<TRounding>(ref X87State x, out uint value)
        where TRounding : struct, IX87IntegerRounding
    {
        bool done = ToInteger<TRounding>(ref x, 32, out ulong bits);
        value = (uint)bits;
        return done;
    }

    public static bool ToInt64<TRounding>(ref X87State x, out ulong value)
        where TRounding : struct, IX87IntegerRounding => ToInteger<TRounding>(ref x, 64, out value);

    private static bool ToInteger<TRounding>(ref X87State x, int width, out ulong value)
        where TRounding : struct, IX87IntegerRounding
    {
        value = 1UL << (width - 1);
        if (X87Stack.IsEmpty(x, 0))
        {
            return X87Stack.StackFaultIsMasked(ref x, overflow: false);
        }

        FloatContext context = X87Stack.Context(x);
        UnpackedFloat source = Float80.Unpack(X87Stack.St(ref x, 0));
        value = IntegerConversion.FromUnpacked(source, width, signed: true, TRounding.Mode(context), ref context);
        return X87Stack.Commit(ref x, context);
    }

    /// <summary>Unmasked overflow and underflow forbid a store to memory too (SDM Vol. 1, 8.5.4 and 8.5.5); nothing is rounded then.</summary>
    private static bool CommitFloat(ref X87State x, FloatContext context)
    {
        bool abandoned = (context.Unmasked & (FloatExceptions.Overflow | FloatExceptions.Underflow)) != 0;
        if (abandoned)
        {
            context.Raised &= ~FloatExceptions.Precision;
            context.RoundedUp = false;
        }

        return X87Stack.Commit(ref x, context) && !abandoned;
    }
}
