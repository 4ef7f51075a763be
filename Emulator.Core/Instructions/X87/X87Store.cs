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

/// <summary>
/// A store to memory. Compute leaves the register stack alone but for the status flags, so that the caller can take them back when the
/// write faults; it returns whether there is something to write, and then, for popping forms, to pop.
/// </summary>
internal interface IX87Store<T>
    where T : unmanaged
{
    static abstract bool Compute(ref X87State x, out T value);
}

/// <summary>FST m32fp.</summary>
internal readonly struct StoreFloat32 : IX87Store<uint>
{
    public static bool Compute(ref X87State x, out uint value)
    {
        value = Float32.DefaultNaN;
        if (X87Stack.IsEmpty(x, 0))
        {
            return X87Stack.StackFaultIsMasked(ref x, overflow: false);
        }

        FloatContext context = X87Stack.Context(x);
        value = Float80.ToFloat32(X87Stack.St(ref x, 0), ref context);
        return X87Stores.CommitFloat(ref x, context);
    }
}

/// <summary>FST m64fp.</summary>
internal readonly struct StoreFloat64 : IX87Store<ulong>
{
    public static bool Compute(ref X87State x, out ulong value)
    {
        value = Float64.DefaultNaN;
        if (X87Stack.IsEmpty(x, 0))
        {
            return X87Stack.StackFaultIsMasked(ref x, overflow: false);
        }

        FloatContext context = X87Stack.Context(x);
        value = Float80.ToFloat64(X87Stack.St(ref x, 0), ref context);
        return X87Stores.CommitFloat(ref x, context);
    }
}

/// <summary>FSTP m80fp: any encoding, as it is.</summary>
internal readonly struct StoreFloat80 : IX87Store<TenBytes>
{
    public static bool Compute(ref X87State x, out TenBytes value)
    {
        Float80 source = X87Stack.IsEmpty(x, 0) ? Float80.DefaultNaN : X87Stack.St(ref x, 0);
        value = new() { Low = source.Significand, High = source.SignExponent };
        if (X87Stack.IsEmpty(x, 0))
        {
            return X87Stack.StackFaultIsMasked(ref x, overflow: false);
        }

        X87Stack.ClearC1(ref x);
        return true;
    }
}

/// <summary>FBSTP.</summary>
internal readonly struct StoreBcd : IX87Store<TenBytes>
{
    public static bool Compute(ref X87State x, out TenBytes value)
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
}

/// <summary>FIST m16int by RC, or FISTTP.</summary>
internal readonly struct StoreInt16<TRounding> : IX87Store<ushort>
    where TRounding : struct, IX87IntegerRounding
{
    public static bool Compute(ref X87State x, out ushort value)
    {
        bool done = X87Stores.Integer<TRounding>(ref x, 16, out ulong bits);
        value = (ushort)bits;
        return done;
    }
}

/// <summary>FIST m32int by RC, or FISTTP.</summary>
internal readonly struct StoreInt32<TRounding> : IX87Store<uint>
    where TRounding : struct, IX87IntegerRounding
{
    public static bool Compute(ref X87State x, out uint value)
    {
        bool done = X87Stores.Integer<TRounding>(ref x, 32, out ulong bits);
        value = (uint)bits;
        return done;
    }
}

/// <summary>FISTP m64int by RC, or FISTTP.</summary>
internal readonly struct StoreInt64<TRounding> : IX87Store<ulong>
    where TRounding : struct, IX87IntegerRounding
{
    public static bool Compute(ref X87State x, out ulong value) => X87Stores.Integer<TRounding>(ref x, 64, out value);
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

/// <summary>What the stores share.</summary>
internal static class X87Stores
{
    /// <summary>Unmasked overflow and underflow forbid a store to memory too (SDM Vol. 1, 8.5.4 and 8.5.5).</summary>
    public static bool CommitFloat(ref X87State x, in FloatContext context) =>
        X87Stack.Commit(ref x, context) && (context.Unmasked & (FloatExceptions.Overflow | FloatExceptions.Underflow)) == 0;

    public static bool Integer<TRounding>(ref X87State x, int width, out ulong value)
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
}
