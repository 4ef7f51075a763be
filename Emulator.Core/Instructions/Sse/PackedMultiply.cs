using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>PMULLW.</summary>
public readonly struct Pmullw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsInt16() * b.AsInt16()).AsByte();
}

/// <summary>PMULLD.</summary>
public readonly struct Pmulld : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => (a.AsInt32() * b.AsInt32()).AsByte();
}

/// <summary>PMULHW.</summary>
public readonly struct Pmulhw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.MultiplyHigh(a.AsInt16(), b.AsInt16()).AsByte() : PortableVector.MultiplyHigh(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PMULHUW.</summary>
public readonly struct Pmulhuw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.MultiplyHigh(a.AsUInt16(), b.AsUInt16()).AsByte() : PortableVector.MultiplyHigh(a.AsUInt16(), b.AsUInt16()).AsByte();
}

/// <summary>PMULHRSW.</summary>
public readonly struct Pmulhrsw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Ssse3.IsSupported ? Ssse3.MultiplyHighRoundScale(a.AsInt16(), b.AsInt16()).AsByte() : PortableVector.MultiplyHighRound(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PMULUDQ.</summary>
public readonly struct Pmuludq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.Multiply(a.AsUInt32(), b.AsUInt32()).AsByte() : PortableVector.MultiplyEven(a.AsUInt32(), b.AsUInt32()).AsByte();
}

/// <summary>PMULDQ.</summary>
public readonly struct Pmuldq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse41.IsSupported ? Sse41.Multiply(a.AsInt32(), b.AsInt32()).AsByte() : PortableVector.MultiplyEven(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PMADDWD.</summary>
public readonly struct Pmaddwd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()).AsByte() : PortableVector.MultiplyAdd(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PMADDUBSW.</summary>
public readonly struct Pmaddubsw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Ssse3.IsSupported ? Ssse3.MultiplyAddAdjacent(a, b.AsSByte()).AsByte() : PortableVector.MultiplyAdd(a, b.AsSByte()).AsByte();
}

/// <summary>PSADBW.</summary>
public readonly struct Psadbw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse2.IsSupported ? Sse2.SumAbsoluteDifferences(a, b).AsByte() : PortableVector.SumAbsoluteDifferences(a, b).AsByte();
}

/// <summary>PHADDW.</summary>
public readonly struct Phaddw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Ssse3.IsSupported ? Ssse3.HorizontalAdd(a.AsInt16(), b.AsInt16()).AsByte() : PortableVector.HorizontalAdd(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PHADDD.</summary>
public readonly struct Phaddd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Ssse3.IsSupported ? Ssse3.HorizontalAdd(a.AsInt32(), b.AsInt32()).AsByte() : PortableVector.HorizontalAdd(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PHADDSW.</summary>
public readonly struct Phaddsw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Ssse3.IsSupported ? Ssse3.HorizontalAddSaturate(a.AsInt16(), b.AsInt16()).AsByte() : PortableVector.HorizontalAddSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PHSUBW.</summary>
public readonly struct Phsubw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Ssse3.IsSupported ? Ssse3.HorizontalSubtract(a.AsInt16(), b.AsInt16()).AsByte() : PortableVector.HorizontalSubtract(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PHSUBD.</summary>
public readonly struct Phsubd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Ssse3.IsSupported ? Ssse3.HorizontalSubtract(a.AsInt32(), b.AsInt32()).AsByte() : PortableVector.HorizontalSubtract(a.AsInt32(), b.AsInt32()).AsByte();
}

/// <summary>PHSUBSW.</summary>
public readonly struct Phsubsw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Ssse3.IsSupported ? Ssse3.HorizontalSubtractSaturate(a.AsInt16(), b.AsInt16()).AsByte() : PortableVector.HorizontalSubtractSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

/// <summary>PHMINPOSUW.</summary>
public readonly struct Phminposuw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Sse41.IsSupported ? Sse41.MinHorizontal(b.AsUInt16()).AsByte() : PortableVector.MinHorizontal(b.AsUInt16()).AsByte();
}

/// <summary>MPSADBW.</summary>
public readonly struct Mpsadbw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => PortableVector.MultipleSumAbsoluteDifferences(a, b, i);

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(Apply(a.GetLower(), b.GetLower(), i), Apply(a.GetUpper(), b.GetUpper(), (byte)(i >> 3)));
}

/// <summary>The MMX form of an operation whose result takes its low half from the first source and its high half from the second.</summary>
public readonly struct MmxJoined<TOperation> : IVectorOperation
    where TOperation : struct, IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var joined = Vector128.Create(a.AsUInt64().ToScalar(), b.AsUInt64().ToScalar()).AsByte();
        return TOperation.Apply(joined, joined, i);
    }
}

/// <summary>Packed integer multiplication, sums of products and differences, horizontal sums (SDM Vol. 2B).</summary>
public static class PackedMultiply
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Pmullw, Mnemonic.Vpmullw, new OperationRow<Pmullw>());
        Add(table, Mnemonic.Pmulld, Mnemonic.Vpmulld, new OperationRow<Pmulld>());
        Add(table, Mnemonic.Pmulhw, Mnemonic.Vpmulhw, new OperationRow<Pmulhw>());
        Add(table, Mnemonic.Pmulhuw, Mnemonic.Vpmulhuw, new OperationRow<Pmulhuw>());
        Add(table, Mnemonic.Pmulhrsw, Mnemonic.Vpmulhrsw, new OperationRow<Pmulhrsw>());
        Add(table, Mnemonic.Pmuludq, Mnemonic.Vpmuludq, new OperationRow<Pmuludq>());
        Add(table, Mnemonic.Pmuldq, Mnemonic.Vpmuldq, new OperationRow<Pmuldq>());
        Add(table, Mnemonic.Pmaddwd, Mnemonic.Vpmaddwd, new OperationRow<Pmaddwd>());
        Add(table, Mnemonic.Pmaddubsw, Mnemonic.Vpmaddubsw, new OperationRow<Pmaddubsw>());
        Add(table, Mnemonic.Psadbw, Mnemonic.Vpsadbw, new OperationRow<Psadbw>());
        Add(table, Mnemonic.Phaddw, Mnemonic.Vphaddw, new OperationRow<Phaddw, Whole, MmxJoined<Phaddw>>());
        Add(table, Mnemonic.Phaddd, Mnemonic.Vphaddd, new OperationRow<Phaddd, Whole, MmxJoined<Phaddd>>());
        Add(table, Mnemonic.Phaddsw, Mnemonic.Vphaddsw, new OperationRow<Phaddsw, Whole, MmxJoined<Phaddsw>>());
        Add(table, Mnemonic.Phsubw, Mnemonic.Vphsubw, new OperationRow<Phsubw, Whole, MmxJoined<Phsubw>>());
        Add(table, Mnemonic.Phsubd, Mnemonic.Vphsubd, new OperationRow<Phsubd, Whole, MmxJoined<Phsubd>>());
        Add(table, Mnemonic.Phsubsw, Mnemonic.Vphsubsw, new OperationRow<Phsubsw, Whole, MmxJoined<Phsubsw>>());
        Add(table, Mnemonic.Phminposuw, Mnemonic.Vphminposuw, new OperationRow<Phminposuw>());
        Add(table, Mnemonic.Mpsadbw, Mnemonic.Vmpsadbw, new OperationRow<Mpsadbw>());
    }

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
