using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions;

/// <summary>
/// A way to turn an op's memory operand into a linear address. Closed into the handlers as a type argument, so that the flat ways
/// cost an addition and only <see cref="CheckedAddress"/> looks at segments.
/// </summary>
public unsafe interface IAddress
{
    /// <summary>The linear address of the operand plus <paramref name="offset"/>; false means a fault was recorded.</summary>
    static abstract bool TryGet(CpuState* s, Op* op, ulong offset, int size, bool write, out ulong linear);
}

/// <summary>Which <see cref="IAddress"/> an op needs.</summary>
public enum AddressKind
{
    /// <summary>64-bit address, segment base 0.</summary>
    Flat64,

    /// <summary>64-bit address relative to FS or GS in 64-bit mode.</summary>
    Based64,

    /// <summary>32-bit address, segment base 0 and limit 4 GiB.</summary>
    Flat32,

    /// <summary>Everything else.</summary>
    Checked,
}

/// <summary>64-bit address, segment base 0.</summary>
public readonly struct Flat64Address : IAddress
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe bool TryGet(CpuState* s, Op* op, ulong offset, int size, bool write, out ulong linear)
    {
        linear = EffectiveAddress.Offset64(s, op) + offset;
        return true;
    }
}

/// <summary>64-bit address relative to FS or GS in 64-bit mode.</summary>
public readonly struct Based64Address : IAddress
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe bool TryGet(CpuState* s, Op* op, ulong offset, int size, bool write, out ulong linear)
    {
        linear = CpuState.SegmentOf(s, op->Segment)->Base + EffectiveAddress.Offset64(s, op) + offset;
        return true;
    }
}

/// <summary>32-bit address, segment base 0 and limit 4 GiB.</summary>
public readonly struct Flat32Address : IAddress
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe bool TryGet(CpuState* s, Op* op, ulong offset, int size, bool write, out ulong linear)
    {
        linear = (uint)(EffectiveAddress.Offset64(s, op) + offset);
        return true;
    }
}

/// <summary>Any address size, any segment, limits, types and alignment checked.</summary>
public readonly struct CheckedAddress : IAddress
{
    /// <inheritdoc/>
    public static unsafe bool TryGet(CpuState* s, Op* op, ulong offset, int size, bool write, out ulong linear)
        => SegmentAccess.TryLinear(s, op->Segment, EffectiveAddress.Wrap(op, EffectiveAddress.Offset64(s, op) + offset), size, write, out linear);
}

/// <summary>The offset part of memory operands.</summary>
public static unsafe class EffectiveAddress
{
    /// <summary>Base + index * scale + displacement, not yet cut to the address size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Offset64(CpuState* s, Op* op)
        => CpuState.Get<ulong>(s, op->Base) + (CpuState.Get<ulong>(s, op->Index) << op->Scale) + op->Displacement;

    /// <summary>The offset cut to the address size: what LEA computes.</summary>
    public static ulong Offset(CpuState* s, Op* op) => Wrap(op, Offset64(s, op));

    /// <summary>Cuts an offset to the op's address size.</summary>
    public static ulong Wrap(Op* op, ulong offset) => op->AddressSize switch
    {
        8 => offset,
        4 => (uint)offset,
        _ => (ushort)offset,
    };
}
