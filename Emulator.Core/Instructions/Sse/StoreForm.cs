using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Mmx;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>The meaning of an instruction that makes a scalar of a vector: element extraction, sign masks, scalar stores.</summary>
public interface IExtraction<T>
    where T : unmanaged
{
    /// <summary>The meaning.</summary>
    static abstract T Extract(V source, byte i);
}

/// <summary>Whether a store demands a naturally aligned operand.</summary>
public interface IStoreAlignment
{
    /// <summary>The answer.</summary>
    static abstract bool IsAligned { get; }
}

/// <summary>Aligned.</summary>
public readonly struct AlignedStore : IStoreAlignment
{
    public static bool IsAligned => true;
}

/// <summary>Not necessarily aligned.</summary>
public readonly struct UnalignedStore : IStoreAlignment
{
    public static bool IsAligned => false;
}

/// <summary>Stores the low bits of a vector or general register.</summary>
public readonly unsafe struct StoreForm<T, TAlignment> : IMemoryForm
    where T : unmanaged
    where TAlignment : struct, IStoreAlignment
{
    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
        => VectorMemory.TryWrite<TAddress, T>(s, op, TAlignment.IsAligned, CpuState.Get<T>(s, op->Source)) ? op + 1 : Exits.Faulted(s, op);
}

/// <summary>Stores the low bits of an MMX register.</summary>
public readonly unsafe struct MmxStoreForm<T> : IMemoryForm
    where T : unmanaged
{
    /// <summary>The form with a general-register destination.</summary>
    public static Op* Register(CpuState* s, Op* op)
    {
        if (!MmxRegisters.TryBegin(s))
        {
            return X87.X87Unit.Refuse(s, op);
        }

        MmxRegisters.Enter(s);
        CpuState.Set(s, op->Destination, CpuState.Get<T>(s, op->Source));
        return op + 1;
    }

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!MmxRegisters.TryBegin(s))
        {
            return X87.X87Unit.Refuse(s, op);
        }

        if (!VectorMemory.TryWrite<TAddress, T>(s, op, aligned: false, CpuState.Get<T>(s, op->Source)))
        {
            return Exits.Faulted(s, op);
        }

        MmxRegisters.Enter(s);
        return op + 1;
    }
}

/// <summary>An <see cref="IExtraction{T}"/> to a general register (zero-extended to 64 bits) or to memory.</summary>
public readonly unsafe struct ExtractForm<TOperation, T, TEncoding> : IMemoryForm
    where TOperation : struct, IExtraction<T>
    where T : unmanaged
    where TEncoding : struct, IVectorEncoding
{
    /// <summary>The form with a general-register destination.</summary>
    public static Op* Register(CpuState* s, Op* op)
    {
        if (!TEncoding.TryBegin(s))
        {
            return X87.X87Unit.Refuse(s, op);
        }

        var value = TOperation.Extract(TEncoding.Read(s, op->Source), (byte)op->Immediate);
        CpuState.Set(s, op->Destination, VectorMemory.Extend(value).AsUInt64().ToScalar());
        if (typeof(TEncoding) == typeof(MmxEncoding))
        {
            MmxRegisters.Enter(s);
        }

        return op + 1;
    }

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        var value = TOperation.Extract(TEncoding.Read(s, op->Source), (byte)op->Immediate);
        return VectorMemory.TryWrite<TAddress, T>(s, op, aligned: false, value) ? op + 1 : Exits.Faulted(s, op);
    }
}

/// <summary>A row of an <see cref="IExtraction{T}"/>; memory operands are never MMX ones.</summary>
public sealed unsafe class ExtractRow<TOperation, T> : VectorRow, IVectorMeaningRow
    where TOperation : struct, IExtraction<T>
    where T : unmanaged
{
    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => instruction.GetOpRegister(1).IsMM() ? null : new(VectorMeaningKind.Extraction, typeof(TOperation), sizeof(T));

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        if (OperandBinder.HasMemoryOperand(instruction))
        {
            return HandlerPicker.Memory<ExtractForm<TOperation, T, LegacyEncoding>>(context.Address);
        }

        return instruction.GetOpRegister(1).IsMM()
            ? &ExtractForm<TOperation, T, MmxEncoding>.Register
            : &ExtractForm<TOperation, T, LegacyEncoding>.Register;
    }
}

/// <summary>An extraction from a YMM register of which each lane gives <c>bits</c> of the result.</summary>
public sealed unsafe class MaskRow<TOperation> : VectorRow, IVectorMeaningRow
    where TOperation : struct, IExtraction<uint>
{
    private readonly ExtractRow<TOperation, uint> _narrow = new();
    private readonly delegate*<CpuState*, Op*, Op*> _wide;

    /// <summary>A row of sign masks.</summary>
    /// <param name="bits">Bits per lane: 2, 4 or 16.</param>
    public MaskRow(int bits) => _wide = bits switch { 2 => &Wide2, 4 => &Wide4, _ => &Wide16 };

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => instruction.GetOpRegister(1).IsYMM() ? null : _narrow.MeaningOf(instruction);

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => instruction.GetOpRegister(1).IsYMM() ? _wide : _narrow.Bind(instruction, context, op);

    private static Op* Wide2(CpuState* s, Op* op) => Wide(s, op, 2);

    private static Op* Wide4(CpuState* s, Op* op) => Wide(s, op, 4);

    private static Op* Wide16(CpuState* s, Op* op) => Wide(s, op, 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* Wide(CpuState* s, Op* op, int bits)
    {
        var source = CpuState.Get<Vector256<byte>>(s, op->Source);
        CpuState.Set(s, op->Destination, TOperation.Extract(source.GetLower(), 0) | (TOperation.Extract(source.GetUpper(), 0) << bits));
        return op + 1;
    }
}
