using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>Interrupts through the 8086's vector table: real mode, and virtual-8086 mode with CR4.VME (SDM Vol. 3A, 20.1.4 and 20.3.3).</summary>
public static unsafe class RealModeInterrupts
{
    /// <summary>Real mode.</summary>
    public static bool TryDeliver(CpuState* s, in InterruptEvent what)
    {
        if ((what.Vector * 4) + 3 > s->Idtr.Limit)
        {
            return Fault.GeneralProtection(s, (what.Vector * 8) + 2 + what.External);
        }

        var stack = StackCursor.Current(s);
        if (!SlowMemory.TryReadSystem<uint>(s, s->Idtr.Base + (what.Vector * 4u), out var entry)
            || !TryPushFrame(s, ref stack, s->ReadRflags(), what.ReturnRip)
            || !CodeSegment.TryLoadReal(s, (ushort)(entry >> 16), (ushort)entry))
        {
            return false;
        }

        stack.CommitPointer(s);
        s->SystemFlags &= ~(Rflags.IF | Rflags.TF | Rflags.AC | Rflags.RF);
        ModeTracker.Update(s);
        return true;
    }

    /// <summary>INT n in virtual-8086 mode: to the 8086 program's handler, or to the monitor through the IDT.</summary>
    public static bool TrySoftwareInVirtual8086(CpuState* s, in InterruptEvent what)
    {
        var trusted = (s->SystemFlags & Rflags.IOPL) == Rflags.IOPL;
        if ((s->Cr4 & Cr4.VME) != 0)
        {
            if (!TaskStateSegment.TryIsRedirected(s, what.Vector, out var redirected))
            {
                return false;
            }

            if (redirected)
            {
                return TryRedirect(s, what, trusted);
            }
        }

        return trusted ? InterruptGates.TryDeliver(s, what) : Fault.GeneralProtection(s, 0);
    }

    // Methods 5 and 6 of SDM Vol. 3A, table 20-2. Below IOPL 3 the program sees and changes VIF where it means IF.
    private static bool TryRedirect(CpuState* s, in InterruptEvent what, bool trusted)
    {
        var image = s->ReadRflags();
        if (!trusted)
        {
            image = (image & ~Rflags.IF) | Rflags.IOPL | ((image & Rflags.VIF) != 0 ? Rflags.IF : 0);
        }

        var stack = StackCursor.Current(s);
        if (!GuestMemory.TryRead<uint>(s, Segment.DS, what.Vector * 4u, out var entry)
            || !TryPushFrame(s, ref stack, image, what.ReturnRip)
            || !CodeSegment.TryLoadReal(s, (ushort)(entry >> 16), (ushort)entry))
        {
            return false;
        }

        stack.CommitPointer(s);
        s->SystemFlags &= ~(Rflags.TF | Rflags.NT | Rflags.RF | (trusted ? Rflags.IF : Rflags.VIF));
        ModeTracker.Update(s);
        return true;
    }

    private static bool TryPushFrame(CpuState* s, ref StackCursor stack, ulong flags, ulong rip)
        => stack.TryPush(s, 2, flags) && stack.TryPush(s, 2, s->Cs.Selector) && stack.TryPush(s, 2, rip);
}
