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

/// <summary>Register, register and register, memory handlers of an <see cref="IFusedOperation"/>.</summary>
public readonly unsafe struct FusedForm<TOrder, TOperation, TShape, TEncoding> : IMemoryForm
    where TOrder : struct, IFusedOrder
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
        var (x, y, z) = (Operand(s, op, third, TOrder.Places.X), Operand(s, op, third, TOrder.Places.Y), Operand(s, op, third, TOrder.Places.Z));
        var kept = CpuState.Get<V>(s, op->Destination);
        if (!Mxcsr.AllowsUnrounded(s) || !TOperation.TryFast(x, y, z, kept, out var result)
            || (!Mxcsr.AllowsFast(s, isExact: false) && !TOperation.IsUnrounded(x, y, z, result)))
        {
            var context = FloatContext.FromMxcsr(s->Mxcsr);
            result = TOperation.Exact(x, y, z, kept, ref context);
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
        var (x, y, z) = (Operand(s, op, third, TOrder.Places.X), Operand(s, op, third, TOrder.Places.Y), Operand(s, op, third, TOrder.Places.Z));
        var kept = CpuState.Get<W>(s, op->Destination);
        if (!Mxcsr.AllowsUnrounded(s) || !TOperation.TryFast256(x, y, z, kept, out var result)
            || (!Mxcsr.AllowsFast(s, isExact: false) && !WideFused<TOperation>.IsUnrounded(x, y, z, result)))
        {
            var context = FloatContext.FromMxcsr(s->Mxcsr);
            var lower = TOperation.Exact(x.GetLower(), y.GetLower(), z.GetLower(), kept.GetLower(), ref context);
            result = Vector256.Create(lower, TOperation.Exact(x.GetUpper(), y.GetUpper(), z.GetUpper(), kept.GetUpper(), ref context));
            if (!Mxcsr.TryCommit(s, ref context))
            {
                return Exits.Faulted(s, op);
            }
        }

        VexRegisters.Write(s, op->Destination, result);
        return op + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Operand<TVector>(CpuState* s, Op* op, TVector third, int place)
        where TVector : unmanaged
        => place == 2 ? third : CpuState.Get<TVector>(s, place == 0 ? op->Destination : op->Source);
}

/// <summary>The 256-bit form of what is seldom asked.</summary>
public static class WideFused<TOperation>
    where TOperation : struct, IFusedOperation
{
    /// <inheritdoc cref="IFloatOperation.IsUnrounded"/>
    public static bool IsUnrounded(W x, W y, W z, W result)
        => TOperation.IsUnrounded(x.GetLower(), y.GetLower(), z.GetLower(), result.GetLower())
            && TOperation.IsUnrounded(x.GetUpper(), y.GetUpper(), z.GetUpper(), result.GetUpper());
}

/// <summary>A fused multiply-add.</summary>
public unsafe class FusedRow<TOrder, TOperation, TShape> : VectorRow, IVectorMeaningRow
    where TOrder : struct, IFusedOrder
    where TOperation : struct, IFusedOperation
    where TShape : struct, IOperandShape
{
    /// <inheritdoc/>
    public bool ObeysMxcsr => true;

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => new(VectorMeaningKind.Fused, typeof(TOperation), TShape.Size(VectorOperands.KindOf(instruction) == VectorKind.Vex256)) { Places = TOrder.Places };

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => VectorOperands.KindOf(instruction) == VectorKind.Vex256 ? Pick<Vex256Encoding>(instruction, context) : Pick<Vex128Encoding>(instruction, context);

    private static delegate*<CpuState*, Op*, Op*> Pick<TEncoding>(in Instruction instruction, DecodeContext context)
        where TEncoding : struct, IVectorEncoding
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<FusedForm<TOrder, TOperation, TShape, TEncoding>>(context.Address)
            : &FusedForm<TOrder, TOperation, TShape, TEncoding>.Register;
}

/// <summary>A packed fused multiply-add.</summary>
public sealed class FusedPackedRow<TOrder, TSigns, T> : FusedRow<TOrder, FusedPacked<TSigns, T>, WholeUnaligned>
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged;

/// <summary>A scalar fused multiply-add.</summary>
public sealed class FusedScalarRow<TOrder, TSigns, T> : FusedRow<TOrder, FusedScalar<TSigns, T>, Part<T, T>>
    where TOrder : struct, IFusedOrder
    where TSigns : struct, IFusedSigns
    where T : unmanaged;
