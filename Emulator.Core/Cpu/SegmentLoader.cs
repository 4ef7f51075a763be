namespace Emulator.Core.Cpu;

/// <summary>
/// Loading of segment registers other than CS: MOV, POP, LDS and their like, and the checks that far returns, stack switches and task
/// switches share (SDM Vol. 3A, 5.4-5.7; SDM Vol. 2, MOV).
/// </summary>
public static unsafe class SegmentLoader
{
    /// <summary>What virtual-8086 mode loads: as real mode, with DPL 3.</summary>
    public const ushort Virtual8086Data = SegmentCache.RealModeData | (3 << 5);

    /// <summary>Loads ES, SS, DS, FS or GS for the running code. The caller ends its block and updates the mode.</summary>
    public static bool TryLoad(CpuState* s, Segment segment, ushort selector)
    {
        var cache = CpuState.SegmentOf(s, segment);
        if (s->IsReal)
        {
            LoadReal(cache, selector);
            return true;
        }

        if (s->IsVirtual8086)
        {
            LoadVirtual8086(cache, selector);
            return true;
        }

        if (DescriptorTables.IsNull(selector))
        {
            return TryLoadNull(s, segment, selector);
        }

        if (!DescriptorTables.TryRead(s, selector, Vector.GeneralProtection, 0, out var descriptor)
            || !(segment == Segment.SS
                ? CheckStack(s, selector, descriptor, s->Cpl, Vector.GeneralProtection, 0)
                : CheckData(s, selector, descriptor, Vector.GeneralProtection, 0))
            || !descriptor.TrySetAccessed(s))
        {
            return false;
        }

        *cache = descriptor.ToAccessed(selector);
        return true;
    }

    /// <summary>Real mode: base from selector; limit and rights stay what they were ("unreal" mode).</summary>
    public static void LoadReal(SegmentCache* cache, ushort selector)
    {
        cache->Selector = selector;
        cache->Base = (ulong)selector << 4;
    }

    /// <summary>Virtual-8086 mode: base from selector, limit 64 KiB, DPL 3.</summary>
    public static void LoadVirtual8086(SegmentCache* cache, ushort selector)
        => *cache = new SegmentCache { Selector = selector, Base = (ulong)selector << 4, Limit = 0xffff, Attributes = Virtual8086Data };

    /// <summary>Makes a register unusable with a null selector. Older AMD processors keep base and limit.</summary>
    public static void LoadNull(CpuState* s, SegmentCache* cache, ushort selector)
    {
        var keeps = Processor.Of(s).Model.NullKeepsBase;
        *cache = new SegmentCache
        {
            Selector = selector,
            Base = keeps ? cache->Base : 0,
            Limit = keeps ? cache->Limit : 0,
        };
    }

    /// <summary>The checks of a stack segment for privilege level <paramref name="cpl"/>: <paramref name="vector"/> and #SS.</summary>
    public static bool CheckStack(CpuState* s, int selector, in Descriptor descriptor, int cpl, Vector vector, int external)
    {
        if ((selector & 3) != cpl || !descriptor.IsWritableData || descriptor.Dpl != cpl)
        {
            return Fault.Raise(s, vector, (selector & 0xfffc) | external);
        }

        return descriptor.IsPresent || Fault.StackFault(s, (selector & 0xfffc) | external);
    }

    /// <summary>The checks of a data segment against CPL and RPL: <paramref name="vector"/> and #NP.</summary>
    public static bool CheckData(CpuState* s, int selector, in Descriptor descriptor, Vector vector, int external)
    {
        if (!descriptor.IsReadable
            || (!descriptor.IsConforming && ((selector & 3) > descriptor.Dpl || s->Cpl > descriptor.Dpl)))
        {
            return Fault.Raise(s, vector, (selector & 0xfffc) | external);
        }

        return descriptor.IsPresent || Fault.Raise(s, Vector.SegmentNotPresent, (selector & 0xfffc) | external);
    }

    /// <summary>After a return to an outer level: data segments that it may not use become null (SDM Vol. 2, RET and IRET).</summary>
    public static void DropInnerSegments(CpuState* s)
    {
        Drop(s, &s->Es);
        Drop(s, &s->Ds);
        Drop(s, &s->Fs);
        Drop(s, &s->Gs);
    }

    /// <summary>The null stack segment of 64-bit mode at a privilege level.</summary>
    public static SegmentCache NullStack(int selector) => new() { Selector = (ushort)selector, Attributes = (ushort)((selector & 3) << 5) };

    private static void Drop(CpuState* s, SegmentCache* cache)
    {
        const int ConformingCode = SegmentCache.Executable | SegmentCache.Conforming;
        if (cache->IsUsable && (cache->Attributes & ConformingCode) != ConformingCode && cache->Dpl < s->Cpl)
        {
            LoadNull(s, cache, 0);
        }
    }

    private static bool TryLoadNull(CpuState* s, Segment segment, ushort selector)
    {
        if (segment != Segment.SS)
        {
            LoadNull(s, CpuState.SegmentOf(s, segment), selector);
            return true;
        }

        // Only 64-bit code below privilege level 3 runs without a stack segment.
        if (!s->Is64Bit || s->Cpl == 3 || (selector & 3) != s->Cpl)
        {
            return Fault.GeneralProtection(s, 0);
        }

        s->Ss = NullStack(selector);
        return true;
    }
}
