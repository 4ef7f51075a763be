using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.Mmx;

namespace Emulator.Core.Instructions.Sse;

/// <summary>What an encoding does around the operation: what precedes it, and how much of the destination it writes.</summary>
public unsafe interface IVectorEncoding
{
    /// <summary>Whether vectors have 256 bits.</summary>
    static abstract bool Is256 { get; }

    /// <summary>Whether a 16-byte memory operand must be aligned.</summary>
    static abstract bool ChecksAlignment { get; }

    /// <summary>What precedes the instruction; false means that a pending x87 exception comes first (<see cref="X87.X87Unit.Refuse"/>).</summary>
    static abstract bool TryBegin(CpuState* s);

    /// <summary>What happens once the operands are there, even if a SIMD exception follows: the change to MMX state.</summary>
    static abstract void Enter(CpuState* s);

    /// <summary>Reads a source register.</summary>
    static abstract Vector128<byte> Read(CpuState* s, int offset);

    /// <summary>Writes the destination register.</summary>
    static abstract void Write(CpuState* s, int offset, Vector128<byte> value);
}

/// <summary>XMM registers in legacy encoding: the upper part of the destination is kept.</summary>
public readonly unsafe struct LegacyEncoding : IVectorEncoding
{
    public static bool Is256 => false;

    public static bool ChecksAlignment => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryBegin(CpuState* s) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter(CpuState* s)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Read(CpuState* s, int offset) => CpuState.Get<Vector128<byte>>(s, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(CpuState* s, int offset, Vector128<byte> value) => *(Vector128<byte>*)((byte*)s + offset) = value;
}

/// <summary>VEX.128: the upper part of the destination is zeroed.</summary>
public readonly unsafe struct Vex128Encoding : IVectorEncoding
{
    public static bool Is256 => false;

    public static bool ChecksAlignment => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryBegin(CpuState* s) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter(CpuState* s)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Read(CpuState* s, int offset) => CpuState.Get<Vector128<byte>>(s, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(CpuState* s, int offset, Vector128<byte> value) => VexRegisters.Write(s, offset, value);
}

/// <summary>VEX.256: bits 511:256 of the destination are zeroed.</summary>
public readonly unsafe struct Vex256Encoding : IVectorEncoding
{
    public static bool Is256 => true;

    public static bool ChecksAlignment => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryBegin(CpuState* s) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter(CpuState* s)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Read(CpuState* s, int offset) => CpuState.Get<Vector128<byte>>(s, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(CpuState* s, int offset, Vector128<byte> value) => VexRegisters.Write(s, offset, value);
}

/// <summary>MMX registers: 64 bits, in the low half of the operation's vector.</summary>
public readonly unsafe struct MmxEncoding : IVectorEncoding
{
    public static bool Is256 => false;

    public static bool ChecksAlignment => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryBegin(CpuState* s) => MmxRegisters.TryBegin(s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Enter(CpuState* s) => MmxRegisters.Enter(s);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Read(CpuState* s, int offset) => Vector128.CreateScalar(CpuState.Get<ulong>(s, offset)).AsByte();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(CpuState* s, int offset, Vector128<byte> value) => MmxRegisters.Write(s, offset, value.AsUInt64().ToScalar());
}

/// <summary>Writes of VEX-encoded instructions, which zero what they do not write (SDM Vol. 1, 14.3).</summary>
public static unsafe class VexRegisters
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(CpuState* s, int offset, Vector128<byte> value)
    {
        var register = (Vector128<byte>*)((byte*)s + offset);
        register[0] = value;
        register[1] = default;
        register[2] = default;
        register[3] = default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(CpuState* s, int offset, Vector256<byte> value)
    {
        var register = (Vector256<byte>*)((byte*)s + offset);
        register[0] = value;
        register[1] = default;
    }

    /// <summary>What a write of the low 128 bits does to the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ClearUpper(CpuState* s, int offset)
    {
        var register = (Vector128<byte>*)((byte*)s + offset);
        register[1] = default;
        *(Vector256<byte>*)(register + 2) = default;
    }

    /// <summary>What a write of the low 256 bits does to the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ClearTop(CpuState* s, int offset) => ((Vector256<byte>*)((byte*)s + offset))[1] = default;
}
