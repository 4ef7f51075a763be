using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>
/// Hardware task switches (SDM Vol. 3A, 7.3). <see cref="CpuState.Rip"/> is the old task's until the new task's state is committed;
/// faults from then on belong to the new task and its instruction pointer.
/// </summary>
public static unsafe class TaskSwitch
{
    private enum Cause
    {
        Jump,
        Call,
        Return,
        Interrupt,
    }

    /// <summary>Far JMP or CALL to a TSS descriptor whose privilege was checked.</summary>
    public static bool TryTransfer(CpuState* s, bool call, int selector, in Descriptor tss, ulong nextRip)
        => TryCheckAvailable(s, selector, tss, 0)
            && TrySwitch(s, call ? Cause.Call : Cause.Jump, selector, tss, nextRip, (uint)s->ReadRflags(), 0);

    /// <summary>Far JMP or CALL through a task gate whose privilege was checked.</summary>
    public static bool TryTransferThroughGate(CpuState* s, bool call, int selector, ulong nextRip)
        => TryReadTss(s, selector, 0, out var tss) && TryTransfer(s, call, selector, tss, nextRip);

    /// <summary>An event through a task gate; its error code goes to the new task's stack.</summary>
    public static bool TryInterrupt(CpuState* s, int selector, in InterruptEvent what)
    {
        var external = what.External;
        var flags = (uint)(s->ReadRflags() | (what.SetsResume ? Rflags.RF : 0));
        if (!TryReadTss(s, selector, external, out var tss)
            || !TryCheckAvailable(s, selector, tss, external)
            || !TrySwitch(s, Cause.Interrupt, selector, tss, what.ReturnRip, flags, external))
        {
            return false;
        }

        if (!what.HasErrorCode)
        {
            return true;
        }

        var stack = StackCursor.Current(s, external);
        if (!stack.TryPush(s, IsWide(tss) ? 4 : 2, what.ErrorCode))
        {
            return false;
        }

        stack.CommitPointer(s);
        return true;
    }

    /// <summary>IRET with NT set: back to the task in the link field (SDM Vol. 3A, 7.4).</summary>
    public static bool TryReturn(CpuState* s, ulong nextRip)
    {
        if (!SlowMemory.TryReadSystem<ushort>(s, s->Tr.Base, out var selector))
        {
            return false;
        }

        if (DescriptorTables.IsLocal(selector))
        {
            return Fault.Raise(s, Vector.InvalidTss, selector & 0xfffc);
        }

        if (!DescriptorTables.TryRead(s, selector, Vector.InvalidTss, 0, out var tss))
        {
            return false;
        }

        if (tss.IsSegment || tss.SystemType is not (SystemType.Tss16Busy or SystemType.Tss32Busy))
        {
            return Fault.Raise(s, Vector.InvalidTss, selector & 0xfffc);
        }

        var flags = (uint)(s->ReadRflags() & ~Rflags.NT);
        return CodeSegment.CheckPresent(s, selector, tss, 0) && TrySwitch(s, Cause.Return, selector, tss, nextRip, flags, 0);
    }

    private static bool IsWide(in Descriptor tss) => ((int)tss.SystemType & 8) != 0;

    private static bool TryReadTss(CpuState* s, int selector, int external, out Descriptor tss)
    {
        tss = default;
        if (DescriptorTables.IsLocal(selector))
        {
            return Fault.GeneralProtection(s, (selector & 0xfffc) | external);
        }

        return DescriptorTables.TryRead(s, selector, Vector.GeneralProtection, external, out tss);
    }

    private static bool TryCheckAvailable(CpuState* s, int selector, in Descriptor tss, int external)
    {
        if (tss.IsSegment || tss.SystemType is not (SystemType.Tss16Available or SystemType.Tss32Available))
        {
            return Fault.GeneralProtection(s, (selector & 0xfffc) | external);
        }

        return CodeSegment.CheckPresent(s, selector, tss, external);
    }

