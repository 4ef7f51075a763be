using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>A shift of every element by one count; the count may be anything.</summary>
public interface IPackedShift
{
    /// <summary>The meaning.</summary>
    static abstract V Shift(V value, ulong count);
}

/// <summary>PSLLW.</summary>
public readonly struct Psllw : IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Shift(V value, ulong count) => count > 15 ? V.Zero : (value.AsUInt16() << (int)count).AsByte();
}

/// <summary>PSLLD.</summary>
public readonly struct Pslld : IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Shift(V value, ulong count) => count > 31 ? V.Zero : (value.AsUInt32() << (int)count).AsByte();
}

/// <summary>PSLLQ.</summary>
public readonly struct Psllq : IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Shift(V value, ulong count) => count > 63 ? V.Zero : (value.AsUInt64() << (int)count).AsByte();
}

/// <summary>PSRLW.</summary>
public readonly struct Psrlw : IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Shift(V value, ulong count) => count > 15 ? V.Zero : (value.AsUInt16() >>> (int)count).AsByte();
}

/// <summary>PSRLD.</summary>
public readonly struct Psrld : IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Shift(V value, ulong count) => count > 31 ? V.Zero : (value.AsUInt32() >>> (int)count).AsByte();
}

/// <summary>PSRLQ.</summary>
public readonly struct Psrlq : IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Shift(V value, ulong count) => count > 63 ? V.Zero : (value.AsUInt64() >>> (int)count).AsByte();
}

/// <summary>PSRAW.</summary>
public readonly struct Psraw : IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Shift(V value, ulong count) => (value.AsInt16() >> (int)Math.Min(count, 15)).AsByte();
}

/// <summary>PSRAD.</summary>
public readonly struct Psrad : IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Shift(V value, ulong count) => (value.AsInt32() >> (int)Math.Min(count, 31)).AsByte();
}

/// <summary>A shift whose count is the low quadword of the second source.</summary>
public readonly struct ByVector<TShift> : IVectorOperation
    where TShift : struct, IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => TShift.Shift(a, b.AsUInt64().ToScalar());
}

/// <summary>A shift whose count is the immediate.</summary>
public readonly struct ByImmediate<TShift> : IVectorOperation
    where TShift : struct, IPackedShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => TShift.Shift(b, i);
}

/// <summary>Shifts of packed elements by one count (SDM Vol. 2B, PSLLW to PSRLQ).</summary>
public static class PackedShifts
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add<Psllw>(table, Mnemonic.Psllw, Mnemonic.Vpsllw);
        Add<Pslld>(table, Mnemonic.Pslld, Mnemonic.Vpslld);
        Add<Psllq>(table, Mnemonic.Psllq, Mnemonic.Vpsllq);
        Add<Psrlw>(table, Mnemonic.Psrlw, Mnemonic.Vpsrlw);
        Add<Psrld>(table, Mnemonic.Psrld, Mnemonic.Vpsrld);
        Add<Psrlq>(table, Mnemonic.Psrlq, Mnemonic.Vpsrlq);
        Add<Psraw>(table, Mnemonic.Psraw, Mnemonic.Vpsraw);
        Add<Psrad>(table, Mnemonic.Psrad, Mnemonic.Vpsrad);
    }

    private static void Add<TShift>(InstructionTable table, Mnemonic legacy, Mnemonic vex)
        where TShift : struct, IPackedShift
    {
        var row = new ShiftRow<TShift>();
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}

/// <summary>A shift in both its forms.</summary>
public sealed unsafe class ShiftRow<TShift> : InstructionRow, IVectorMeaningRow
    where TShift : struct, IPackedShift
{
    private readonly OperationRow<ByVector<TShift>, BothLanes> _byVector = new();
    private readonly OperationRow<ByImmediate<TShift>> _byImmediate = new();

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => instruction.GetOpKind(instruction.OpCount - 1) == OpKind.Immediate8 ? _byImmediate.MeaningOf(instruction) : _byVector.MeaningOf(instruction);

    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        => instruction.GetOpKind(instruction.OpCount - 1) == OpKind.Immediate8
            ? _byImmediate.Bind(instruction, context, op)
            : _byVector.Bind(instruction, context, op);
}
