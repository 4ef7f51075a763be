using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>PINSRB.</summary>
public readonly struct Pinsrb : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => a.WithElement(i & 15, b.ToScalar());
}

/// <summary>PINSRW.</summary>
public readonly struct Pinsrw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => a.AsUInt16().WithElement(i & 7, b.AsUInt16().ToScalar()).AsByte();
}

/// <summary>PINSRW on an MMX register.</summary>
public readonly struct PinsrwMmx : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => a.AsUInt16().WithElement(i & 3, b.AsUInt16().ToScalar()).AsByte();
}

/// <summary>PINSRD.</summary>
public readonly struct Pinsrd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => a.AsUInt32().WithElement(i & 3, b.AsUInt32().ToScalar()).AsByte();
}

/// <summary>PINSRQ.</summary>
public readonly struct Pinsrq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => a.AsUInt64().WithElement(i & 1, b.AsUInt64().ToScalar()).AsByte();
}

/// <summary>INSERTPS: bits 7:6 select the source element, 5:4 its place, 3:0 the elements to zero.</summary>
public readonly struct Insertps : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var inserted = a.AsUInt32().WithElement((i >> 4) & 3, b.AsUInt32().GetElement(i >> 6));
        var zeroed = Vector128.Create((uint)i & 1, ((uint)i >> 1) & 1, ((uint)i >> 2) & 1, ((uint)i >> 3) & 1);
        return (inserted & Vector128.Equals(zeroed, Vector128<uint>.Zero)).AsByte();
    }
}

/// <summary>PEXTRB.</summary>
public readonly struct Pextrb : IExtraction<byte>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Extract(V source, byte i) => source.GetElement(i & 15);
}

/// <summary>PEXTRW.</summary>
public readonly struct Pextrw : IExtraction<ushort>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Extract(V source, byte i) => source.AsUInt16().GetElement(i & 7);
}

/// <summary>PEXTRW from an MMX register.</summary>
public readonly struct PextrwMmx : IExtraction<ushort>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Extract(V source, byte i) => source.AsUInt16().GetElement(i & 3);
}

/// <summary>PEXTRD and EXTRACTPS.</summary>
public readonly struct Pextrd : IExtraction<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Extract(V source, byte i) => source.AsUInt32().GetElement(i & 3);
}

/// <summary>PEXTRQ.</summary>
public readonly struct Pextrq : IExtraction<ulong>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Extract(V source, byte i) => source.AsUInt64().GetElement(i & 1);
}

/// <summary>PMOVMSKB. An MMX source has its upper half zero.</summary>
public readonly struct Pmovmskb : IExtraction<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Extract(V source, byte i) => Vector128.ExtractMostSignificantBits(source);
}

/// <summary>MOVMSKPS.</summary>
public readonly struct Movmskps : IExtraction<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Extract(V source, byte i) => Vector128.ExtractMostSignificantBits(source.AsUInt32());
}

/// <summary>MOVMSKPD.</summary>
public readonly struct Movmskpd : IExtraction<uint>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Extract(V source, byte i) => Vector128.ExtractMostSignificantBits(source.AsUInt64());
}

/// <summary>INSERTPS from memory has one element to select: its immediate loses that field.</summary>
public sealed unsafe class InsertpsRow : VectorRow, IVectorMeaningRow
{
    private readonly OperationRow<Insertps, Part<uint, uint>> _row = new();

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => _row.MeaningOf(instruction);

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        if (OperandBinder.HasMemoryOperand(instruction))
        {
            op->Immediate &= 0x3f;
        }

        return _row.Bind(instruction, context, op);
    }
}

/// <summary>Insertion and extraction of elements, sign masks (SDM Vol. 2B).</summary>
public static class Elements
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Pinsrb, Mnemonic.Vpinsrb, new OperationRow<Pinsrb, Part<byte, byte>>());
        Add(table, Mnemonic.Pinsrw, Mnemonic.Vpinsrw, new OperationRow<Pinsrw, Part<ushort, ushort>, PinsrwMmx, Part<ushort, ushort>>());
        Add(table, Mnemonic.Pinsrd, Mnemonic.Vpinsrd, new OperationRow<Pinsrd, Part<uint, uint>>());
        Add(table, Mnemonic.Pinsrq, Mnemonic.Vpinsrq, new OperationRow<Pinsrq, Part<ulong, ulong>>());
        Add(table, Mnemonic.Insertps, Mnemonic.Vinsertps, new InsertpsRow());
        Add(table, Mnemonic.Pextrb, Mnemonic.Vpextrb, new ExtractRow<Pextrb, byte>());
        table.Add(Code.Pextrw_r32_mm_imm8, new ExtractRow<PextrwMmx, ushort>());
        table.Add(Code.Pextrw_r64_mm_imm8, new ExtractRow<PextrwMmx, ushort>());
        Add(table, Mnemonic.Pextrw, Mnemonic.Vpextrw, new ExtractRow<Pextrw, ushort>());
        Add(table, Mnemonic.Pextrd, Mnemonic.Vpextrd, new ExtractRow<Pextrd, uint>());
        Add(table, Mnemonic.Pextrq, Mnemonic.Vpextrq, new ExtractRow<Pextrq, ulong>());
        Add(table, Mnemonic.Extractps, Mnemonic.Vextractps, new ExtractRow<Pextrd, uint>());
        Add(table, Mnemonic.Pmovmskb, Mnemonic.Vpmovmskb, new MaskRow<Pmovmskb>(16));
        Add(table, Mnemonic.Movmskps, Mnemonic.Vmovmskps, new MaskRow<Movmskps>(4));
        Add(table, Mnemonic.Movmskpd, Mnemonic.Vmovmskpd, new MaskRow<Movmskpd>(2));
    }

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
