using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>PMOVSXBW.</summary>
public readonly struct Pmovsxbw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(b.AsSByte()).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovsxbw>(b.GetLower(), 8);
}

/// <summary>PMOVZXBW.</summary>
public readonly struct Pmovzxbw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(b.AsByte()).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovzxbw>(b.GetLower(), 8);
}

/// <summary>PMOVSXBD.</summary>
public readonly struct Pmovsxbd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(Vector128.WidenLower(b.AsSByte())).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovsxbd>(b.GetLower(), 4);
}

/// <summary>PMOVZXBD.</summary>
public readonly struct Pmovzxbd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(Vector128.WidenLower(b.AsByte())).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovzxbd>(b.GetLower(), 4);
}

/// <summary>PMOVSXBQ.</summary>
public readonly struct Pmovsxbq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(Vector128.WidenLower(Vector128.WidenLower(b.AsSByte()))).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovsxbq>(b.GetLower(), 2);
}

/// <summary>PMOVZXBQ.</summary>
public readonly struct Pmovzxbq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(Vector128.WidenLower(Vector128.WidenLower(b.AsByte()))).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovzxbq>(b.GetLower(), 2);
}

/// <summary>PMOVSXWD.</summary>
public readonly struct Pmovsxwd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(b.AsInt16()).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovsxwd>(b.GetLower(), 8);
}

/// <summary>PMOVZXWD.</summary>
public readonly struct Pmovzxwd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(b.AsUInt16()).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovzxwd>(b.GetLower(), 8);
}

/// <summary>PMOVSXWQ.</summary>
public readonly struct Pmovsxwq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(Vector128.WidenLower(b.AsInt16())).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovsxwq>(b.GetLower(), 4);
}

/// <summary>PMOVZXWQ.</summary>
public readonly struct Pmovzxwq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(Vector128.WidenLower(b.AsUInt16())).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovzxwq>(b.GetLower(), 4);
}

/// <summary>PMOVSXDQ.</summary>
public readonly struct Pmovsxdq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(b.AsInt32()).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovsxdq>(b.GetLower(), 8);
}

/// <summary>PMOVZXDQ.</summary>
public readonly struct Pmovzxdq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.WidenLower(b.AsUInt32()).AsByte();

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Extensions.BothHalves<Pmovzxdq>(b.GetLower(), 8);
}

/// <summary>PMOVSX and PMOVZX (SDM Vol. 2B).</summary>
public static class Extensions
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Pmovsxbw, Mnemonic.Vpmovsxbw, new OperationRow<Pmovsxbw, Part<ulong, V>>());
        Add(table, Mnemonic.Pmovzxbw, Mnemonic.Vpmovzxbw, new OperationRow<Pmovzxbw, Part<ulong, V>>());
        Add(table, Mnemonic.Pmovsxbd, Mnemonic.Vpmovsxbd, new OperationRow<Pmovsxbd, Part<uint, ulong>>());
        Add(table, Mnemonic.Pmovzxbd, Mnemonic.Vpmovzxbd, new OperationRow<Pmovzxbd, Part<uint, ulong>>());
        Add(table, Mnemonic.Pmovsxbq, Mnemonic.Vpmovsxbq, new OperationRow<Pmovsxbq, Part<ushort, uint>>());
        Add(table, Mnemonic.Pmovzxbq, Mnemonic.Vpmovzxbq, new OperationRow<Pmovzxbq, Part<ushort, uint>>());
        Add(table, Mnemonic.Pmovsxwd, Mnemonic.Vpmovsxwd, new OperationRow<Pmovsxwd, Part<ulong, V>>());
        Add(table, Mnemonic.Pmovzxwd, Mnemonic.Vpmovzxwd, new OperationRow<Pmovzxwd, Part<ulong, V>>());
        Add(table, Mnemonic.Pmovsxwq, Mnemonic.Vpmovsxwq, new OperationRow<Pmovsxwq, Part<uint, ulong>>());
        Add(table, Mnemonic.Pmovzxwq, Mnemonic.Vpmovzxwq, new OperationRow<Pmovzxwq, Part<uint, ulong>>());
        Add(table, Mnemonic.Pmovsxdq, Mnemonic.Vpmovsxdq, new OperationRow<Pmovsxdq, Part<ulong, V>>());
        Add(table, Mnemonic.Pmovzxdq, Mnemonic.Vpmovzxdq, new OperationRow<Pmovzxdq, Part<ulong, V>>());
    }

    /// <summary>The 256-bit form: the upper lane is made of the source bytes that follow the lower one's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<byte> BothHalves<TOperation>(V source, byte bytes)
        where TOperation : struct, IVectorOperation
        => Vector256.Create(
            TOperation.Apply(default, source, 0),
            TOperation.Apply(default, Vector128.Shuffle(source, V.Indices + Vector128.Create(bytes)), 0));

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
