using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.FloatingPoint;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>How the vector sizes of source and destination relate in the 256-bit form.</summary>
public enum FloatLanes
{
    /// <summary>Each lane for itself.</summary>
    Same,

    /// <summary>The elements double in size: 128 bits of source.</summary>
    Widening,

    /// <summary>The elements halve in size: 128 bits of destination.</summary>
    Narrowing,
}

/// <summary>
/// The meaning of an instruction that obeys MXCSR. <see cref="TryFast"/> counts only when the host's own rounding (to nearest, no flushing, all
/// masked) is the guest's, and the precision flag is already set or <see cref="IsUnrounded"/> (<see cref="IsExact"/>: when denormals are not flushed);
/// it declines whenever another flag might have to be set or a NaN be made. <see cref="Exact"/> is always right.
/// </summary>
public interface IFloatOperation
{
    /// <summary>The operation never rounds.</summary>
    static abstract bool IsExact { get; }

    /// <summary>Source and destination sizes.</summary>
    static virtual FloatLanes Lanes => FloatLanes.Same;

    /// <summary>The host's operation; false when flags or NaNs are in play.</summary>
    static abstract bool TryFast(V a, V b, byte i, out V result);

    /// <summary><see cref="TryFast"/> on 256 bits: by default each half for itself (<see cref="WideFloat{T}"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual bool TryFast256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i, out Vector256<byte> result)
        where TSelf : struct, IFloatOperation
        => WideFloat<TSelf>.TryEach(a, b, i, out result);

    /// <summary>
    /// Whether a result of <see cref="TryFast"/> is exact, so that not even the precision flag is set: then it stands while that flag is clear as well. It may say
    /// false of exact results. Not asked of operations that never round.
    /// </summary>
    static virtual bool IsUnrounded(V a, V b, byte i, V result) => false;

    /// <summary>The meaning.</summary>
    static abstract V Exact(V a, V b, byte i, ref FloatContext context);
}

/// <summary>MXCSR around an operation (SDM Vol. 1, 10.2.3 and 11.5).</summary>
public static unsafe class Mxcsr
{
    private const uint Daz = 1 << 6;
    private const uint Precision = 1 << 5;
    private const uint HostMask = 0xffc0;
    private const uint HostValue = 0x1f80;

    /// <summary>Whether the host's operation may stand for the guest's, whatever it rounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllowsFast(CpuState* s, bool isExact)
        => isExact ? (s->Mxcsr & Daz) == 0 : (s->Mxcsr & (HostMask | Precision)) == (HostValue | Precision);

    /// <summary>Whether a result of the host's may stand for the guest's if it is not rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllowsUnrounded(CpuState* s) => (s->Mxcsr & HostMask) == HostValue;

    /// <summary>The host's operation where it may stand for the guest's and raises nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryFast<TOperation>(CpuState* s, V a, V b, byte i, out V result)
        where TOperation : struct, IFloatOperation
    {
        if (AllowsFast(s, TOperation.IsExact))
        {
            return TOperation.TryFast(a, b, i, out result);
        }

        result = default;
        return !TOperation.IsExact && AllowsUnrounded(s) && TOperation.TryFast(a, b, i, out result) && TOperation.IsUnrounded(a, b, i, result);
    }

    /// <summary>Sets the flags; false when one of them is unmasked: #XM, or #UD without CR4.OSXMMEXCPT.</summary>
    public static bool TryCommit(CpuState* s, ref FloatContext context)
    {
        context.Settle();
        s->Mxcsr |= (uint)context.Raised;
        if (!context.Faults)
        {
            return true;
        }

        return (s->Cr4 & Cr4.OSXMMEXCPT) != 0 ? Fault.Raise(s, Vector.SimdFloatingPoint) : Fault.InvalidOpcode(s);
    }
}

