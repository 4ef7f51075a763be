using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>What the processor reads of the current TSS without switching tasks (SDM Vol. 3A, 7.2.1, 7.7; SDM Vol. 1, 19.5.2).</summary>
public static unsafe class TaskStateSegment
{
    private const uint MapBaseOffset = 0x66;
    private const uint Rsp0Offset = 4;
    private const uint IstOffset = 0x24;
    private const uint Smallest32 = 0x67;

    /// <summary>Whether the current TSS has the 32-bit (or 64-bit) layout.</summary>
    public static bool Is32(CpuState* s) => s->Tr.IsUsable && (s->Tr.Attributes & 8) != 0;

    /// <summary>The stack of an inner privilege level outside IA-32e mode, with every check of SDM Vol. 2, CALL and INT: #TS and #SS.</summary>
    public static bool TryInnerStack(CpuState* s, int cpl, int external, out StackCursor stack)
    {
        stack = default;
        var wide = Is32(s);
        var offset = wide ? (uint)(4 + (8 * cpl)) : (uint)(2 + (4 * cpl));
        var last = wide ? offset + 5 : offset + 3;
        if (last > s->Tr.Limit)
        {
            return Fault.Raise(s, Vector.InvalidTss, (s->Tr.Selector & 0xfffc) | external);
        }

        var at = s->Tr.Base + offset;
        ulong pointer;
        ushort selector;
        if (wide)
        {
            if (!SlowMemory.TryReadSystem<uint>(s, at, out var esp) || !SlowMemory.TryReadSystem(s, at + 4, out selector))
            {
                return false;
            }

            pointer = esp;
        }
        else
        {
            if (!SlowMemory.TryReadSystem<ushort>(s, at, out var sp) || !SlowMemory.TryReadSystem(s, at + 2, out selector))
            {
                return false;
            }

            pointer = sp;
        }

        if (DescriptorTables.IsNull(selector))
        {
            return Fault.Raise(s, Vector.InvalidTss, external);
        }

        if (!DescriptorTables.TryRead(s, selector, Vector.InvalidTss, external, out var descriptor)
            || !SegmentLoader.CheckStack(s, selector, descriptor, cpl, Vector.InvalidTss, external)
            || !descriptor.TrySetAccessed(s))
        {
            return false;
        }

        stack = StackCursor.On(s, descriptor.ToAccessed(selector), pointer, cpl, (selector & 0xfffc) | external);
        return true;
    }

    /// <summary>The stack pointer of an inner privilege level, or of an interrupt stack table entry when it is not 0 (IA-32e mode).</summary>
    public static bool TryInnerStack64(CpuState* s, int cpl, int interruptStack, int external, out ulong pointer)
    {
        pointer = 0;
        var offset = interruptStack != 0 ? IstOffset + (uint)(8 * (interruptStack - 1)) : Rsp0Offset + (uint)(8 * cpl);
        if (offset + 7 > s->Tr.Limit)
        {
            return Fault.Raise(s, Vector.InvalidTss, (s->Tr.Selector & 0xfffc) | external);
        }

        if (!SlowMemory.TryReadSystem(s, s->Tr.Base + offset, out pointer))
        {
            return false;
        }

        return SlowMemory.IsCanonical(s, pointer) || Fault.StackFault(s, external);
    }

    /// <summary>
    /// Whether the running code may use ports: in protected mode by IOPL or the I/O permission map; #GP(0) otherwise.
    /// </summary>
    public static bool CheckPorts(CpuState* s, ushort port, int size)
    {
        var byLevel = s->IsReal || (!s->IsVirtual8086 && s->Cpl <= (int)((s->SystemFlags & Rflags.IOPL) >> Rflags.IoplShift));
        return byLevel || CheckPortMap(s, port, size);
    }

    /// <summary>
    /// Whether INT n in virtual-8086 mode goes to the 8086 program's own handler: its bit in the software interrupt redirection map is
    /// clear (SDM Vol. 3A, 20.3.3).
    /// </summary>
    public static bool TryIsRedirected(CpuState* s, byte vector, out bool redirected)
    {
        redirected = false;
        if (!Is32(s) || s->Tr.Limit < Smallest32)
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (!SlowMemory.TryReadSystem<ushort>(s, s->Tr.Base + MapBaseOffset, out var map))
        {
            return false;
        }

        var at = (long)map - 32 + (vector >> 3);
        if (at < 0 || at > s->Tr.Limit)
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (!SlowMemory.TryReadSystem<byte>(s, s->Tr.Base + (ulong)at, out var bits))
        {
            return false;
        }

        redirected = ((bits >> (vector & 7)) & 1) == 0;
        return true;
    }

    private static bool CheckPortMap(CpuState* s, ushort port, int size)
    {
        if (!Is32(s) || s->Tr.Limit < Smallest32)
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (!SlowMemory.TryReadSystem<ushort>(s, s->Tr.Base + MapBaseOffset, out var map))
        {
            return false;
        }

        // Two bytes are read whatever the port (SDM Vol. 1, 19.5.2).
        var at = (uint)map + ((uint)port >> 3);
        if (at + 1 > s->Tr.Limit)
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (!SlowMemory.TryReadSystem<ushort>(s, s->Tr.Base + at, out var bits))
        {
            return false;
        }

        return ((bits >> (port & 7)) & ((1 << size) - 1)) == 0 || Fault.GeneralProtection(s, 0);
    }
}
