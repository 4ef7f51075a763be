namespace Emulator.Core.Cpu;

/// <summary>IRET in every mode (SDM Vol. 2, IRET). On success <see cref="CpuState.Rip"/> is the target's.</summary>
public static unsafe class InterruptReturn
{
    // What IRET takes from the image at any privilege level; the rest depends on CPL, IOPL and operand size.
    private const ulong UserFlags = Rflags.Arithmetic | Rflags.TF | Rflags.DF | Rflags.NT | Rflags.RF | Rflags.AC | Rflags.ID;

    /// <summary>Returns with operands of 2, 4 or 8 bytes.</summary>
    public static bool TryReturn(CpuState* s, int size, ulong nextRip)
    {
        Processor.Of(s).UnblockNmi();
        if (s->IsReal)
        {
            return TryReal(s, size);
        }

        if (s->IsVirtual8086)
        {
            return TryVirtual8086(s, size);
        }

        if ((s->SystemFlags & Rflags.NT) != 0)
        {
            return s->IsLongMode ? Fault.GeneralProtection(s, 0) : TaskSwitch.TryReturn(s, nextRip);
        }

        return TryProtected(s, size);
    }

    private static bool TryPopFrame(CpuState* s, ref StackCursor stack, int size, out ulong rip, out ushort selector, out ulong flags)
    {
        flags = 0;
        selector = 0;
        if (!stack.TryPop(s, size, out rip) || !stack.TryPop(s, size, out var image) || !stack.TryPop(s, size, out flags))
        {
            return false;
        }

        selector = (ushort)image;
        return true;
    }

    private static bool TryReal(CpuState* s, int size)
    {
        var stack = StackCursor.Current(s);
        if (!TryPopFrame(s, ref stack, size, out var rip, out var selector, out var flags)
            || !CodeSegment.TryLoadReal(s, selector, rip))
        {
            return false;
        }

        stack.CommitPointer(s);
        FlagWrites.Replace(s, flags, UserFlags | Rflags.IF | Rflags.IOPL, size);
        ModeTracker.Update(s);
        return true;
    }

    private static bool TryVirtual8086(CpuState* s, int size)
    {
        var trusted = (s->SystemFlags & Rflags.IOPL) == Rflags.IOPL;
        if (!trusted && ((s->Cr4 & Cr4.VME) == 0 || size != 2))
        {
            return Fault.GeneralProtection(s, 0);
        }

        var stack = StackCursor.Current(s);
        if (!TryPopFrame(s, ref stack, size, out var rip, out var selector, out var flags))
        {
            return false;
        }

        if (!trusted && !FlagWrites.AllowsVirtual(s, flags))
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (!CodeSegment.TryLoadReal(s, selector, rip))
        {
            return false;
        }

        stack.CommitPointer(s);
        FlagWrites.Replace(s, flags, trusted ? UserFlags | Rflags.IF : UserFlags, size);
        if (!trusted)
        {
            FlagWrites.SetVirtualInterrupt(s, (flags & Rflags.IF) != 0);
        }

        ModeTracker.Update(s);
        return true;
    }

    private static bool TryProtected(CpuState* s, int size)
    {
        var stack = StackCursor.Current(s);
        if (!TryPopFrame(s, ref stack, size, out var rip, out var selector, out var flags))
        {
            return false;
        }

        if (size == 4 && (flags & Rflags.VM) != 0 && s->Cpl == 0 && !s->IsLongMode)
        {
            return TryToVirtual8086(s, ref stack, rip, selector, flags);
        }

        if (!FarReturn.TryReadTarget(s, selector, ref rip, out var code))
        {
            return false;
        }

        // 64-bit code always pops SS:RSP, other code only when the privilege level changes.
        var from = s->Cpl;
        var cpl = selector & 3;
        var target = stack;
        if ((cpl > from || s->Is64Bit) && !FarReturn.TryPopStack(s, stack, size, cpl, CodeSegment.Is64(s, code), out target))
        {
            return false;
        }

        if (!code.TrySetAccessed(s))
        {
            return false;
        }

        s->Ss = target.Segment;
        target.CommitPointer(s);
        CodeSegment.Commit(s, selector, code, rip, cpl);
        FlagWrites.Replace(s, flags, WritableFlags(s, from), size);
        if (cpl > from)
        {
            SegmentLoader.DropInnerSegments(s);
        }

        if (s->Is64Bit && code.IsLong)
        {
            ModeTracker.UpdatePrivilege(s);
        }
        else
        {
            ModeTracker.Update(s);
        }

        return true;
    }

    private static ulong WritableFlags(CpuState* s, int from)
    {
        var iopl = (int)((s->SystemFlags & Rflags.IOPL) >> Rflags.IoplShift);
        return UserFlags
            | (from <= iopl ? Rflags.IF : 0)
            | (from == 0 ? Rflags.IOPL | Rflags.VIF | Rflags.VIP : 0);
    }

    private static bool TryToVirtual8086(CpuState* s, ref StackCursor stack, ulong rip, ushort selector, ulong flags)
    {
        if (!stack.TryPop(s, 4, out var esp) || !stack.TryPop(s, 4, out var ss)
            || !stack.TryPop(s, 4, out var es) || !stack.TryPop(s, 4, out var ds)
            || !stack.TryPop(s, 4, out var fs) || !stack.TryPop(s, 4, out var gs))
        {
            return false;
        }

        if (rip > 0xffff)
        {
            return Fault.GeneralProtection(s, 0);
        }

        s->WriteRflags(flags);
        s->Cpl = 3;
        SegmentLoader.LoadVirtual8086(&s->Cs, selector);
        SegmentLoader.LoadVirtual8086(&s->Ss, (ushort)ss);
        SegmentLoader.LoadVirtual8086(&s->Es, (ushort)es);
        SegmentLoader.LoadVirtual8086(&s->Ds, (ushort)ds);
        SegmentLoader.LoadVirtual8086(&s->Fs, (ushort)fs);
        SegmentLoader.LoadVirtual8086(&s->Gs, (ushort)gs);
        s->Rsp = esp;
        s->Rip = rip;
        ModeTracker.Update(s);
        Processor.Of(s).PollInterrupts();
        return true;
    }
}
