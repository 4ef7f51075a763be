namespace Emulator.Core.Cpu;

/// <summary>
/// Far JMP and CALL (SDM Vol. 2, CALL and JMP; SDM Vol. 3A, 5.8). On entry <see cref="CpuState.Rip"/> is the instruction's; on success it
/// is the target's. A failure after a task switch leaves it in the new task.
/// </summary>
public static unsafe class FarTransfer
{
    /// <summary>Far JMP, or CALL with <paramref name="nextRip"/> as return address, with operands of 2, 4 or 8 bytes.</summary>
    public static bool TryTransfer(CpuState* s, bool call, ushort selector, ulong offset, int size, ulong nextRip)
    {
        if (s->IsReal || s->IsVirtual8086)
        {
            return TryReal(s, call, selector, offset, size, nextRip);
        }

        if (DescriptorTables.IsNull(selector))
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (!DescriptorTables.TryRead(s, selector, Vector.GeneralProtection, 0, out var descriptor))
        {
            return false;
        }

        return descriptor.IsSegment
            ? TryDirect(s, call, selector, descriptor, offset, size, nextRip)
            : TrySystem(s, call, selector, descriptor, nextRip);
    }

    private static bool TryReal(CpuState* s, bool call, ushort selector, ulong offset, int size, ulong nextRip)
    {
        var stack = StackCursor.Current(s);
        if ((call && !TryPushReturn(s, ref stack, size, nextRip)) || !CodeSegment.TryLoadReal(s, selector, offset))
        {
            return false;
        }

        stack.CommitPointer(s);
        ModeTracker.Update(s);
        return true;
    }

    private static bool TryPushReturn(CpuState* s, ref StackCursor stack, int size, ulong nextRip)
        => stack.TryPush(s, size, s->Cs.Selector) && stack.TryPush(s, size, nextRip);

    private static bool TryDirect(
        CpuState* s, bool call, ushort selector, in Descriptor code, ulong offset, int size, ulong nextRip)
    {
        var stack = StackCursor.Current(s);
        if (!CodeSegment.CheckType(s, selector, code, Vector.GeneralProtection, 0)
            || !CodeSegment.CheckDirect(s, selector, code)
            || !CodeSegment.CheckPresent(s, selector, code, 0)
            || !CodeSegment.TryTarget(s, code, ref offset, 0)
            || (call && !TryPushReturn(s, ref stack, size, nextRip))
            || !code.TrySetAccessed(s))
        {
            return false;
        }

        stack.CommitPointer(s);
        CodeSegment.Commit(s, selector, code, offset, s->Cpl);
        ModeTracker.Update(s);
        return true;
    }

    private static bool TrySystem(CpuState* s, bool call, ushort selector, in Descriptor descriptor, ulong nextRip)
    {
        var type = descriptor.SystemType;
        var exists = s->IsLongMode
            ? type == SystemType.CallGate32
            : type is SystemType.CallGate16 or SystemType.CallGate32 or SystemType.TaskGate
                or SystemType.Tss16Available or SystemType.Tss32Available;
        if (!exists || descriptor.Dpl < s->Cpl || (selector & 3) > descriptor.Dpl)
        {
            return Fault.GeneralProtection(s, selector & 0xfffc);
        }

        if (!CodeSegment.CheckPresent(s, selector, descriptor, 0))
        {
            return false;
        }

        return type switch
        {
            SystemType.TaskGate => TaskSwitch.TryTransferThroughGate(s, call, descriptor.GateSelector, nextRip),
            SystemType.Tss16Available or SystemType.Tss32Available => TaskSwitch.TryTransfer(s, call, selector, descriptor, nextRip),
            _ => TryGate(s, call, selector, descriptor, nextRip),
        };
    }

    private static bool TryGate(CpuState* s, bool call, ushort gateSelector, in Descriptor gate, ulong nextRip)
    {
        var selector = gate.GateSelector;
        var upper = 0ul;
        if (s->IsLongMode && !DescriptorTables.TryReadUpper(s, gate, gateSelector, Vector.GeneralProtection, 0, out upper))
        {
            return false;
        }

        if (!CodeSegment.TryRead(s, selector, Vector.GeneralProtection, 0, out var code))
        {
            return false;
        }

        // A jump does not change the privilege level; a call may go to an inner one.
        var allowed = code.Dpl <= s->Cpl && (call || code.IsConforming || code.Dpl == s->Cpl) && (!s->IsLongMode || code.IsLong);
        if (!allowed)
        {
            return Fault.GeneralProtection(s, selector & 0xfffc);
        }

        if (!CodeSegment.CheckPresent(s, selector, code, 0))
        {
            return false;
        }

        var size = s->IsLongMode ? 8 : gate.SystemType == SystemType.CallGate32 ? 4 : 2;
        var offset = size == 2 ? (ushort)gate.GateOffset : upper | gate.GateOffset;
        return call && !code.IsConforming && code.Dpl < s->Cpl
            ? TryInnerCall(s, gate, code, offset, size, nextRip)
            : TrySameLevel(s, call, selector, code, offset, size, nextRip);
    }

    private static bool TrySameLevel(
        CpuState* s, bool call, ushort selector, in Descriptor code, ulong offset, int size, ulong nextRip)
    {
        // From compatibility mode the gate leads to 64-bit code, whose stack is not segmented.
        var stack = s->IsLongMode ? StackCursor.Flat(s, s->Rsp, s->Cpl, 0) : StackCursor.Current(s);
        if (!CodeSegment.TryTarget(s, code, ref offset, 0)
            || (call && !TryPushReturn(s, ref stack, size, nextRip))
            || !code.TrySetAccessed(s))
        {
            return false;
        }

        stack.CommitPointer(s);
        CodeSegment.Commit(s, selector, code, offset, s->Cpl);
        ModeTracker.Update(s);
        return true;
    }

    private static bool TryInnerCall(CpuState* s, in Descriptor gate, in Descriptor code, ulong offset, int size, ulong nextRip)
    {
        var cpl = code.Dpl;
        if (!TryInnerStack(s, cpl, out var stack)
            || !CodeSegment.TryTarget(s, code, ref offset, 0)
            || !stack.TryPush(s, size, s->Ss.Selector)
            || !stack.TryPush(s, size, s->Rsp)
            || (size != 8 && !TryCopyParameters(s, ref stack, gate.ParameterCount, size))
            || !TryPushReturn(s, ref stack, size, nextRip)
            || !code.TrySetAccessed(s))
        {
            return false;
        }

        s->Ss = stack.Is64 ? SegmentLoader.NullStack(cpl) : stack.Segment;
        stack.CommitPointer(s);
        CodeSegment.Commit(s, gate.GateSelector, code, offset, cpl);
        ModeTracker.Update(s);
        return true;
    }

    private static bool TryInnerStack(CpuState* s, int cpl, out StackCursor stack)
    {
        if (!s->IsLongMode)
        {
            return TaskStateSegment.TryInnerStack(s, cpl, 0, out stack);
        }

        var done = TaskStateSegment.TryInnerStack64(s, cpl, 0, 0, out var pointer);
        stack = StackCursor.Flat(s, pointer, cpl, 0);
        return done;
    }

    private static bool TryCopyParameters(CpuState* s, ref StackCursor stack, int count, int size)
    {
        var from = StackCursor.Current(s);
        for (var i = count - 1; i >= 0; i--)
        {
            if (!from.TryPeek(s, i * size, size, out var value) || !stack.TryPush(s, size, value))
            {
                return false;
            }
        }

        return true;
    }
}
