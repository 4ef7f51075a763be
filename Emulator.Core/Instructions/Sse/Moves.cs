using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Mmx;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>The second source as it is.</summary>
public readonly struct MoveWhole : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => b;
}

/// <summary>The low doubleword, zero-extended.</summary>
public readonly struct MoveLow32 : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.CreateScalar(b.AsUInt32().ToScalar()).AsByte();
}

/// <summary>The low quadword, zero-extended.</summary>
public readonly struct MoveLow64 : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.CreateScalar(b.AsUInt64().ToScalar()).AsByte();
}

/// <summary>MOVSS between registers: the low doubleword of the second source, the rest of the first.</summary>
public readonly struct MergeLow32 : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => a.AsUInt32().WithElement(0, b.AsUInt32().ToScalar()).AsByte();
}

/// <summary>MOVSD between registers, MOVLPS: the low quadword of the second source, the high one of the first.</summary>
public readonly struct MergeLow64 : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Create(b.AsUInt64().ToScalar(), a.AsUInt64().GetElement(1)).AsByte();
}

/// <summary>MOVHPS, MOVLHPS: the low quadword of the first source, then the low one of the second.</summary>
public readonly struct MergeHigh64 : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Create(a.AsUInt64().ToScalar(), b.AsUInt64().ToScalar()).AsByte();
}

/// <summary>MOVHLPS: the high quadword of the second source, then the high one of the first.</summary>
public readonly struct Movhlps : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Create(b.AsUInt64().GetElement(1), a.AsUInt64().GetElement(1)).AsByte();
}

/// <summary>The high quadword: stores of MOVHPS.</summary>
public readonly struct HighQuadword : IExtraction<ulong>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Extract(V source, byte i) => source.AsUInt64().GetElement(1);
}

/// <summary>The low quadword.</summary>
public readonly struct LowQuadword : IExtraction<ulong>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Extract(V source, byte i) => source.AsUInt64().ToScalar();
}

/// <summary>The low doubleword.</summary>
public readonly struct LowDoubleword : IExtraction<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Extract(V source, byte i) => source.AsUInt32().ToScalar();
}

/// <summary>A move of whole vectors, to or from memory.</summary>
public sealed unsafe class WholeMoveRow<TAlignment, TShape> : VectorRow, IVectorMeaningRow
    where TAlignment : struct, IStoreAlignment
    where TShape : struct, IOperandShape
{
    private readonly OperationRow<MoveWhole, TShape> _load = new();

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => instruction.GetOpKind(0) == OpKind.Register
            ? _load.MeaningOf(instruction)
            : new(VectorMeaningKind.Store, typeof(MoveWhole), instruction.GetOpRegister(1).IsYMM() ? 32 : 16, TAlignment.IsAligned);

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        if (instruction.GetOpKind(0) == OpKind.Register)
        {
            return _load.Bind(instruction, context, op);
        }

        return instruction.GetOpRegister(1).IsYMM()
            ? HandlerPicker.Memory<StoreForm<Vector256<byte>, TAlignment>>(context.Address)
            : HandlerPicker.Memory<StoreForm<V, TAlignment>>(context.Address);
    }
}

/// <summary>A move of part of a vector: register and load forms by operation, stores by extraction.</summary>
public sealed unsafe class PartialMoveRow<TRegister, TLoad, TStore, T> : VectorRow, IVectorMeaningRow
    where TRegister : struct, IVectorOperation
    where TLoad : struct, IVectorOperation
    where TStore : struct, IExtraction<T>
    where T : unmanaged
{
    private readonly OperationRow<TRegister> _register = new();
    private readonly OperationRow<TLoad, Part<T, T>> _load = new();

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => OperandBinder.MemoryOperand(instruction) switch
        {
            < 0 => _register.MeaningOf(instruction),
            0 => new(VectorMeaningKind.Extraction, typeof(TStore), sizeof(T)),
            _ => _load.MeaningOf(instruction),
        };

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => OperandBinder.MemoryOperand(instruction) switch
        {
            < 0 => _register.Bind(instruction, context, op),
            0 => HandlerPicker.Memory<ExtractForm<TStore, T, LegacyEncoding>>(context.Address),
            _ => _load.Bind(instruction, context, op),
        };
}