/// <summary>Register, register and register, memory handlers of an <see cref="IFloatOperation"/>.</summary>
public readonly unsafe struct FloatForm<TOperation, TShape, TEncoding> : IMemoryForm
    where TOperation : struct, IFloatOperation
    where TShape : struct, IOperandShape
    where TEncoding : struct, IVectorEncoding
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
    {
        if (!TEncoding.TryBegin(s))
        {
            return X87.X87Unit.Refuse(s, op);
        }

        return TEncoding.Is256
            ? Complete(s, op, CpuState.Get<Vector256<byte>>(s, op->Third))
            : Complete(s, op, TEncoding.Read(s, op->Third));
    }

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!TEncoding.TryBegin(s))
        {
            return X87.X87Unit.Refuse(s, op);
        }

        if (TEncoding.Is256)
        {
            return TShape.TryMemory256<TAddress, TEncoding>(s, op, out var wide) ? Complete(s, op, wide) : Exits.Faulted(s, op);
        }

        return TShape.TryMemory<TAddress, TEncoding>(s, op, out var b) ? Complete(s, op, b) : Exits.Faulted(s, op);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* Complete(CpuState* s, Op* op, V b)
    {
        TEncoding.Enter(s);
        var a = TEncoding.Read(s, op->Source);
        if (Mxcsr.TryFast<TOperation>(s, a, b, (byte)op->Immediate, out var result))
        {
            TEncoding.Write(s, op->Destination, result);
            return op + 1;
        }

        return CompleteExact(s, op, a, b);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* CompleteExact(CpuState* s, Op* op, V a, V b)
    {
        var context = FloatContext.FromMxcsr(s->Mxcsr);
        var result = TOperation.Exact(a, b, (byte)op->Immediate, ref context);
        if (!Mxcsr.TryCommit(s, ref context))
        {
            return Exits.Faulted(s, op);
        }

        TEncoding.Write(s, op->Destination, result);
        return op + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* Complete(CpuState* s, Op* op, Vector256<byte> b)
    {
        var a = CpuState.Get<Vector256<byte>>(s, op->Source);
        var fast = Mxcsr.AllowsFast(s, TOperation.IsExact);
        if ((fast || (!TOperation.IsExact && Mxcsr.AllowsUnrounded(s)))
            && WideFloat<TOperation>.TryFast(a, b, (byte)op->Immediate, out var result)
            && (fast || WideFloat<TOperation>.IsUnrounded(a, b, (byte)op->Immediate, result)))
        {
            VexRegisters.Write(s, op->Destination, result);
            return op + 1;
        }

        return CompleteExact(s, op, a, b);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* CompleteExact(CpuState* s, Op* op, Vector256<byte> a, Vector256<byte> b)
    {
        var context = FloatContext.FromMxcsr(s->Mxcsr);
        var result = WideFloat<TOperation>.Exact(a, b, (byte)op->Immediate, ref context);
        if (!Mxcsr.TryCommit(s, ref context))
        {
            return Exits.Faulted(s, op);
        }

        VexRegisters.Write(s, op->Destination, result);
        return op + 1;
    }
}

/// <summary>A row of an <see cref="IFloatOperation"/> in its legacy and VEX encodings.</summary>
public sealed unsafe class FloatRow<TOperation, TShape> : VectorRow, IVectorMeaningRow
    where TOperation : struct, IFloatOperation
    where TShape : struct, IOperandShape
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        VectorOperands.Order(instruction, op);
        return VectorOperands.KindOf(instruction) switch
        {
            VectorKind.Legacy => Pick<LegacyEncoding>(instruction, context),
            VectorKind.Vex256 => Pick<Vex256Encoding>(instruction, context),
            _ => Pick<Vex128Encoding>(instruction, context),
        };
    }

    /// <inheritdoc/>
    public bool ObeysMxcsr => true;

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
    {
        var kind = VectorOperands.KindOf(instruction);
        return new VectorMeaning(VectorMeaningKind.Float, typeof(TOperation), TShape.Size(kind == VectorKind.Vex256), TShape.IsAligned(kind == VectorKind.Legacy));
    }

    private static delegate*<CpuState*, Op*, Op*> Pick<TEncoding>(in Instruction instruction, DecodeContext context)
        where TEncoding : struct, IVectorEncoding
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<FloatForm<TOperation, TShape, TEncoding>>(context.Address)
            : &FloatForm<TOperation, TShape, TEncoding>.Register;
}
