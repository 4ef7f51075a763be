using Emulator.Core.Cpu;

namespace Emulator.Core.Memory;

/// <summary>
/// The checks of a data access through a segment register: presence, type, limit (SDM Vol. 3A, 5.3-5.5) and alignment (6.15, #AC).
/// </summary>
public static unsafe class SegmentAccess
{
    /// <summary>Turns segment and offset into a linear address; false means #GP(0), #SS(0) or #AC(0) was recorded.</summary>
    public static bool TryLinear(CpuState* s, Segment segment, ulong offset, int size, bool write, out ulong linear)
        => TryLinearUnaligned(s, segment, offset, size, write, out linear)
            && ((s->Mode & CpuMode.AlignmentChecks) == 0 || IsAligned(linear, size) || Misaligned(s, linear, segment));

    /// <summary>The same without the alignment check: for the accesses that never raise #AC (VMASKMOV, VPGATHER).</summary>
    public static bool TryLinearUnaligned(CpuState* s, Segment segment, ulong offset, int size, bool write, out ulong linear)
    {
        var cache = CpuState.SegmentOf(s, segment);
        if (s->Is64Bit)
        {
            linear = segment is Segment.FS or Segment.GS ? cache->Base + offset : offset;
        }
        else
        {
            linear = (uint)(cache->Base + offset);
            if (!IsAllowed(s, cache, (uint)offset, size, write))
            {
                return segment == Segment.SS ? Fault.StackFault(s, 0) : Fault.GeneralProtection(s, 0);
            }
        }

        return true;
    }

    /// <summary>Whether a segment allows an access at an offset: presence, type, limit.</summary>
    internal static bool IsAllowed(CpuState* s, SegmentCache* cache, uint offset, int size, bool write)
    {
        var attributes = cache->Attributes;
        if ((attributes & SegmentCache.Present) == 0)
        {
            return false;
        }

        var last = (ulong)offset + (uint)(size - 1);
        if ((attributes & SegmentCache.Executable) != 0)
        {
            // Code: never writable; readable if the type says so. Real and virtual-8086 mode do not look at the type.
            if ((s->Mode & (CpuMode.Real | CpuMode.Virtual8086)) == 0 && (write || (attributes & SegmentCache.ReadWrite) == 0))
            {
                return false;
            }

            return last <= cache->Limit;
        }

        if (write && (attributes & SegmentCache.ReadWrite) == 0)
        {
            return false;
        }

        if ((attributes & SegmentCache.ExpandDown) != 0)
        {
            var top = (attributes & SegmentCache.Big) != 0 ? uint.MaxValue : ushort.MaxValue;
            return offset > cache->Limit && last <= top;
        }

        return last <= cache->Limit;
    }

    // SDM Vol. 3A, table 6-7: the alignment is the operand's size, for 10-byte and 16-byte x87 and state images smaller.
    private static bool IsAligned(ulong linear, int size)
    {
        var alignment = size switch
        {
            1 => 1,
            2 => 2,
            4 => 4,
            6 or 8 or 10 => size == 6 ? 4 : 8,
            16 or 32 => 16,
            _ => 1,
        };
        return (linear & (ulong)(alignment - 1)) == 0;
    }

    // A non-canonical address outranks a misaligned one.
    private static bool Misaligned(CpuState* s, ulong linear, Segment segment)
        => SlowMemory.CheckCanonical(s, segment, linear) && Fault.Raise(s, Vector.AlignmentCheck, 0);
}