    private static bool TrySwitch(
        CpuState* s, Cause cause, int selector, in Descriptor tss, ulong returnRip, uint savedFlags, int external)
    {
        var wide = IsWide(tss);
        if (tss.Limit < (wide ? TaskImage.Limit32 : TaskImage.Limit16))
        {
            return Fault.Raise(s, Vector.InvalidTss, (selector & 0xfffc) | external);
        }

        var nests = cause is Cause.Call or Cause.Interrupt;
        if (!TrySave(s, cause, tss, nests, returnRip, savedFlags) || !TaskImage.TryRead(s, tss.Base, wide, out var image))
        {
            return false;
        }

        if (nests)
        {
            image.Eflags |= (uint)Rflags.NT;
        }

        CommitRegisters(s, selector, tss, image, wide);
        return TryLoadPaging(s, image, wide)
            && TryLoadLdt(s, image.Ldt, external)
            && TryLoadSegments(s, image, external)
            && TryFinish(s, image, external);
    }

    // Everything in memory that changes: the old TSS, both busy bits, the link. All of it is probed before any of it is written.
    private static bool TrySave(CpuState* s, Cause cause, in Descriptor tss, bool nests, ulong returnRip, uint savedFlags)
    {
        var oldWide = TaskStateSegment.Is32(s);
        var clearsBusy = !nests;
        var old = default(Descriptor);
        if (!TaskImage.TryProbe(s, s->Tr.Base, oldWide)
            || (clearsBusy && !TryProbeOwnDescriptor(s, out old))
            || (nests && !SlowMemory.TryProbeSystem(s, tss.Base, 2, write: true))
            || (cause != Cause.Return && !SlowMemory.TryProbeSystem(s, tss.Linear + 5, 1, write: true))
            || !SlowMemory.TryProbeSystem(s, tss.Base, (int)(IsWide(tss) ? TaskImage.Limit32 : TaskImage.Limit16), write: false))
        {
            return false;
        }

        return (!clearsBusy || old.TrySetBusy(s, false))
            && TaskImage.TryWrite(s, s->Tr.Base, oldWide, (uint)returnRip, savedFlags)
            && (cause == Cause.Return || tss.TrySetBusy(s, true))
            && (!nests || SlowMemory.TryWriteSystem(s, tss.Base, s->Tr.Selector));
    }

    private static bool TryProbeOwnDescriptor(CpuState* s, out Descriptor descriptor)
        => DescriptorTables.TryRead(s, s->Tr.Selector, Vector.InvalidTss, 0, out descriptor)
            && SlowMemory.TryProbeSystem(s, descriptor.Linear + 5, 1, write: true);

    // The point of no return. Segment registers hold their selectors at once, their hidden parts one after the other.
    private static void CommitRegisters(CpuState* s, int selector, in Descriptor tss, in TaskImage image, bool wide)
    {
        s->Tr = tss.ToCache(selector);
        s->Tr.Attributes |= Descriptor.Busy;
        s->Cr0 |= Cr0.TS;
        for (var i = 0; i < 8; i++)
        {
            *CpuState.Gpr(s, i) = image.Registers[i];
        }

        s->WriteRflags(wide ? image.Eflags : image.Eflags & 0xffff);
        s->Rip = image.Eip;
        for (var i = Segment.ES; i <= Segment.GS; i++)
        {
            *CpuState.SegmentOf(s, i) = new SegmentCache { Selector = image.Segments[(int)i] };
        }

        s->Ldtr = new SegmentCache { Selector = image.Ldt };
        DebugRegisters.ClearLocalEnables(s);
    }

    private static bool TryLoadPaging(CpuState* s, in TaskImage image, bool wide)
    {
        if (!wide || (s->Cr0 & Cr0.PG) == 0)
        {
            return true;
        }

        if ((s->Cr4 & Cr4.PAE) != 0 && !PagingRegisters.TryLoadPdptes(s, image.Cr3))
        {
            return false;
        }

        s->Cr3 = image.Cr3;
        Processor.Of(s).Mmu.LoadSpace(keep: false);
        return true;
    }

