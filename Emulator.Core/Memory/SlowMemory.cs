using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;

namespace Emulator.Core.Memory;

/// <summary>
/// What the inlined TLB probe does not do: misses, devices, pages with code, accesses that cross a page. Values travel through
/// <see cref="CpuState.Scratch"/>. Both pages of a crossing access are translated before either is touched.
/// </summary>
public static unsafe class SlowMemory
{
    private const ulong PageOffset = GuestRam.PageSize - 1;

    /// <summary>Reads into Scratch with the current privilege's rights.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Read(CpuState* s, Segment segment, ulong linear, int size)
        => CheckCanonical(s, segment, linear, size) && Read(s, linear, size, CurrentTable(s), !s->Is64Bit);

    /// <summary>Reads into Scratch with the rights of a write.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool ReadForWrite(CpuState* s, Segment segment, ulong linear, int size)
        => Probe(s, segment, linear, size, write: true) && Read(s, linear, size, CurrentTable(s), !s->Is64Bit);

    /// <summary>Writes from Scratch.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Write(CpuState* s, Segment segment, ulong linear, int size)
        => CheckCanonical(s, segment, linear, size) && Write(s, linear, size, CurrentTable(s), !s->Is64Bit);

    /// <summary>Checks that an access would not fault, and does nothing else (accessed and dirty bits are set).</summary>
    public static bool Probe(CpuState* s, Segment segment, ulong linear, int size, bool write)
    {
        if (!CheckCanonical(s, segment, linear, size))
        {
            return false;
        }

        var mmu = Processor.Of(s).Mmu;
        var kind = write ? AccessKind.Write : AccessKind.Read;
        var last = Wrap(linear + (ulong)(size - 1), !s->Is64Bit);
        return mmu.TryResolve(linear, kind, CurrentTable(s), out _)
            && (((linear ^ last) & ~PageOffset) == 0 || mmu.TryResolve(last & ~PageOffset, kind, CurrentTable(s), out _));
    }

    /// <summary>Reads a descriptor-table or TSS value with supervisor rights, whatever the CPL; #PF on failure.</summary>
    public static bool TryReadSystem<T>(CpuState* s, ulong linear, out T value)
        where T : unmanaged
        => TryReadAs(s, linear, ModeTracker.ImplicitTable(s), out value);

    /// <summary>Writes a descriptor-table or TSS value with supervisor rights, whatever the CPL; #PF on failure.</summary>
    public static bool TryWriteSystem<T>(CpuState* s, ulong linear, T value)
        where T : unmanaged
        => TryWriteAs(s, linear, ModeTracker.ImplicitTable(s), value);

    /// <summary>Reads with the rights of a given table: stack accesses of a privilege level that is being entered or left.</summary>
    public static bool TryReadAs<T>(CpuState* s, ulong linear, TlbTable table, out T value)
        where T : unmanaged
    {
        var entry = TlbEntry.For(Processor.Of(s).Mmu.Table(table), linear);
        if (entry->ReadTag == ((linear + (ulong)(sizeof(T) - 1)) & ~PageOffset))
        {
            value = Unsafe.ReadUnaligned<T>((byte*)linear + entry->Addend);
            return true;
        }

        var done = Read(s, linear, sizeof(T), table, !s->IsLongMode);
        value = *(T*)s->Scratch;
        return done;
    }

    /// <summary>Writes with the rights of a given table.</summary>
    public static bool TryWriteAs<T>(CpuState* s, ulong linear, TlbTable table, T value)
        where T : unmanaged
    {
        var entry = TlbEntry.For(Processor.Of(s).Mmu.Table(table), linear);
        if (entry->WriteTag == ((linear + (ulong)(sizeof(T) - 1)) & ~PageOffset))
        {
            Unsafe.WriteUnaligned((byte*)linear + entry->Addend, value);
            return true;
        }

        *(T*)s->Scratch = value;
        return Write(s, linear, sizeof(T), table, !s->IsLongMode);
    }

