using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions.Sse;

/// <summary>How much an instruction reads of its second source, and whether it must be aligned in memory.</summary>
public unsafe interface IOperandShape
{
    /// <summary>Bytes in memory.</summary>
    static abstract int Size(bool is256);

    /// <summary>Whether they must be aligned to their size.</summary>
    static virtual bool IsAligned(bool isLegacy) => false;

    /// <summary>Whether both lanes of a 256-bit operation get the same 128 bits.</summary>
    static virtual bool FillsBothLanes => false;

    /// <summary>Reads the register for a 256-bit operation.</summary>
    static abstract Vector256<byte> Register256(CpuState* s, int offset);

    /// <summary>Reads memory; what lies beyond the operand's size is zero.</summary>
    static abstract bool TryMemory<TAddress, TEncoding>(CpuState* s, Op* op, out Vector128<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding;

    /// <summary>Reads memory for a 256-bit operation.</summary>
    static abstract bool TryMemory256<TAddress, TEncoding>(CpuState* s, Op* op, out Vector256<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding;
}

/// <summary>The whole vector; 16-byte legacy operands are aligned.</summary>
public readonly unsafe struct Whole : IOperandShape
{
    public static int Size(bool is256) => is256 ? 32 : 16;

    public static bool IsAligned(bool isLegacy) => isLegacy;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Register256(CpuState* s, int offset) => CpuState.Get<Vector256<byte>>(s, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory<TAddress, TEncoding>(CpuState* s, Op* op, out Vector128<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
        => VectorMemory.TryRead<TAddress, Vector128<byte>>(s, op, TEncoding.ChecksAlignment, out value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory256<TAddress, TEncoding>(CpuState* s, Op* op, out Vector256<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
        => VectorMemory.TryRead<TAddress, Vector256<byte>>(s, op, aligned: false, out value);
}

/// <summary>The whole vector, aligned in every encoding (MOVAPS and its kin).</summary>
public readonly unsafe struct WholeAligned : IOperandShape
{
    public static int Size(bool is256) => is256 ? 32 : 16;

    public static bool IsAligned(bool isLegacy) => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Register256(CpuState* s, int offset) => CpuState.Get<Vector256<byte>>(s, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory<TAddress, TEncoding>(CpuState* s, Op* op, out Vector128<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
        => VectorMemory.TryRead<TAddress, Vector128<byte>>(s, op, aligned: true, out value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory256<TAddress, TEncoding>(CpuState* s, Op* op, out Vector256<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
        => VectorMemory.TryRead<TAddress, Vector256<byte>>(s, op, aligned: true, out value);
}

/// <summary>The whole vector, never aligned (MOVUPS and its kin).</summary>
public readonly unsafe struct WholeUnaligned : IOperandShape
{
    public static int Size(bool is256) => is256 ? 32 : 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Register256(CpuState* s, int offset) => CpuState.Get<Vector256<byte>>(s, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory<TAddress, TEncoding>(CpuState* s, Op* op, out Vector128<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
        => VectorMemory.TryRead<TAddress, Vector128<byte>>(s, op, aligned: false, out value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory256<TAddress, TEncoding>(CpuState* s, Op* op, out Vector256<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
        => VectorMemory.TryRead<TAddress, Vector256<byte>>(s, op, aligned: false, out value);
}

/// <summary>128 bits whatever the vector's size, given to both lanes: the count of PSLLW and its kin.</summary>
public readonly unsafe struct BothLanes : IOperandShape
{
    public static int Size(bool is256) => 16;

    public static bool IsAligned(bool isLegacy) => isLegacy;

    public static bool FillsBothLanes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Register256(CpuState* s, int offset)
    {
        var lane = CpuState.Get<Vector128<byte>>(s, offset);
        return Vector256.Create(lane, lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory<TAddress, TEncoding>(CpuState* s, Op* op, out Vector128<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
        => VectorMemory.TryRead<TAddress, Vector128<byte>>(s, op, TEncoding.ChecksAlignment, out value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory256<TAddress, TEncoding>(CpuState* s, Op* op, out Vector256<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
    {
        var done = VectorMemory.TryRead<TAddress, Vector128<byte>>(s, op, aligned: false, out var lane);
        value = Vector256.Create(lane, lane);
        return done;
    }
}

/// <summary>A part of the vector: <typeparamref name="T"/> for 128-bit operations, <typeparamref name="TWide"/> for 256-bit ones.</summary>
public readonly unsafe struct Part<T, TWide> : IOperandShape
    where T : unmanaged
    where TWide : unmanaged
{
    public static int Size(bool is256) => is256 ? sizeof(TWide) : sizeof(T);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Register256(CpuState* s, int offset) => CpuState.Get<Vector256<byte>>(s, offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory<TAddress, TEncoding>(CpuState* s, Op* op, out Vector128<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
    {
        var done = VectorMemory.TryRead<TAddress, T>(s, op, aligned: false, out var part);
        value = VectorMemory.Extend(part);
        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMemory256<TAddress, TEncoding>(CpuState* s, Op* op, out Vector256<byte> value)
        where TAddress : struct, IAddress
        where TEncoding : struct, IVectorEncoding
    {
        var done = VectorMemory.TryRead<TAddress, TWide>(s, op, aligned: false, out var part);
        value = VectorMemory.Extend256(part);
        return done;
    }
}

/// <summary>Memory operands of vector instructions.</summary>
public static unsafe class VectorMemory
{
    /// <summary>Reads an op's memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead<TAddress, T>(CpuState* s, Op* op, bool aligned, out T value)
        where TAddress : struct, IAddress
        where T : unmanaged
    {
        if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear))
        {
            value = default;
            return aligned && Outrank(s);
        }

        if (aligned && (linear & (ulong)(sizeof(T) - 1)) != 0)
        {
            value = default;
            return Misaligned(s, op, linear);
        }

        return GuestMemory.TryRead(s, op->Segment, linear, out value);
    }

    /// <summary>Writes an op's memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWrite<TAddress, T>(CpuState* s, Op* op, bool aligned, T value)
        where TAddress : struct, IAddress
        where T : unmanaged
    {
        if (!TAddress.TryGet(s, op, 0, sizeof(T), write: true, out var linear))
        {
            return aligned && Outrank(s);
        }

        if (aligned && (linear & (ulong)(sizeof(T) - 1)) != 0)
        {
            return Misaligned(s, op, linear);
        }

        return GuestMemory.TryWrite(s, op->Segment, linear, value);
    }

    /// <summary>Zero-extends to a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Extend<T>(T value)
        where T : unmanaged
        => sizeof(T) switch
        {
            1 => Vector128.CreateScalar(*(byte*)&value),
            2 => Vector128.CreateScalar(*(ushort*)&value).AsByte(),
            4 => Vector128.CreateScalar(*(uint*)&value).AsByte(),
            8 => Vector128.CreateScalar(*(ulong*)&value).AsByte(),
            _ => *(Vector128<byte>*)&value,
        };

    /// <summary>Zero-extends to a 256-bit vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Extend256<T>(T value)
        where T : unmanaged
        => sizeof(T) == 32 ? *(Vector256<byte>*)&value : Vector256.Create(Extend(value), Vector128<byte>.Zero);

    /// <summary>Records #GP(0) for a misaligned operand, unless the address is not canonical in the first place. Always false.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Misaligned(CpuState* s, Op* op, ulong linear)
        => SlowMemory.CheckCanonical(s, op->Segment, linear) && Fault.GeneralProtection(s, 0);

    // Where alignment is demanded, #GP(0) takes the place of #AC. Always false.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Outrank(CpuState* s)
        => s->PendingVector == (int)Vector.AlignmentCheck && Fault.GeneralProtection(s, 0);
}
