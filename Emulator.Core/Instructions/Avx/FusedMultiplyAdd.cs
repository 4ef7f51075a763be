using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.FloatingPoint;
using Emulator.Core.Instructions.Sse;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;
using W = System.Runtime.Intrinsics.Vector256<byte>;

namespace Emulator.Core.Instructions.Avx;

/// <summary>The signs of a fused multiply-add; VFMADDSUB and VFMSUBADD differ between even and odd elements.</summary>
public interface IFusedSigns
{
    /// <summary>Of even elements.</summary>
    static abstract MultiplyAddSigns Even { get; }

    /// <summary>Of odd elements.</summary>
    static abstract MultiplyAddSigns Odd { get; }
}

/// <summary>VFMADD.</summary>
public readonly struct Fmadd : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.None;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.None;
}

/// <summary>VFMSUB.</summary>
public readonly struct Fmsub : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.NegateAddend;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.NegateAddend;
}

/// <summary>VFNMADD.</summary>
public readonly struct Fnmadd : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.NegateProduct;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.NegateProduct;
}

/// <summary>VFNMSUB.</summary>
public readonly struct Fnmsub : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.NegateProduct | MultiplyAddSigns.NegateAddend;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.NegateProduct | MultiplyAddSigns.NegateAddend;
}

/// <summary>VFMADDSUB.</summary>
public readonly struct Fmaddsub : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.NegateAddend;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.None;
}

/// <summary>VFMSUBADD.</summary>
public readonly struct Fmsubadd : IFusedSigns
{
    public static MultiplyAddSigns Even => MultiplyAddSigns.None;

    public static MultiplyAddSigns Odd => MultiplyAddSigns.NegateAddend;
}

/// <summary>Which operands are factors and which is the addend, by the digits of the mnemonic.</summary>
public interface IFusedOrder
{
    /// <summary>Two factors and the addend, of destination, second and third operand.</summary>
    static abstract (V X, V Y, V Z) Arrange(V first, V second, V third);
}

/// <summary>First times third plus second.</summary>
public readonly struct Order132 : IFusedOrder
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V X, V Y, V Z) Arrange(V first, V second, V third) => (first, third, second);
}

/// <summary>Second times first plus third.</summary>
public readonly struct Order213 : IFusedOrder
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V X, V Y, V Z) Arrange(V first, V second, V third) => (second, first, third);
}

/// <summary>Second times third plus first.</summary>
public readonly struct Order231 : IFusedOrder
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (V X, V Y, V Z) Arrange(V first, V second, V third) => (second, third, first);
}

/// <summary>x * y + z with one rounding, on vectors of <typeparamref name="T"/>.</summary>
public static unsafe class FusedMultiplyAdd<TSigns, T>
    where TSigns : struct, IFusedSigns
    where T : unmanaged
{
    /// <summary>The host's operation; false when flags or NaNs are in play.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V x, V y, V z, out V result)
    {
        var factor = x ^ SignsOf(MultiplyAddSigns.NegateProduct);
        var addend = z ^ SignsOf(MultiplyAddSigns.NegateAddend);
        if (typeof(T) == typeof(float))
        {
            result = Vector128.FusedMultiplyAdd(factor.AsSingle(), y.AsSingle(), addend.AsSingle()).AsByte();
        }
        else
        {
            result = Vector128.FusedMultiplyAdd(factor.AsDouble(), y.AsDouble(), addend.AsDouble()).AsByte();
        }

        var zeroIsExact = FloatClasses.Zero(x.As<byte, T>()) | FloatClasses.Zero(y.As<byte, T>());
        return FloatArithmetic.IsPlain(x.As<byte, T>(), y.As<byte, T>(), result.As<byte, T>(), zeroIsExact)
            && Vector128.EqualsAll(FloatClasses.Denormal(z.As<byte, T>()), V.Zero);
    }

    /// <summary>The host's operation on the low elements, the others those of <paramref name="kept"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFastScalar(V x, V y, V z, V kept, out V result)
    {
        if (typeof(T) == typeof(float))
        {
            var (a, b, c) = (x.AsSingle().ToScalar(), y.AsSingle().ToScalar(), z.AsSingle().ToScalar());
            var single = MathF.FusedMultiplyAdd(Negates(MultiplyAddSigns.NegateProduct) ? -a : a, b, Negates(MultiplyAddSigns.NegateAddend) ? -c : c);
            result = kept.AsSingle().WithElement(0, single).AsByte();
            return FloatArithmetic.IsPlain(a, b, single, zeroIsExact: a == 0 || b == 0) && !FloatClasses.IsDenormal(c);
        }

        var (p, q, r) = (x.AsDouble().ToScalar(), y.AsDouble().ToScalar(), z.AsDouble().ToScalar());
        var value = Math.FusedMultiplyAdd(Negates(MultiplyAddSigns.NegateProduct) ? -p : p, q, Negates(MultiplyAddSigns.NegateAddend) ? -r : r);
        result = kept.AsDouble().WithElement(0, value).AsByte();
        return FloatArithmetic.IsPlain(p, q, value, zeroIsExact: p == 0 || q == 0) && !FloatClasses.IsDenormal(r);
    }

    /// <summary>
    /// Whether a result is exact, as far as it is easily told: product and sum are, each for itself. A product that vanished is not a zero's.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V x, V y, V z, V result)
    {
        var (factor, other) = ((x ^ SignsOf(MultiplyAddSigns.NegateProduct)).As<byte, T>(), y.As<byte, T>());
        var product = factor * other;
        var isZero = FloatClasses.Zero(factor) | FloatClasses.Zero(other);
        return FloatClasses.All(isZero | ~FloatClasses.Zero(product))
            && FloatResiduals.AreProducts(factor, other, product)
            && FloatResiduals.AreSums(product, (z ^ SignsOf(MultiplyAddSigns.NegateAddend)).As<byte, T>(), result.As<byte, T>());
    }

    /// <summary>The meaning for the first <paramref name="count"/> elements.</summary>
    public static V Exact(V x, V y, V z, int count, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < count; n++)
        {
            var signs = (n & 1) == 0 ? TSigns.Even : TSigns.Odd;
            if (typeof(T) == typeof(float))
            {
                ((uint*)&result)[n] = Float32.MultiplyAdd(((uint*)&x)[n], ((uint*)&y)[n], ((uint*)&z)[n], signs, ref context);
            }
            else
            {
                ((ulong*)&result)[n] = Float64.MultiplyAdd(((ulong*)&x)[n], ((ulong*)&y)[n], ((ulong*)&z)[n], signs, ref context);
            }
        }

        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Negates(MultiplyAddSigns which) => (TSigns.Even & which) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SignsOf(MultiplyAddSigns which)
    {
        var even = (TSigns.Even & which) != 0;
        var odd = (TSigns.Odd & which) != 0;
        return typeof(T) == typeof(float)
            ? Vector128.Create(even ? 0x8000_0000u : 0, odd ? 0x8000_0000u : 0, even ? 0x8000_0000u : 0, odd ? 0x8000_0000u : 0).AsByte()
            : Vector128.Create(even ? 0x8000_0000_0000_0000ul : 0, odd ? 0x8000_0000_0000_0000ul : 0).AsByte();
    }
}