    /// <summary>Checks that a write of <see cref="TryWriteSystem"/> would not fault.</summary>
    public static bool TryProbeSystem(CpuState* s, ulong linear, int size, bool write)
    {
        var mmu = Processor.Of(s).Mmu;
        var kind = write ? AccessKind.Write : AccessKind.Read;
        var last = Wrap(linear + (ulong)(size - 1), !s->IsLongMode);
        return mmu.TryResolve(linear, kind, ModeTracker.ImplicitTable(s), out _)
            && (((linear ^ last) & ~PageOffset) == 0 || mmu.TryResolve(last & ~PageOffset, kind, ModeTracker.ImplicitTable(s), out _));
    }

    /// <summary>Whether an address is canonical under the current paging mode.</summary>
    public static bool IsCanonical(CpuState* s, ulong linear)
    {
        var shift = (s->Cr4 & Cr4.LA57) != 0 ? 7 : 16;
        return (ulong)((long)(linear << shift) >> shift) == linear;
    }

    /// <summary>
    /// Whether a value may be a base address: those of segments, descriptor tables and MSRs, and what is to be invalidated, need only be
    /// canonical for the widest linear address that the processor supports (Intel's 5-level paging white paper, 3.1).
    /// </summary>
    public static bool IsCanonicalBase(CpuState* s, ulong linear)
    {
        var shift = 64 - Processor.Of(s).Model.LinearAddressBits;
        return (ulong)((long)(linear << shift) >> shift) == linear;
    }

    /// <summary>#SS(0) or #GP(0) for a non-canonical address in 64-bit mode.</summary>
    public static bool CheckCanonical(CpuState* s, Segment segment, ulong linear, int size = 1)
    {
        if (!s->Is64Bit || (IsCanonical(s, linear) && IsCanonical(s, linear + (ulong)(size - 1))))
        {
            return true;
        }

        return segment == Segment.SS ? Fault.StackFault(s, 0) : Fault.GeneralProtection(s, 0);
    }

    private static TlbTable CurrentTable(CpuState* s) => Processor.Of(s).Mmu.CurrentTable;

    private static ulong Wrap(ulong linear, bool to32) => to32 ? (uint)linear : linear;

    private static bool Read(CpuState* s, ulong linear, int size, TlbTable table, bool wrap32)
    {
        var mmu = Processor.Of(s).Mmu;
        if (!mmu.TryResolve(linear, AccessKind.Read, table, out var first))
        {
            return false;
        }

        if ((first->ReadTag & TlbEntry.WatchTag) != 0)
        {
            Breakpoints.NoteData(s, linear, size, write: false);
        }

        var inFirst = (int)Math.Min((ulong)size, GuestRam.PageSize - (linear & PageOffset));
        if (inFirst == size)
        {
            ReadPiece(mmu.Memory, first->ReadTag, first->Addend, linear, s->Scratch, size);
            return true;
        }

        // The second page may share the first one's entry: take what is needed of the first now.
        var (firstTag, firstAddend) = (first->ReadTag, first->Addend);
        var nextPage = Wrap(linear + (ulong)inFirst, wrap32);
        if (!mmu.TryResolve(nextPage, AccessKind.Read, table, out var second))
        {
            return false;
        }

        if ((second->ReadTag & ~firstTag & TlbEntry.WatchTag) != 0)
        {
            Breakpoints.NoteData(s, linear, size, write: false);
        }

        var (secondTag, secondAddend) = (second->ReadTag, second->Addend);
        ReadPiece(mmu.Memory, firstTag, firstAddend, linear, s->Scratch, inFirst);
        ReadPiece(mmu.Memory, secondTag, secondAddend, nextPage, s->Scratch + inFirst, size - inFirst);
        return true;
    }

