using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Memory;

namespace Emulator.Jit.Runtime;

/// <summary>
/// What compiled code calls when its TLB probe fails. Misses are filled and plain RAM is accessed; everything that needs an exact machine (devices,
/// watchpoints, code that is about to change) is left to the interpreter: false with no fault recorded. False with a fault recorded is
/// that fault. Nothing was done in either case.
/// </summary>
public static unsafe class SlowPath
{
    private const ulong PageOffset = GuestRam.PageSize - 1;
    private const ulong Special = TlbEntry.DeviceTag | TlbEntry.WatchTag | TlbEntry.RomTag;

    /// <summary>Reads into <see cref="CpuState.Scratch"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Read(CpuState* s, ulong linear, int access)
    {
        var size = AccessWord.SizeOf(access);
        if (!TryBegin(s, linear, access))
        {
            return false;
        }

        var mmu = Processor.Of(s).Mmu;
        var table = SlowMemory.CurrentTable(s);
        if (!mmu.TryResolve(linear, AccessKind.Read, table, out var entry))
        {
            return false;
        }

        if ((entry->ReadTag & Special) != 0)
        {
            return false;
        }

        if ((linear & PageOffset) + (ulong)size <= GuestRam.PageSize)
        {
            Unsafe.CopyBlockUnaligned(s->Scratch, (byte*)linear + entry->Addend, (uint)size);
            return true;
        }

        // The second page may share the first one's entry.
        var first = (byte*)linear + entry->Addend;
        var inFirst = (int)(GuestRam.PageSize - (linear & PageOffset));
        var next = NextPage(s, linear);
        if (!mmu.TryResolve(next, AccessKind.Read, table, out entry) || (entry->ReadTag & Special) != 0)
        {
            return false;
        }

        Unsafe.CopyBlockUnaligned(s->Scratch, first, (uint)inFirst);
        Unsafe.CopyBlockUnaligned(s->Scratch + inFirst, (byte*)next + entry->Addend, (uint)(size - inFirst));
        return true;
    }

    /// <summary>Writes from <see cref="CpuState.Scratch"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static bool Write(CpuState* s, ulong linear, int access)
    {
        var size = AccessWord.SizeOf(access);
        if (!TryBegin(s, linear, access))
        {
            return false;
        }

        if ((linear & PageOffset) + (ulong)size > GuestRam.PageSize)
        {
            return WriteAcross(s, linear, size);
        }

        var host = Writable(s, linear, size);
        if (host == null)
        {
            return false;
        }

        Unsafe.CopyBlockUnaligned(host, s->Scratch, (uint)size);
        return true;
    }

    /// <summary>The host address for a read-modify-write; null when there is none to be had.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static byte* Modify(CpuState* s, ulong linear, int access)
    {
        var size = AccessWord.SizeOf(access);
        return (linear & PageOffset) + (ulong)size <= GuestRam.PageSize && TryBegin(s, linear, access) ? Writable(s, linear, size) : null;
    }

    private static bool TryBegin(CpuState* s, ulong linear, int access)
    {
        var size = AccessWord.SizeOf(access);
        return (!AccessWord.IsAligned(access) || (linear & (ulong)(size - 1)) == 0)
            && SlowMemory.CheckCanonical(s, AccessWord.SegmentOf(access), linear, size);
    }

    // Code on the page is no obstacle as long as the write does not touch it.
    private static byte* Writable(CpuState* s, ulong linear, int size)
    {
        var processor = Processor.Of(s);
        if (!processor.Mmu.TryResolve(linear, AccessKind.Write, SlowMemory.CurrentTable(s), out var entry) || (entry->WriteTag & Special) != 0)
        {
            return null;
        }

        var host = (byte*)linear + entry->Addend;
        if ((entry->WriteTag & TlbEntry.SlowTag) == 0)
        {
            return host;
        }

        if (processor.Wiring.Blocks.HoldsCode(host, size))
        {
            return null;
        }

        var ram = processor.Wiring.Memory.Ram;
        if (ram.TryOffset(host, out var offset) && (ram.Flags(offset) & RamPageFlags.Code) == 0)
        {
            // The last code on the page is gone.
            entry->WriteTag &= ~TlbEntry.SlowTag;
        }

        return host;
    }

    private static bool WriteAcross(CpuState* s, ulong linear, int size)
    {
        var inFirst = (int)(GuestRam.PageSize - (linear & PageOffset));
        var first = Writable(s, linear, inFirst);
        if (first == null)
        {
            return false;
        }

        var second = Writable(s, NextPage(s, linear), size - inFirst);
        if (second == null)
        {
            return false;
        }

        Unsafe.CopyBlockUnaligned(first, s->Scratch, (uint)inFirst);
        Unsafe.CopyBlockUnaligned(second, s->Scratch + inFirst, (uint)(size - inFirst));
        return true;
    }

    private static ulong NextPage(CpuState* s, ulong linear)
    {
        var next = (linear | PageOffset) + 1;
        return s->Is64Bit ? next : (uint)next;
    }
}
