namespace Emulator.Core.Cpu;

/// <summary>Far RET (SDM Vol. 2, RET), and what IRET has in common with it.</summary>
public static unsafe class FarReturn
{
    /// <summary>Returns with operands of 2, 4 or 8 bytes, releasing bytes of parameters. On success RIP is the target's.</summary>
    public static bool TryReturn(CpuState* s, int size, ulong release)
    {
        var stack = StackCursor.Current(s);
        if (!stack.TryPop(s, size, out var rip) || !stack.TryPop(s, size, out var image))
        {
            return false;
        }

        var selector = (ushort)image;
        if (s->IsReal || s->IsVirtual8086)
        {
            if (!CodeSegment.TryLoadReal(s, selector, rip))
            {
                return false;
            }

            stack.Release(release);
            stack.CommitPointer(s);
            ModeTracker.Update(s);
            return true;
        }

        if (!TryReadTarget(s, selector, ref rip, out var code))
        {
            return false;
        }

        stack.Release(release);
        return (selector & 3) > s->Cpl
            ? TryOuter(s, stack, size, selector, code, rip, release)
            : TrySame(s, stack, selector, code, rip);
    }

    /// <summary>Reads and checks the code segment that a return goes to, and the offset in it.</summary>
    internal static bool TryReadTarget(CpuState* s, ushort selector, ref ulong rip, out Descriptor code)
        => CodeSegment.TryRead(s, selector, Vector.GeneralProtection, 0, out code)
            && CodeSegment.CheckReturn(s, selector, code)
            && CodeSegment.CheckPresent(s, selector, code, 0)
            && CodeSegment.TryTarget(s, code, ref rip, 0);

    /// <summary>Pops SS:RSP of the level that a return goes to and checks it.</summary>
    internal static bool TryPopStack(CpuState* s, StackCursor stack, int size, int cpl, bool to64, out StackCursor outer)
    {
        outer = default;
        if (!stack.TryPop(s, size, out var pointer) || !stack.TryPop(s, size, out var image))
        {
            return false;
        }

        var selector = (ushort)image;
        if (DescriptorTables.IsNull(selector))
        {
            // Only 64-bit code below privilege level 3 runs without a stack segment.
            if (!to64 || cpl == 3 || (selector & 3) != cpl)
            {
                return Fault.GeneralProtection(s, 0);
            }

            outer = StackCursor.Flat(s, pointer, cpl, 0);
            outer.Segment = SegmentLoader.NullStack(selector);
            return true;
        }

        if (!DescriptorTables.TryRead(s, selector, Vector.GeneralProtection, 0, out var descriptor)
            || !SegmentLoader.CheckStack(s, selector, descriptor, cpl, Vector.GeneralProtection, 0)
            || !descriptor.TrySetAccessed(s))
        {
            return false;
        }

        var segment = descriptor.ToAccessed(selector);
        outer = to64 ? StackCursor.Flat(s, pointer, cpl, 0) : StackCursor.On(s, segment, pointer, cpl, 0);
        outer.Segment = segment;
        return true;
    }

    private static bool TrySame(CpuState* s, in StackCursor stack, ushort selector, in Descriptor code, ulong rip)
    {
        if (!code.TrySetAccessed(s))
        {
            return false;
        }

        stack.CommitPointer(s);
        CodeSegment.Commit(s, selector, code, rip, s->Cpl);
        ModeTracker.Update(s);
        return true;
    }

    private static bool TryOuter(
        CpuState* s, StackCursor stack, int size, ushort selector, in Descriptor code, ulong rip, ulong release)
    {
        var cpl = selector & 3;
        if (!TryPopStack(s, stack, size, cpl, CodeSegment.Is64(s, code), out var outer) || !code.TrySetAccessed(s))
        {
            return false;
        }

        outer.Release(release);
        s->Ss = outer.Segment;
        outer.CommitPointer(s);
        CodeSegment.Commit(s, selector, code, rip, cpl);
        SegmentLoader.DropInnerSegments(s);
        ModeTracker.Update(s);
        return true;
    }
}