/// <summary>The meaning of a fused multiply-add on 128 bits, of destination, second and third operand.</summary>
public interface IFusedOperation
{
    /// <inheritdoc cref="IFloatOperation.TryFast"/>
    static abstract bool TryFast(V first, V second, V third, out V result);

    /// <inheritdoc cref="IFloatOperation.IsUnrounded"/>
    static abstract bool IsUnrounded(V first, V second, V third, V result);

    /// <inheritdoc cref="IFloatOperation.Exact"/>
    static abstract V Exact(V first, V second, V third, ref FloatContext context);
}

/// <summary>Every element.</summary>
public readonly unsafe struct FusedPacked<TOrder, TSigns, T> : IFusedOperation
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V first, V second, V third, out V result)
    {
        var (x, y, z) = TOrder.Arrange(first, second, third);
        return FusedMultiplyAdd<TSigns, T>.TryFast(x, y, z, out result);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V first, V second, V third, V result)
    {
        var (x, y, z) = TOrder.Arrange(first, second, third);
        return FusedMultiplyAdd<TSigns, T>.IsUnrounded(x, y, z, result);
    }

    /// <inheritdoc/>
    public static V Exact(V first, V second, V third, ref FloatContext context)
    {
        var (x, y, z) = TOrder.Arrange(first, second, third);
        return FusedMultiplyAdd<TSigns, T>.Exact(x, y, z, 16 / sizeof(T), ref context);
    }
}

/// <summary>The low element; the others are the destination's.</summary>
public readonly struct FusedScalar<TOrder, TSigns, T> : IFusedOperation
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(V first, V second, V third, out V result)
    {
        var (x, y, z) = TOrder.Arrange(first, second, third);
        return FusedMultiplyAdd<TSigns, T>.TryFastScalar(x, y, z, first, out result);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(V first, V second, V third, V result)
    {
        var (x, y, z) = TOrder.Arrange(first, second, third);
        return FusedMultiplyAdd<TSigns, T>.IsUnrounded(Low(x), Low(y), Low(z), Low(result));
    }

    /// <inheritdoc/>
    public static V Exact(V first, V second, V third, ref FloatContext context)
    {
        var (x, y, z) = TOrder.Arrange(first, second, third);
        var result = FusedMultiplyAdd<TSigns, T>.Exact(x, y, z, 1, ref context);
        return first.As<byte, T>().WithElement(0, result.As<byte, T>().ToScalar()).AsByte();
    }

    // The same in every element.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Low(V value) => Vector128.Create(value.As<byte, T>().ToScalar()).AsByte();
}

