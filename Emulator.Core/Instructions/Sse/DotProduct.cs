using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.FloatingPoint;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>DPPS: products where bits 7:4 say so, summed in pairs, given to the elements that bits 3:0 select. Each step rounds and raises.</summary>
public readonly unsafe struct Dpps : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        // What is not selected takes part as a zero.
        var bits = Vector128.Create(0x10u, 0x20u, 0x40u, 0x80u);
        var selected = Vector128.Equals(Vector128.Create((uint)i) & bits, bits).AsSingle();
        var isPlain = FloatMultiply.TryHost(a.AsSingle() & selected, b.AsSingle() & selected, i, out var products);
        var even = Vector128.Shuffle(products, Vector128.Create(0, 2, 0, 2));
        var odd = Vector128.Shuffle(products, Vector128.Create(1, 3, 1, 3));
        isPlain &= FloatAdd.TryHost(even, odd, i, out var pairs);
        isPlain &= FloatAdd.TryHost(
            Vector128.Shuffle(pairs, Vector128.Create(0, 0, 0, 0)), Vector128.Shuffle(pairs, Vector128.Create(1, 1, 1, 1)), i, out var sum);
        bits = Vector128.Create(1u, 2u, 4u, 8u);
        result = (sum & Vector128.Equals(Vector128.Create((uint)i) & bits, bits).AsSingle()).AsByte();
        return isPlain;
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        var products = stackalloc uint[4];
        for (var n = 0; n < 4; n++)
        {
            products[n] = ((i >> (4 + n)) & 1) != 0 ? Float32.Mul(((uint*)&a)[n], ((uint*)&b)[n], ref context) : 0;
        }

        if (context.Faults)
        {
            return default;
        }

        var low = Float32.Add(products[0], products[1], ref context);
        var high = Float32.Add(products[2], products[3], ref context);
        if (context.Faults)
        {
            return default;
        }

        var sum = Float32.Add(low, high, ref context);
        V result = default;
        for (var n = 0; n < 4; n++)
        {
            ((uint*)&result)[n] = ((i >> n) & 1) != 0 ? sum : 0;
        }

        return result;
    }
}

/// <summary>DPPD.</summary>
public readonly unsafe struct Dppd : IFloatOperation
{
    public static bool IsExact => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V a, V b, byte i, out V result)
    {
        var bits = Vector128.Create(0x10ul, 0x20ul);
        var selected = Vector128.Equals(Vector128.Create((ulong)i) & bits, bits).AsDouble();
        var isPlain = FloatMultiply.TryHost(a.AsDouble() & selected, b.AsDouble() & selected, i, out var products);
        isPlain &= FloatAdd.TryHost(
            Vector128.Shuffle(products, Vector128.Create(0L, 0)), Vector128.Shuffle(products, Vector128.Create(1L, 1)), i, out var sum);
        bits = Vector128.Create(1ul, 2ul);
        result = (sum & Vector128.Equals(Vector128.Create((ulong)i) & bits, bits).AsDouble()).AsByte();
        return isPlain;
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        var low = (i & 0x10) != 0 ? Float64.Mul(((ulong*)&a)[0], ((ulong*)&b)[0], ref context) : 0;
        var high = (i & 0x20) != 0 ? Float64.Mul(((ulong*)&a)[1], ((ulong*)&b)[1], ref context) : 0;
        if (context.Faults)
        {
            return default;
        }

        var sum = Float64.Add(low, high, ref context);
        return Vector128.Create((i & 1) != 0 ? sum : 0, (i & 2) != 0 ? sum : 0).AsByte();
    }
}

/// <summary>RCPPS and RSQRTPS: relative error within 1.5 * 2^-12, no exceptions; denormals count as zeros.</summary>
public static class Approximations
{
    /// <summary>Adds the rows, and those of the dot products.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Dpps, Mnemonic.Vdpps, new FloatRow<Dpps, Whole>());
        Add(table, Mnemonic.Dppd, Mnemonic.Vdppd, new FloatRow<Dppd, Whole>());
        Add(table, Mnemonic.Rcpps, Mnemonic.Vrcpps, new OperationRow<Rcpps>());
        Add(table, Mnemonic.Rsqrtps, Mnemonic.Vrsqrtps, new OperationRow<Rsqrtps>());
        Add(table, Mnemonic.Rcpss, Mnemonic.Vrcpss, new OperationRow<LowOf<Rcpps>, Part<uint, uint>>());
        Add(table, Mnemonic.Rsqrtss, Mnemonic.Vrsqrtss, new OperationRow<LowOf<Rsqrtps>, Part<uint, uint>>());
    }

    /// <summary>1 / x.</summary>
    internal static float Reciprocal(float value)
    {
        if (float.IsNaN(value))
        {
            return Quiet(value);
        }

        if (float.IsSubnormal(value))
        {
            return float.CopySign(float.PositiveInfinity, value);
        }

        var result = 1 / value;
        return float.IsSubnormal(result) ? float.CopySign(0, value) : result;
    }

    /// <summary>1 / sqrt(x).</summary>
    internal static float ReciprocalSquareRoot(float value)
    {
        if (float.IsNaN(value))
        {
            return Quiet(value);
        }

        if (value == 0 || float.IsSubnormal(value))
        {
            return float.CopySign(float.PositiveInfinity, value);
        }

        return value < 0 ? BitConverter.UInt32BitsToSingle(Float32.DefaultNaN) : (float)(1 / Math.Sqrt(value));
    }

    private static float Quiet(float value) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) | 0x0040_0000);

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}

/// <summary>RCPPS.</summary>
public readonly struct Rcpps : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
        => System.Runtime.Intrinsics.X86.Sse.IsSupported ? System.Runtime.Intrinsics.X86.Sse.Reciprocal(b.AsSingle()).AsByte() : Portable(b.AsSingle());

    private static V Portable(Vector128<float> b)
        => Vector128.Create(
            Approximations.Reciprocal(b[0]), Approximations.Reciprocal(b[1]), Approximations.Reciprocal(b[2]), Approximations.Reciprocal(b[3])).AsByte();
}

/// <summary>RSQRTPS.</summary>
public readonly struct Rsqrtps : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
        => System.Runtime.Intrinsics.X86.Sse.IsSupported ? System.Runtime.Intrinsics.X86.Sse.ReciprocalSqrt(b.AsSingle()).AsByte() : Portable(b.AsSingle());

    private static V Portable(Vector128<float> b)
        => Vector128.Create(
            Approximations.ReciprocalSquareRoot(b[0]),
            Approximations.ReciprocalSquareRoot(b[1]),
            Approximations.ReciprocalSquareRoot(b[2]),
            Approximations.ReciprocalSquareRoot(b[3])).AsByte();
}

/// <summary>The low element of an operation's result; the others are the first source's.</summary>
public readonly struct LowOf<TOperation> : IVectorOperation
    where TOperation : struct, IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => MergeLow32.Apply(a, TOperation.Apply(a, b, i), i);
}
