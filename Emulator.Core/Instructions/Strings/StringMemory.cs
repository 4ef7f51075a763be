using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions.Strings;

/// <summary>How a string instruction's implicit operands are addressed: closed into its handlers as a type argument.</summary>
public interface IStringAddressing
{
    /// <summary>Whether offsets are linear addresses of 64 bits and alignment is not checked.</summary>
    static abstract bool IsFlat { get; }
}

/// <summary>64-bit code with 64-bit addresses and neither FS nor GS.</summary>
public readonly struct FlatStrings : IStringAddressing
{
    /// <inheritdoc/>
    public static bool IsFlat => true;
}

/// <summary>Any address size, any segment, limits, types and alignment checked.</summary>
public readonly struct CheckedStrings : IStringAddressing
{
    /// <inheritdoc/>
    public static bool IsFlat => false;
}

/// <summary>The registers and addresses that string instructions use implicitly, by the op's address size.</summary>
public static unsafe class StringMemory
{
    private const ulong PageOffset = GuestRam.PageSize - 1;

    /// <summary>The source offset: SI, ESI or RSI.</summary>
    public static ulong SourceOffset(CpuState* s, Op* op) => EffectiveAddress.Wrap(op, s->Rsi);

    /// <inheritdoc cref="SourceOffset(CpuState*, Op*)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong SourceOffset<TAddressing>(CpuState* s, Op* op)
        where TAddressing : struct, IStringAddressing
        => TAddressing.IsFlat ? s->Rsi : SourceOffset(s, op);

    /// <summary>The destination offset: DI, EDI or RDI.</summary>
    public static ulong DestinationOffset(CpuState* s, Op* op) => EffectiveAddress.Wrap(op, s->Rdi);

    /// <inheritdoc cref="DestinationOffset(CpuState*, Op*)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong DestinationOffset<TAddressing>(CpuState* s, Op* op)
        where TAddressing : struct, IStringAddressing
        => TAddressing.IsFlat ? s->Rdi : DestinationOffset(s, op);

    /// <summary>The repeat count: CX, ECX or RCX.</summary>
    public static ulong Count(CpuState* s, Op* op) => EffectiveAddress.Wrap(op, s->Rcx);

    /// <summary>Writes an implicit register at the op's address size: 16-bit writes keep the upper bits, 32-bit ones clear them.</summary>
    public static void Set(ulong* register, Op* op, ulong value)
    {
        switch (op->AddressSize)
        {
            case 8: *register = value; break;
            case 4: *register = (uint)value; break;
            default: *(ushort*)register = (ushort)value; break;
        }
    }

    /// <summary>Moves an index register by whole elements in the direction of DF.</summary>
    public static void Advance(CpuState* s, Op* op, ulong* register, long elements, int size)
        => Set(register, op, *register + (ulong)((s->SystemFlags & Rflags.DF) != 0 ? -elements * size : elements * size));

    /// <inheritdoc cref="Advance(CpuState*, Op*, ulong*, long, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Advance<TAddressing>(CpuState* s, Op* op, ulong* register, long elements, int size)
        where TAddressing : struct, IStringAddressing
    {
        if (TAddressing.IsFlat)
        {
            *register += (ulong)((s->SystemFlags & Rflags.DF) != 0 ? -elements * size : elements * size);
        }
        else
        {
            Advance(s, op, register, elements, size);
        }
    }

    /// <summary>
    /// How many of <paramref name="count"/> elements, from <paramref name="offset"/> in the direction of DF, lie in one page and pass the
    /// segment's checks together; and the host address of the first, or null when they need the slow path one by one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Run<TAddressing>(CpuState* s, Op* op, Segment segment, ulong offset, int size, bool write, ref ulong count)
        where TAddressing : struct, IStringAddressing
    {
        var linear = offset;
        if (!TAddressing.IsFlat && !TryPeekLinear(s, segment, offset, out linear))
        {
            return null;
        }

        var entry = TlbEntry.For(s->Tlb, linear);
        var inPage = linear & PageOffset;
        if ((write ? entry->WriteTag : entry->ReadTag) != (linear & ~PageOffset) || inPage + (uint)size > GuestRam.PageSize)
        {
            return null;
        }

        var backward = (s->SystemFlags & Rflags.DF) != 0;
        count = Math.Min(count, backward ? (inPage / (uint)size) + 1 : (GuestRam.PageSize - inPage) / (uint)size);
        return TAddressing.IsFlat || s->Is64Bit || IsInSegment(s, op, segment, offset, size, write, backward, count)
            ? (byte*)linear + entry->Addend
            : null;
    }

    /// <summary>Reads one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead<T>(CpuState* s, Segment segment, ulong offset, out T value)
        where T : unmanaged
        => TryRead<T, CheckedStrings>(s, segment, offset, out value);

    /// <inheritdoc cref="TryRead{T}(CpuState*, Segment, ulong, out T)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead<T, TAddressing>(CpuState* s, Segment segment, ulong offset, out T value)
        where T : unmanaged
        where TAddressing : struct, IStringAddressing
    {
        Unsafe.SkipInit(out value);
        var linear = offset;
        return (TAddressing.IsFlat || SegmentAccess.TryLinear(s, segment, offset, sizeof(T), write: false, out linear))
            && GuestMemory.TryRead(s, segment, linear, out value);
    }

    /// <summary>Writes one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWrite<T, TAddressing>(CpuState* s, Segment segment, ulong offset, T value)
        where T : unmanaged
        where TAddressing : struct, IStringAddressing
    {
        var linear = offset;
        return (TAddressing.IsFlat || SegmentAccess.TryLinear(s, segment, offset, sizeof(T), write: true, out linear))
            && GuestMemory.TryWrite(s, segment, linear, value);
    }

    private static bool TryPeekLinear(CpuState* s, Segment segment, ulong offset, out ulong linear)
    {
        var cache = CpuState.SegmentOf(s, segment);
        linear = s->Is64Bit
            ? (segment is Segment.FS or Segment.GS ? cache->Base + offset : offset)
            : (uint)(cache->Base + offset);
        return (s->Mode & CpuMode.AlignmentChecks) == 0;
    }

    // The whole run must pass the limit and must not wrap; else go one by one.
    private static bool IsInSegment(CpuState* s, Op* op, Segment segment, ulong offset, int size, bool write, bool backward, ulong count)
    {
        var distance = (count - 1) * (uint)size;
        var last = backward ? offset - distance : offset + distance;
        return last == EffectiveAddress.Wrap(op, last) && IsInLimit(s, segment, last, size, write) && IsInLimit(s, segment, offset, size, write);
    }

    // A probe: what it records on failure is taken back, the slow path will meet it again at the right element.
    private static bool IsInLimit(CpuState* s, Segment segment, ulong offset, int size, bool write)
    {
        if (SegmentAccess.TryLinear(s, segment, offset, size, write, out _))
        {
            return true;
        }

        s->PendingVector = Fault.None;
        return false;
    }
}