/// <summary>The 256-bit form: two operations of 128 bits.</summary>
public static class WideFused<TOperation>
    where TOperation : struct, IFusedOperation
{
    /// <inheritdoc cref="IFloatOperation.TryFast"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast(W first, W second, W third, out W result)
    {
        var done = TOperation.TryFast(first.GetLower(), second.GetLower(), third.GetLower(), out var lower)
            & TOperation.TryFast(first.GetUpper(), second.GetUpper(), third.GetUpper(), out var upper);
        result = Vector256.Create(lower, upper);
        return done;
    }

    /// <inheritdoc cref="IFloatOperation.IsUnrounded"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnrounded(W first, W second, W third, W result)
        => TOperation.IsUnrounded(first.GetLower(), second.GetLower(), third.GetLower(), result.GetLower())
            && TOperation.IsUnrounded(first.GetUpper(), second.GetUpper(), third.GetUpper(), result.GetUpper());

    /// <inheritdoc cref="IFloatOperation.Exact"/>
    public static W Exact(W first, W second, W third, ref FloatContext context)
    {
        var lower = TOperation.Exact(first.GetLower(), second.GetLower(), third.GetLower(), ref context);
        return Vector256.Create(lower, TOperation.Exact(first.GetUpper(), second.GetUpper(), third.GetUpper(), ref context));
    }
}

/// <summary>Register, register and register, memory handlers of an <see cref="IFusedOperation"/>.</summary>
public readonly unsafe struct FusedForm<TOperation, TShape, TEncoding> : IMemoryForm
    where TOperation : struct, IFusedOperation
    where TShape : struct, IOperandShape
    where TEncoding : struct, IVectorEncoding
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
        => TEncoding.Is256 ? Complete(s, op, CpuState.Get<W>(s, op->Third)) : Complete(s, op, CpuState.Get<V>(s, op->Third));

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (TEncoding.Is256)
        {
            return TShape.TryMemory256<TAddress, TEncoding>(s, op, out var wide) ? Complete(s, op, wide) : Exits.Faulted(s, op);
        }

        return TShape.TryMemory<TAddress, TEncoding>(s, op, out var third) ? Complete(s, op, third) : Exits.Faulted(s, op);
    }

    private static Op* Complete(CpuState* s, Op* op, V third)
    {
        var (first, second) = (CpuState.Get<V>(s, op->Destination), CpuState.Get<V>(s, op->Source));
        if (!Mxcsr.AllowsUnrounded(s) || !TOperation.TryFast(first, second, third, out var result)
            || (!Mxcsr.AllowsFast(s, isExact: false) && !TOperation.IsUnrounded(first, second, third, result)))
        {
            var context = FloatContext.FromMxcsr(s->Mxcsr);
            result = TOperation.Exact(first, second, third, ref context);
            if (!Mxcsr.TryCommit(s, ref context))
            {
                return Exits.Faulted(s, op);
            }
        }

        VexRegisters.Write(s, op->Destination, result);
        return op + 1;
    }

    private static Op* Complete(CpuState* s, Op* op, W third)
    {
        var (first, second) = (CpuState.Get<W>(s, op->Destination), CpuState.Get<W>(s, op->Source));
        if (!Mxcsr.AllowsUnrounded(s) || !WideFused<TOperation>.TryFast(first, second, third, out var result)
            || (!Mxcsr.AllowsFast(s, isExact: false) && !WideFused<TOperation>.IsUnrounded(first, second, third, result)))
        {
            var context = FloatContext.FromMxcsr(s->Mxcsr);
            result = WideFused<TOperation>.Exact(first, second, third, ref context);
            if (!Mxcsr.TryCommit(s, ref context))
            {
                return Exits.Faulted(s, op);
            }
        }

        VexRegisters.Write(s, op->Destination, result);
        return op + 1;
    }
}

/// <summary>A fused multiply-add.</summary>
public unsafe class FusedRow<TOperation, TShape> : VectorRow, IVectorMeaningRow
    where TOperation : struct, IFusedOperation
    where TShape : struct, IOperandShape
{
    /// <inheritdoc/>
    public bool ObeysMxcsr => true;

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => new(VectorMeaningKind.Fused, typeof(TOperation), TShape.Size(VectorOperands.KindOf(instruction) == VectorKind.Vex256));

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => VectorOperands.KindOf(instruction) == VectorKind.Vex256 ? Pick<Vex256Encoding>(instruction, context) : Pick<Vex128Encoding>(instruction, context);

    private static delegate*<CpuState*, Op*, Op*> Pick<TEncoding>(in Instruction instruction, DecodeContext context)
        where TEncoding : struct, IVectorEncoding
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<FusedForm<TOperation, TShape, TEncoding>>(context.Address)
            : &FusedForm<TOperation, TShape, TEncoding>.Register;
}

/// <summary>A packed fused multiply-add.</summary>
public sealed class FusedPackedRow<TOrder, TSigns, T> : FusedRow<FusedPacked<TOrder, TSigns, T>, WholeUnaligned>
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged;

/// <summary>A scalar fused multiply-add.</summary>
public sealed class FusedScalarRow<TOrder, TSigns, T> : FusedRow<FusedScalar<TOrder, TSigns, T>, Part<T, T>>
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged;