    private static bool TryLoadLdt(CpuState* s, ushort selector, int external)
    {
        if (DescriptorTables.IsNull(selector))
        {
            return true;
        }

        if (DescriptorTables.IsLocal(selector))
        {
            return Fault.Raise(s, Vector.InvalidTss, (selector & 0xfffc) | external);
        }

        if (!DescriptorTables.TryRead(s, selector, Vector.InvalidTss, external, out var ldt))
        {
            return false;
        }

        if (ldt.IsSegment || ldt.SystemType != SystemType.Ldt || !ldt.IsPresent)
        {
            return Fault.Raise(s, Vector.InvalidTss, (selector & 0xfffc) | external);
        }

        s->Ldtr = ldt.ToCache(selector);
        return true;
    }

    private static bool TryLoadSegments(CpuState* s, in TaskImage image, int external)
    {
        if ((s->SystemFlags & Rflags.VM) != 0)
        {
            s->Cpl = 3;
            for (var i = Segment.ES; i <= Segment.GS; i++)
            {
                SegmentLoader.LoadVirtual8086(CpuState.SegmentOf(s, i), image.Segments[(int)i]);
            }

            ModeTracker.Update(s);
            return true;
        }

        // The new task's privilege level is its CS's RPL; a fault is then one of that level.
        s->Cpl = image.Segments[(int)Segment.CS] & 3;
        ModeTracker.Update(s);
        var done = TryLoadCode(s, image.Segments[(int)Segment.CS], external)
            && TryLoadStack(s, image.Segments[(int)Segment.SS], external)
            && TryLoadData(s, Segment.DS, image, external)
            && TryLoadData(s, Segment.ES, image, external)
            && TryLoadData(s, Segment.FS, image, external)
            && TryLoadData(s, Segment.GS, image, external);
        ModeTracker.Update(s);
        return done;
    }

    private static bool TryLoadCode(CpuState* s, ushort selector, int external)
    {
        if (!CodeSegment.TryRead(s, selector, Vector.InvalidTss, external, out var code))
        {
            return false;
        }

        var allowed = code.IsConforming ? code.Dpl <= s->Cpl : code.Dpl == s->Cpl;
        if (!allowed)
        {
            return Fault.Raise(s, Vector.InvalidTss, (selector & 0xfffc) | external);
        }

        if (!CodeSegment.CheckPresent(s, selector, code, external) || !code.TrySetAccessed(s))
        {
            return false;
        }

        s->Cs = code.ToAccessed(selector);
        return true;
    }

    private static bool TryLoadStack(CpuState* s, ushort selector, int external)
    {
        if (DescriptorTables.IsNull(selector))
        {
            return Fault.Raise(s, Vector.InvalidTss, external);
        }

        if (!DescriptorTables.TryRead(s, selector, Vector.InvalidTss, external, out var descriptor)
            || !SegmentLoader.CheckStack(s, selector, descriptor, s->Cpl, Vector.InvalidTss, external)
            || !descriptor.TrySetAccessed(s))
        {
            return false;
        }

        s->Ss = descriptor.ToAccessed(selector);
        return true;
    }

    private static bool TryLoadData(CpuState* s, Segment segment, in TaskImage image, int external)
    {
        var selector = image.Segments[(int)segment];
        if (DescriptorTables.IsNull(selector))
        {
            return true;
        }

        if (!DescriptorTables.TryRead(s, selector, Vector.InvalidTss, external, out var descriptor)
            || !SegmentLoader.CheckData(s, selector, descriptor, Vector.InvalidTss, external)
            || !descriptor.TrySetAccessed(s))
        {
            return false;
        }

        *CpuState.SegmentOf(s, segment) = descriptor.ToAccessed(selector);
        return true;
    }

    private static bool TryFinish(CpuState* s, in TaskImage image, int external)
    {
        if (image.Traps)
        {
            s->PendingDebug |= DebugRegisters.BT;
            ModeTracker.UpdateStep(s);
        }

        Processor.Of(s).PollInterrupts();
        return s->Rip <= s->Cs.Limit || Fault.GeneralProtection(s, external);
    }
}