/// <summary>Moves between vector registers and memory (SDM Vol. 2B).</summary>
public static unsafe class Moves
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        AddWhole(table);
        AddPartial(table);
        var high = new PartialMoveRow<MergeHigh64, MergeHigh64, HighQuadword, ulong>();
        var low = new PartialMoveRow<MergeLow64, MergeLow64, LowQuadword, ulong>();
        AddAll(table, high, Mnemonic.Movhps, Mnemonic.Movhpd, Mnemonic.Vmovhps, Mnemonic.Vmovhpd, Mnemonic.Movlhps, Mnemonic.Vmovlhps);
        AddAll(table, low, Mnemonic.Movlps, Mnemonic.Movlpd, Mnemonic.Vmovlps, Mnemonic.Vmovlpd);
        AddAll(table, new OperationRow<Movhlps>(), Mnemonic.Movhlps, Mnemonic.Vmovhlps);
    }

    private static void AddWhole(InstructionTable table)
    {
        var aligned = new WholeMoveRow<AlignedStore, WholeAligned>();
        AddAll(table, aligned, Mnemonic.Movaps, Mnemonic.Movapd, Mnemonic.Movdqa, Mnemonic.Movntps, Mnemonic.Movntpd, Mnemonic.Movntdq, Mnemonic.Movntdqa);
        AddAll(table, aligned, Mnemonic.Vmovaps, Mnemonic.Vmovapd, Mnemonic.Vmovdqa, Mnemonic.Vmovntps, Mnemonic.Vmovntpd, Mnemonic.Vmovntdq);
        table.Add(Mnemonic.Vmovntdqa, aligned);
        var unaligned = new WholeMoveRow<UnalignedStore, WholeUnaligned>();
        AddAll(table, unaligned, Mnemonic.Movups, Mnemonic.Movupd, Mnemonic.Movdqu, Mnemonic.Lddqu);
        AddAll(table, unaligned, Mnemonic.Vmovups, Mnemonic.Vmovupd, Mnemonic.Vmovdqu, Mnemonic.Vlddqu);
    }

    private static void AddPartial(InstructionTable table)
    {
        AddAll(table, new PartialMoveRow<MergeLow32, MoveLow32, LowDoubleword, uint>(), Mnemonic.Movss, Mnemonic.Vmovss);
        var scalarDouble = new PartialMoveRow<MergeLow64, MoveLow64, LowQuadword, ulong>();
        table.Add(Mnemonic.Vmovsd, scalarDouble);
        table.Add(Code.Movsd_xmm_xmmm64, scalarDouble);
        table.Add(Code.Movsd_xmmm64_xmm, scalarDouble);
        AddAll(table, new ScalarMoveRow(), Mnemonic.Movd, Mnemonic.Movq, Mnemonic.Vmovd, Mnemonic.Vmovq);
        table.Add(Mnemonic.Movntq, new MmxStoreRow());
        table.Add(Mnemonic.Movq2dq, new PlainVectorRow(&Movq2dq));
        table.Add(Mnemonic.Movdq2q, new PlainVectorRow(&Movdq2q));
    }

    private static void AddAll(InstructionTable table, InstructionRow row, params ReadOnlySpan<Mnemonic> mnemonics)
    {
        foreach (var mnemonic in mnemonics)
        {
            table.Add(mnemonic, row);
        }
    }

    private static Op* Movq2dq(CpuState* s, Op* op)
    {
        if (!MmxRegisters.TryBegin(s))
        {
            return X87.X87Unit.Refuse(s, op);
        }

        LegacyEncoding.Write(s, op->Destination, MmxEncoding.Read(s, op->Source));
        MmxRegisters.Enter(s);
        return op + 1;
    }

    private static Op* Movdq2q(CpuState* s, Op* op)
    {
        if (!MmxRegisters.TryBegin(s))
        {
            return X87.X87Unit.Refuse(s, op);
        }

        MmxRegisters.Write(s, op->Destination, CpuState.Get<ulong>(s, op->Source));
        return op + 1;
    }
}

/// <summary>MOVNTQ.</summary>
public sealed unsafe class MmxStoreRow : VectorRow
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => HandlerPicker.Memory<MmxStoreForm<ulong>>(context.Address);
}

/// <summary>MOVD and MOVQ: between general, MMX and XMM registers and memory.</summary>
public sealed unsafe class ScalarMoveRow : VectorRow, IVectorMeaningRow
{
    private readonly OperationRow<MoveLow32, Part<uint, uint>, MoveLow32, Part<uint, uint>> _load32 = new();
    private readonly OperationRow<MoveLow64, Part<ulong, ulong>> _load64 = new();

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
    {
        var is32 = instruction.Mnemonic is Mnemonic.Movd or Mnemonic.Vmovd;
        if (instruction.GetOpKind(0) == OpKind.Register && !instruction.GetOpRegister(0).IsGPR())
        {
            return is32 ? _load32.MeaningOf(instruction) : _load64.MeaningOf(instruction);
        }

        return instruction.GetOpRegister(1).IsMM()
            ? null
            : is32 ? new(VectorMeaningKind.Extraction, typeof(LowDoubleword), 4) : new(VectorMeaningKind.Extraction, typeof(LowQuadword), 8);
    }

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        var is32 = instruction.Mnemonic is Mnemonic.Movd or Mnemonic.Vmovd;
        if (instruction.GetOpKind(0) == OpKind.Register && !instruction.GetOpRegister(0).IsGPR())
        {
            return is32 ? _load32.Bind(instruction, context, op) : _load64.Bind(instruction, context, op);
        }

        var isMmx = instruction.GetOpRegister(1).IsMM();
        if (OperandBinder.HasMemoryOperand(instruction))
        {
            return isMmx
                ? is32 ? HandlerPicker.Memory<MmxStoreForm<uint>>(context.Address) : HandlerPicker.Memory<MmxStoreForm<ulong>>(context.Address)
                : is32 ? HandlerPicker.Memory<StoreForm<uint, UnalignedStore>>(context.Address)
                : HandlerPicker.Memory<StoreForm<ulong, UnalignedStore>>(context.Address);
        }

        return isMmx
            ? is32 ? &MmxStoreForm<uint>.Register : &MmxStoreForm<ulong>.Register
            : is32 ? &ExtractForm<LowDoubleword, uint, LegacyEncoding>.Register : &ExtractForm<LowQuadword, ulong, LegacyEncoding>.Register;
    }
}
