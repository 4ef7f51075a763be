using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions.Strings;

/// <summary>The registers and addresses that string instructions use implicitly, by the op's address size.</summary>
public static unsafe class StringMemory
{
    private const ulong PageOffset = GuestRam.PageSize - 1;

    /// <summary>The source offset: SI, ESI or RSI.</summary>
    public static ulong SourceOffset(CpuState* s, Op* op) => EffectiveAddress.Wrap(op, s->Rsi);

    /// <summary>The destination offset: DI, EDI or RDI.</summary>
    public static ulong DestinationOffset(CpuState* s, Op* op) => EffectiveAddress.Wrap(op, s->Rdi);

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

    /// <summary>
    /// How many of <paramref name="count"/> elements, upward from <paramref name="offset"/>, lie in one page and pass the segment's checks
    /// together; and the host address of the first, or null when they need the slow path one by one.
    /// </summary>
    public static byte* Run(CpuState* s, Op* op, Segment segment, ulong offset, int size, bool write, ref ulong count)
    {
        if (!TryPeekLinear(s, segment, offset, size, out var linear))
        {
            return null;
        }

        var entry = TlbEntry.For(s->Tlb, linear);
        if ((write ? entry->WriteTag : entry->ReadTag) != (linear & ~PageOffset))
        {
            return null;
        }

        count = Math.Min(count, (GuestRam.PageSize - (linear & PageOffset)) / (ulong)size);
        if (count == 0)
        {
            return null;
        }

        if (!s->Is64Bit)
        {
            // The whole run must pass the limit and must not wrap; else go one by one.
            var last = offset + ((count - 1) * (ulong)size);
            if (last != EffectiveAddress.Wrap(op, last) || !IsInLimit(s, segment, last, size, write))
            {
                return null;
            }

            return IsInLimit(s, segment, offset, size, write) ? (byte*)linear + entry->Addend : null;
        }

        return (byte*)linear + entry->Addend;
    }

    private static bool TryPeekLinear(CpuState* s, Segment segment, ulong offset, int size, out ulong linear)
    {
        var cache = CpuState.SegmentOf(s, segment);
        linear = s->Is64Bit
            ? (segment is Segment.FS or Segment.GS ? cache->Base + offset : offset)
            : (uint)(cache->Base + offset);
        return (s->Mode & CpuMode.AlignmentChecks) == 0;
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

    /// <summary>Reads one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryRead<T>(CpuState* s, Segment segment, ulong offset, out T value)
        where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        return SegmentAccess.TryLinear(s, segment, offset, sizeof(T), write: false, out var linear)
            && GuestMemory.TryRead(s, segment, linear, out value);
    }

    /// <summary>Writes one element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryWrite<T>(CpuState* s, Segment segment, ulong offset, T value)
        where T : unmanaged
        => SegmentAccess.TryLinear(s, segment, offset, sizeof(T), write: true, out var linear)
            && GuestMemory.TryWrite(s, segment, linear, value);
}
