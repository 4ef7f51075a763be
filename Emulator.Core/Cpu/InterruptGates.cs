using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>Interrupt, trap and task gates of the IDT (SDM Vol. 2, INT n; SDM Vol. 3A, 6.12 and 6.14).</summary>
public static unsafe class InterruptGates
{
    private const ulong ClearedFlags = Rflags.TF | Rflags.NT | Rflags.VM | Rflags.RF;

    /// <summary>Delivers an event through its gate; false means that a fault was recorded.</summary>
    public static bool TryDeliver(CpuState* s, in InterruptEvent what)
    {
        if (!TryReadGate(s, what, out var gate, out var offset))
        {
            return false;
        }

        if (gate.SystemType == SystemType.TaskGate)
        {
            return TaskSwitch.TryInterrupt(s, gate.GateSelector, what);
        }

        var external = what.External;
        var selector = gate.GateSelector;
        if (!CodeSegment.TryRead(s, selector, Vector.GeneralProtection, external, out var code))
        {
            return false;
        }

        var allowed = code.Dpl <= s->Cpl && (!s->IsLongMode || code.IsLong);
        if (!allowed)
        {
            return Fault.GeneralProtection(s, (selector & 0xfffc) | external);
        }

        // From virtual-8086 mode only a nonconforming segment of level 0 may be entered.
        var cpl = code.IsConforming ? s->Cpl : code.Dpl;
        if (!CodeSegment.CheckPresent(s, selector, code, external)
            || (s->IsVirtual8086 && cpl != 0 && !Fault.GeneralProtection(s, (selector & 0xfffc) | external)))
        {
            return false;
        }

        return s->IsLongMode
            ? TryEnter64(s, what, gate, selector, code, offset, cpl)
            : TryEnter(s, what, gate, selector, code, offset, cpl);
    }

    private static bool TryReadGate(CpuState* s, in InterruptEvent what, out Descriptor gate, out ulong offset)
    {
        var longMode = s->IsLongMode;
        var size = longMode ? 16u : 8u;
        var errorCode = (what.Vector * 8) + 2 + what.External;
        gate = default;
        offset = 0;
        if ((what.Vector * size) + size - 1 > s->Idtr.Limit)
        {
            return Fault.GeneralProtection(s, errorCode);
        }

        var at = s->Idtr.Base + (what.Vector * size);
        var upper = 0u;
        if (!SlowMemory.TryReadSystem<ulong>(s, at, out var raw) || (longMode && !SlowMemory.TryReadSystem(s, at + 8, out upper)))
        {
            return false;
        }

        gate = new Descriptor(raw, at);
        var isGate = !gate.IsSegment && (longMode
            ? gate.SystemType is SystemType.InterruptGate32 or SystemType.TrapGate32
            : gate.SystemType is SystemType.TaskGate or SystemType.InterruptGate16 or SystemType.TrapGate16
                or SystemType.InterruptGate32 or SystemType.TrapGate32);
        if (!isGate || (what.ChecksGate && gate.Dpl < s->Cpl))
        {
            return Fault.GeneralProtection(s, errorCode);
        }

        if (!gate.IsPresent)
        {
            return Fault.Raise(s, Vector.SegmentNotPresent, errorCode);
        }

        offset = longMode ? gate.GateOffset | ((ulong)upper << 32) : Is32(gate) ? gate.GateOffset : (ushort)gate.GateOffset;
        return true;
    }

    private static bool Is32(in Descriptor gate) => ((int)gate.SystemType & 8) != 0;

    private static bool TryEnter(
        CpuState* s, in InterruptEvent what, in Descriptor gate, ushort selector, in Descriptor code, ulong rip, int cpl)
    {
        var size = Is32(gate) ? 4 : 2;
        var switches = cpl < s->Cpl;
        StackCursor stack;
        if (!switches)
        {
            stack = StackCursor.Current(s, what.External);
        }
        else if (!TaskStateSegment.TryInnerStack(s, cpl, what.External, out stack))
        {
            return false;
        }

        if ((s->IsVirtual8086 && !TryPushDataSegments(s, ref stack, size))
            || (switches && !(stack.TryPush(s, size, s->Ss.Selector) && stack.TryPush(s, size, s->Rsp)))
            || !TryPushFrame(s, ref stack, size, what)
            || !CodeSegment.TryTarget(s, code, ref rip, what.External)
            || !code.TrySetAccessed(s))
        {
            return false;
        }

        if (s->IsVirtual8086)
        {
            SegmentLoader.LoadNull(s, &s->Gs, 0);
            SegmentLoader.LoadNull(s, &s->Fs, 0);
            SegmentLoader.LoadNull(s, &s->Ds, 0);
            SegmentLoader.LoadNull(s, &s->Es, 0);
        }

        s->Ss = stack.Segment;
        Commit(s, gate, selector, code, rip, cpl, stack);
        return true;
    }

    private static bool TryEnter64(
        CpuState* s, in InterruptEvent what, in Descriptor gate, ushort selector, in Descriptor code, ulong rip, int cpl)
    {
        var pointer = s->Rsp;
        if ((cpl < s->Cpl || gate.InterruptStack != 0)
            && !TaskStateSegment.TryInnerStack64(s, cpl, gate.InterruptStack, what.External, out pointer))
        {
            return false;
        }

        var stack = StackCursor.Flat(s, pointer & ~0xful, cpl, what.External);
        if (!stack.TryPush(s, 8, s->Ss.Selector)
            || !stack.TryPush(s, 8, s->Rsp)
            || !TryPushFrame(s, ref stack, 8, what)
            || !CodeSegment.TryTarget(s, code, ref rip, what.External)
            || !code.TrySetAccessed(s))
        {
            return false;
        }

        if (cpl < s->Cpl)
        {
            s->Ss = SegmentLoader.NullStack(cpl);
        }

        Commit(s, gate, selector, code, rip, cpl, stack);
        return true;
    }

    private static void Commit(
        CpuState* s, in Descriptor gate, ushort selector, in Descriptor code, ulong rip, int cpl, in StackCursor stack)
    {
        stack.CommitPointer(s);
        CodeSegment.Commit(s, selector, code, rip, cpl);
        var isInterruptGate = ((int)gate.SystemType & 1) == 0;
        s->SystemFlags &= ~(ClearedFlags | (isInterruptGate ? Rflags.IF : 0));
        if (s->Is64Bit)
        {
            // In IA-32e mode every handler is 64-bit code.
            ModeTracker.UpdatePrivilege(s);
        }
        else
        {
            ModeTracker.Update(s);
        }
    }

    private static bool TryPushDataSegments(CpuState* s, ref StackCursor stack, int size)
        => stack.TryPush(s, size, s->Gs.Selector) && stack.TryPush(s, size, s->Fs.Selector)
            && stack.TryPush(s, size, s->Ds.Selector) && stack.TryPush(s, size, s->Es.Selector);

    private static bool TryPushFrame(CpuState* s, ref StackCursor stack, int size, in InterruptEvent what)
    {
        var flags = s->ReadRflags() | (what.SetsResume ? Rflags.RF : 0);
        return stack.TryPush(s, size, flags)
            && stack.TryPush(s, size, s->Cs.Selector)
            && stack.TryPush(s, size, what.ReturnRip)
            && (!what.HasErrorCode || stack.TryPush(s, size, what.ErrorCode));
    }
}
