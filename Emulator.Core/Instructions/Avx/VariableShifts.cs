using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Instructions.Sse;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Avx;

/// <summary>VPSLLVD.</summary>
public readonly struct Vpsllvd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var (x, n) = (a.AsUInt32(), b.AsUInt32());
        return Vector128.Create(Shift(x[0], n[0]), Shift(x[1], n[1]), Shift(x[2], n[2]), Shift(x[3], n[3])).AsByte();
    }

    private static uint Shift(uint value, uint count) => count > 31 ? 0 : value << (int)count;
}

/// <summary>VPSRLVD.</summary>
public readonly struct Vpsrlvd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var (x, n) = (a.AsUInt32(), b.AsUInt32());
        return Vector128.Create(Shift(x[0], n[0]), Shift(x[1], n[1]), Shift(x[2], n[2]), Shift(x[3], n[3])).AsByte();
    }

    private static uint Shift(uint value, uint count) => count > 31 ? 0 : value >> (int)count;
}

/// <summary>VPSRAVD.</summary>
public readonly struct Vpsravd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var (x, n) = (a.AsInt32(), b.AsUInt32());
        return Vector128.Create(Shift(x[0], n[0]), Shift(x[1], n[1]), Shift(x[2], n[2]), Shift(x[3], n[3])).AsByte();
    }

    private static int Shift(int value, uint count) => value >> (int)Math.Min(count, 31);
}

/// <summary>VPSLLVQ.</summary>
public readonly struct Vpsllvq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var (x, n) = (a.AsUInt64(), b.AsUInt64());
        return Vector128.Create(Shift(x[0], n[0]), Shift(x[1], n[1])).AsByte();
    }

    private static ulong Shift(ulong value, ulong count) => count > 63 ? 0 : value << (int)count;
}

/// <summary>VPSRLVQ.</summary>
public readonly struct Vpsrlvq : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var (x, n) = (a.AsUInt64(), b.AsUInt64());
        return Vector128.Create(Shift(x[0], n[0]), Shift(x[1], n[1])).AsByte();
    }

    private static ulong Shift(ulong value, ulong count) => count > 63 ? 0 : value >> (int)count;
}

/// <summary>Shifts of each element by its own count (SDM Vol. 2C, VPSLLVW to VPSRLVW).</summary>
public static class VariableShifts
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Vpsllvd, new OperationRow<Vpsllvd>());
        table.Add(Mnemonic.Vpsllvq, new OperationRow<Vpsllvq>());
        table.Add(Mnemonic.Vpsrlvd, new OperationRow<Vpsrlvd>());
        table.Add(Mnemonic.Vpsrlvq, new OperationRow<Vpsrlvq>());
        table.Add(Mnemonic.Vpsravd, new OperationRow<Vpsravd>());
    }
}