    private static bool Write(CpuState* s, ulong linear, int size, TlbTable table, bool wrap32)
    {
        var mmu = Processor.Of(s).Mmu;
        if (!mmu.TryResolve(linear, AccessKind.Write, table, out var first))
        {
            return false;
        }

        if ((first->WriteTag & TlbEntry.WatchTag) != 0)
        {
            Breakpoints.NoteData(s, linear, size, write: true);
        }

        var inFirst = (int)Math.Min((ulong)size, GuestRam.PageSize - (linear & PageOffset));
        if (inFirst == size)
        {
            WritePiece(mmu, first, linear, s->Scratch, size);
            return true;
        }

        // The second page may share the first one's entry.
        var copy = *first;
        var nextPage = Wrap(linear + (ulong)inFirst, wrap32);
        if (!mmu.TryResolve(nextPage, AccessKind.Write, table, out var second))
        {
            return false;
        }

        if ((second->WriteTag & ~copy.WriteTag & TlbEntry.WatchTag) != 0)
        {
            Breakpoints.NoteData(s, linear, size, write: true);
        }

        // A device behind the first page may change the map, and with it the entries.
        var secondCopy = *second;
        WritePiece(mmu, &copy, linear, s->Scratch, inFirst);
        WritePiece(mmu, &secondCopy, nextPage, s->Scratch + inFirst, size - inFirst);
        return true;
    }

    private static void ReadPiece(MemoryMap memory, ulong tag, nint addend, ulong linear, byte* destination, int size)
    {
        if ((tag & TlbEntry.DeviceTag) == 0)
        {
            Copy(destination, (byte*)linear + addend, size);
        }
        else if (size <= 8 && System.Numerics.BitOperations.IsPow2(size))
        {
            switch (size)
            {
                case 1: *destination = memory.Read<byte>(linear + (ulong)addend); break;
                case 2: *(ushort*)destination = memory.Read<ushort>(linear + (ulong)addend); break;
                case 4: *(uint*)destination = memory.Read<uint>(linear + (ulong)addend); break;
                default: *(ulong*)destination = memory.Read<ulong>(linear + (ulong)addend); break;
            }
        }
        else
        {
            memory.Read(linear + (ulong)addend, new Span<byte>(destination, size));
        }
    }

    private static void WritePiece(Mmu mmu, TlbEntry* entry, ulong linear, byte* source, int size)
    {
        if ((entry->WriteTag & TlbEntry.DeviceTag) == 0)
        {
            WriteHost(mmu, entry, linear, source, size);
            return;
        }

        var memory = mmu.Memory;
        var physical = linear + (ulong)entry->Addend;
        switch (size)
        {
            case 1: memory.Write(physical, *source); break;
            case 2: memory.Write(physical, *(ushort*)source); break;
            case 4: memory.Write(physical, *(uint*)source); break;
            case 8: memory.Write(physical, *(ulong*)source); break;
            default: memory.Write(physical, new ReadOnlySpan<byte>(source, size)); break;
        }
    }

    private static void WriteHost(Mmu mmu, TlbEntry* entry, ulong linear, byte* source, int size)
    {
        var host = (byte*)linear + entry->Addend;
        if ((entry->WriteTag & TlbEntry.SlowTag) == 0)
        {
            Copy(host, source, size);
        }
        else if ((entry->WriteTag & TlbEntry.RomTag) == 0)
        {
            var memory = mmu.Memory;
            memory.MarkWritten(host, size);
            if ((entry->WriteTag & TlbEntry.WatchTag) == 0 && memory.Ram.TryOffset(host, out var offset) && (memory.Ram.Flags(offset) & RamPageFlags.SlowToWrite) == 0)
            {
                // The last code on the page is gone, or the journal has its copy.
                mmu.AllowFastWrites(entry, offset);
            }

            Copy(host, source, size);
        }
        else
        {
            mmu.Memory.WriteRom(host, new ReadOnlySpan<byte>(source, size));
        }
    }

    private static void Copy(byte* destination, byte* source, int size)
    {
        switch (size)
        {
            case 1: *destination = *source; break;
            case 2: *(ushort*)destination = *(ushort*)source; break;
            case 4: *(uint*)destination = *(uint*)source; break;
            case 8: *(ulong*)destination = *(ulong*)source; break;
            default: Unsafe.CopyBlockUnaligned(destination, source, (uint)size); break;
        }
    }
}
