using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Sse;
using Emulator.Core.Memory;

namespace Emulator.Core.Instructions.StateSave;

/// <summary>State images in guest memory: checked as a whole first, moved 16 aligned bytes at a time (which never cross a page).</summary>
internal static unsafe class StateMemory
{
    private const int Step = 16;

    /// <summary>The linear address of an image; #GP(0) when misaligned.</summary>
    public static bool TryLocate(CpuState* s, Op* op, int size, int alignment, bool write, out ulong linear)
    {
        if (!CheckedAddress.TryGet(s, op, 0, size, write, out linear) || !SlowMemory.CheckCanonical(s, op->Segment, linear, size))
        {
            return false;
        }

        return (linear & (ulong)(alignment - 1)) == 0 || VectorMemory.Misaligned(s, op, linear);
    }

    /// <summary>The host address of a range that lies in one page of plain RAM which the TLB knows; else null.</summary>
    public static byte* Direct(CpuState* s, ulong linear, int size, bool write)
    {
        var page = (linear + (ulong)(size - 1)) & ~(ulong)(GuestRam.PageSize - 1);
        var entry = TlbEntry.For(s->Tlb, linear);
        return size <= GuestRam.PageSize && (write ? entry->WriteTag : entry->ReadTag) == page ? (byte*)linear + entry->Addend : null;
    }

    /// <summary>Checks that all pages of a range can be accessed.</summary>
    public static bool TryProbe(CpuState* s, Op* op, ulong linear, int size, bool write)
    {
        for (var offset = 0; offset < size; offset += GuestRam.PageSize)
        {
            if (!SlowMemory.Probe(s, op->Segment, linear + (ulong)offset, 1, write))
            {
                return false;
            }
        }

        return SlowMemory.Probe(s, op->Segment, linear + (ulong)(size - 1), 1, write);
    }

    /// <summary>Reads a multiple of 16 bytes.</summary>
    public static bool TryRead(CpuState* s, Op* op, ulong linear, byte* destination, int size)
    {
        for (var i = 0; i < size; i += Step)
        {
            if (!GuestMemory.TryRead(s, op->Segment, linear + (ulong)i, out Vector128<byte> value))
            {
                return false;
            }

            value.Store(destination + i);
        }

        return true;
    }

    /// <summary>Writes a multiple of 8 bytes that has been probed.</summary>
    public static void Write(CpuState* s, Op* op, ulong linear, byte* source, int size)
    {
        var i = 0;
        for (; i + Step <= size; i += Step)
        {
            GuestMemory.TryWrite(s, op->Segment, linear + (ulong)i, Vector128.Load(source + i));
        }

        if (i < size)
        {
            GuestMemory.TryWrite(s, op->Segment, linear + (ulong)i, *(ulong*)(source + i));
        }
    }
}
