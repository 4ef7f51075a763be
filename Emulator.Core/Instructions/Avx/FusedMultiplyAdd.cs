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
    private static V SignsOf(MultiplyAddSigns which)
    {
        var even = (TSigns.Even & which) != 0;
        var odd = (TSigns.Odd & which) != 0;
        return typeof(T) == typeof(float)
            ? Vector128.Create(even ? 0x8000_0000u : 0, odd ? 0x8000_0000u : 0, even ? 0x8000_0000u : 0, odd ? 0x8000_0000u : 0).AsByte()
            : Vector128.Create(even ? 0x8000_0000_0000_0000ul : 0, odd ? 0x8000_0000_0000_0000ul : 0).AsByte();
    }
}

/// <summary>The packed forms.</summary>
public readonly unsafe struct FusedPackedForm<TOrder, TSigns, T, TEncoding> : IMemoryForm
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged
    where TEncoding : struct, IVectorEncoding
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
        => Complete(s, op, TEncoding.Is256 ? CpuState.Get<W>(s, op->Third) : Vector256.Create(CpuState.Get<V>(s, op->Third), V.Zero));

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (TEncoding.Is256)
        {
            return VectorMemory.TryRead<TAddress, W>(s, op, aligned: false, out var wide) ? Complete(s, op, wide) : Exits.Faulted(s, op);
        }

        return VectorMemory.TryRead<TAddress, V>(s, op, aligned: false, out var third)
            ? Complete(s, op, Vector256.Create(third, V.Zero))
            : Exits.Faulted(s, op);
    }

    private static Op* Complete(CpuState* s, Op* op, W third)
    {
        var first = CpuState.Get<W>(s, op->Destination);
        var second = CpuState.Get<W>(s, op->Source);
        var (x, y, z) = TOrder.Arrange(first.GetLower(), second.GetLower(), third.GetLower());
        var (x2, y2, z2) = TOrder.Arrange(first.GetUpper(), second.GetUpper(), third.GetUpper());
        var upper = V.Zero;
        if (!Mxcsr.AllowsFast(s, isExact: false) || !FusedMultiplyAdd<TSigns, T>.TryFast(x, y, z, out var lower)
            || (TEncoding.Is256 && !FusedMultiplyAdd<TSigns, T>.TryFast(x2, y2, z2, out upper)))
        {
            var context = FloatContext.FromMxcsr(s->Mxcsr);
            lower = FusedMultiplyAdd<TSigns, T>.Exact(x, y, z, 16 / sizeof(T), ref context);
            upper = TEncoding.Is256 ? FusedMultiplyAdd<TSigns, T>.Exact(x2, y2, z2, 16 / sizeof(T), ref context) : V.Zero;
            if (!Mxcsr.TryCommit(s, ref context))
            {
                return Exits.Faulted(s, op);
            }
        }

        VexRegisters.Write(s, op->Destination, Vector256.Create(lower, upper));
        return op + 1;
    }
}

/// <summary>The scalar forms: the rest of the low 128 bits stays.</summary>
public readonly unsafe struct FusedScalarForm<TOrder, TSigns, T> : IMemoryForm
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op) => Complete(s, op, CpuState.Get<T>(s, op->Third));

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
        => VectorMemory.TryRead<TAddress, T>(s, op, aligned: false, out var third) ? Complete(s, op, third) : Exits.Faulted(s, op);

    private static Op* Complete(CpuState* s, Op* op, T third)
    {
        var kept = CpuState.Get<V>(s, op->Destination).As<byte, T>();
        var (x, y, z) = TOrder.Arrange(
            Vector128.Create(kept.ToScalar()).AsByte(),
            Vector128.Create(CpuState.Get<T>(s, op->Source)).AsByte(),
            Vector128.Create(third).AsByte());
        if (!Mxcsr.AllowsFast(s, isExact: false) || !FusedMultiplyAdd<TSigns, T>.TryFast(x, y, z, out var result))
        {
            var context = FloatContext.FromMxcsr(s->Mxcsr);
            result = FusedMultiplyAdd<TSigns, T>.Exact(x, y, z, 1, ref context);
            if (!Mxcsr.TryCommit(s, ref context))
            {
                return Exits.Faulted(s, op);
            }
        }

        VexRegisters.Write(s, op->Destination, kept.WithElement(0, result.As<byte, T>().ToScalar()).AsByte());
        return op + 1;
    }
}

/// <summary>A packed fused multiply-add.</summary>
public sealed unsafe class FusedPackedRow<TOrder, TSigns, T> : VectorRow
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => VectorOperands.KindOf(instruction) == VectorKind.Vex256 ? Pick<Vex256Encoding>(instruction, context) : Pick<Vex128Encoding>(instruction, context);

    private static delegate*<CpuState*, Op*, Op*> Pick<TEncoding>(in Instruction instruction, DecodeContext context)
        where TEncoding : struct, IVectorEncoding
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<FusedPackedForm<TOrder, TSigns, T, TEncoding>>(context.Address)
            : &FusedPackedForm<TOrder, TSigns, T, TEncoding>.Register;
}

/// <summary>A scalar fused multiply-add.</summary>
public sealed unsafe class FusedScalarRow<TOrder, TSigns, T> : VectorRow
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<FusedScalarForm<TOrder, TSigns, T>>(context.Address)
            : &FusedScalarForm<TOrder, TSigns, T>.Register;
}
