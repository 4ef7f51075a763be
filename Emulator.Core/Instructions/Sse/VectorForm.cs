using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.Sse;

/// <summary>
/// The meaning of an instruction that makes a vector of two vectors and an immediate, and can do nothing else.
/// An operation that has only one source takes <c>b</c>. MMX values stand in the low half; the high half of the result is dropped.
/// </summary>
public interface IVectorOperation
{
    /// <summary>The meaning.</summary>
    static abstract Vector128<byte> Apply(Vector128<byte> a, Vector128<byte> b, byte i);

    /// <summary>The meaning of the 256-bit form: by default each lane for itself.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static virtual Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(TSelf.Apply(a.GetLower(), b.GetLower(), i), TSelf.Apply(a.GetUpper(), b.GetUpper(), i));
}

/// <summary>Register, register and register, memory handlers of an <see cref="IVectorOperation"/>.</summary>
public readonly unsafe struct VectorForm<TOperation, TShape, TEncoding> : IMemoryForm
    where TOperation : struct, IVectorOperation
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

        if (TEncoding.Is256)
        {
            var wide = TOperation.Apply256<TOperation>(
                CpuState.Get<Vector256<byte>>(s, op->Source), TShape.Register256(s, op->Third), (byte)op->Immediate);
            VexRegisters.Write(s, op->Destination, wide);
            return op + 1;
        }

        var value = TOperation.Apply(TEncoding.Read(s, op->Source), TEncoding.Read(s, op->Third), (byte)op->Immediate);
        TEncoding.Write(s, op->Destination, value);
        return op + 1;
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
            if (!TShape.TryMemory256<TAddress, TEncoding>(s, op, out var b))
            {
                return Exits.Faulted(s, op);
            }

            var wide = TOperation.Apply256<TOperation>(CpuState.Get<Vector256<byte>>(s, op->Source), b, (byte)op->Immediate);
            VexRegisters.Write(s, op->Destination, wide);
            return op + 1;
        }

        if (!TShape.TryMemory<TAddress, TEncoding>(s, op, out var operand))
        {
            return Exits.Faulted(s, op);
        }

        TEncoding.Write(s, op->Destination, TOperation.Apply(TEncoding.Read(s, op->Source), operand, (byte)op->Immediate));
        return op + 1;
    }
}

/// <summary>
/// A row of an <see cref="IVectorOperation"/> in all its encodings. <typeparamref name="TMmx"/> and <typeparamref name="TMmxShape"/>
/// are what the form on MMX registers does.
/// </summary>
public unsafe class OperationRow<TOperation, TShape, TMmx, TMmxShape> : VectorRow, IVectorMeaningRow
    where TOperation : struct, IVectorOperation
    where TShape : struct, IOperandShape
    where TMmx : struct, IVectorOperation
    where TMmxShape : struct, IOperandShape
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        VectorOperands.Order(instruction, op);
        return VectorOperands.KindOf(instruction) switch
        {
            VectorKind.Mmx => Pick<TMmx, TMmxShape, MmxEncoding>(instruction, context),
            VectorKind.Legacy => Pick<TOperation, TShape, LegacyEncoding>(instruction, context),
            VectorKind.Vex128 => Pick<TOperation, TShape, Vex128Encoding>(instruction, context),
            _ => Pick<TOperation, TShape, Vex256Encoding>(instruction, context),
        };
    }

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => VectorOperands.KindOf(instruction) switch
        {
            VectorKind.Mmx => null,
            var kind => new VectorMeaning(
                VectorMeaningKind.Operation, typeof(TOperation), TShape.Size(kind == VectorKind.Vex256), TShape.IsAligned(kind == VectorKind.Legacy), TShape.FillsBothLanes),
        };

    private static delegate*<CpuState*, Op*, Op*> Pick<TOp, TForm, TEncoding>(in Instruction instruction, DecodeContext context)
        where TOp : struct, IVectorOperation
        where TForm : struct, IOperandShape
        where TEncoding : struct, IVectorEncoding
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<VectorForm<TOp, TForm, TEncoding>>(context.Address)
            : &VectorForm<TOp, TForm, TEncoding>.Register;
}

/// <summary>A row whose MMX form means the same on 64 bits.</summary>
public sealed class OperationRow<TOperation> : OperationRow<TOperation, Whole, TOperation, Part<ulong, ulong>>
    where TOperation : struct, IVectorOperation;

/// <summary>A row with its own operand shape and no MMX form of its own.</summary>
public sealed class OperationRow<TOperation, TShape> : OperationRow<TOperation, TShape, TOperation, Part<ulong, ulong>>
    where TOperation : struct, IVectorOperation
    where TShape : struct, IOperandShape;

/// <summary>A row whose MMX form means something else.</summary>
public sealed class OperationRow<TOperation, TShape, TMmx> : OperationRow<TOperation, TShape, TMmx, Part<ulong, ulong>>
    where TOperation : struct, IVectorOperation
    where TShape : struct, IOperandShape
    where TMmx : struct, IVectorOperation;
