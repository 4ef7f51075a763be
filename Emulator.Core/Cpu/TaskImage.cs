using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>The dynamic and static fields of a 16-bit or 32-bit TSS (SDM Vol. 3A, figures 7-2 and 7-10), in memory and out of it.</summary>
public unsafe struct TaskImage
{
    /// <summary>Smallest limit of a 32-bit TSS.</summary>
    public const uint Limit32 = 0x67;

    /// <summary>Smallest limit of a 16-bit TSS.</summary>
    public const uint Limit16 = 0x2b;

    public uint Cr3;
    public uint Eip;
    public uint Eflags;

    /// <summary>EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI.</summary>
    public fixed uint Registers[8];

    /// <summary>ES, CS, SS, DS, FS, GS.</summary>
    public fixed ushort Segments[6];
    public ushort Ldt;

    /// <summary>T: debug trap on a switch to the task.</summary>
    public bool Traps;

    /// <summary>Reads the image of a task that is being entered.</summary>
    public static bool TryRead(CpuState* s, ulong at, bool wide, out TaskImage image)
    {
        image = default;
        return wide ? TryRead32(s, at, ref image) : TryRead16(s, at, ref image);
    }

    /// <summary>Checks that <see cref="TryWrite"/> will not fault.</summary>
    public static bool TryProbe(CpuState* s, ulong at, bool wide)
        => wide
            ? SlowMemory.TryProbeSystem(s, at + 0x20, 0x40, write: true)
            : SlowMemory.TryProbeSystem(s, at + 0xe, 0x1c, write: true);

    /// <summary>Saves the state of the task that is being left.</summary>
    public static bool TryWrite(CpuState* s, ulong at, bool wide, uint eip, uint eflags)
        => wide ? TryWrite32(s, at, eip, eflags) : TryWrite16(s, at, eip, eflags);

    private static bool TryRead32(CpuState* s, ulong at, ref TaskImage image)
    {
        if (!SlowMemory.TryReadSystem(s, at + 0x1c, out image.Cr3)
            || !SlowMemory.TryReadSystem(s, at + 0x20, out image.Eip)
            || !SlowMemory.TryReadSystem(s, at + 0x24, out image.Eflags))
        {
            return false;
        }

        for (var i = 0u; i < 8; i++)
        {
            if (!SlowMemory.TryReadSystem(s, at + 0x28 + (4 * i), out image.Registers[i]))
            {
                return false;
            }
        }

        for (var i = 0u; i < 6; i++)
        {
            if (!SlowMemory.TryReadSystem(s, at + 0x48 + (4 * i), out image.Segments[i]))
            {
                return false;
            }
        }

        if (!SlowMemory.TryReadSystem(s, at + 0x60, out image.Ldt) || !SlowMemory.TryReadSystem<byte>(s, at + 0x64, out var trap))
        {
            return false;
        }

        image.Traps = (trap & 1) != 0;
        return true;
    }

    private static bool TryRead16(CpuState* s, ulong at, ref TaskImage image)
    {
        if (!SlowMemory.TryReadSystem<ushort>(s, at + 0xe, out var ip) || !SlowMemory.TryReadSystem<ushort>(s, at + 0x10, out var flags))
        {
            return false;
        }

        image.Eip = ip;
        image.Eflags = flags;
        for (var i = 0u; i < 8; i++)
        {
            if (!SlowMemory.TryReadSystem<ushort>(s, at + 0x12 + (2 * i), out var register))
            {
                return false;
            }

            image.Registers[i] = register;
        }

        for (var i = 0u; i < 4; i++)
        {
            if (!SlowMemory.TryReadSystem(s, at + 0x22 + (2 * i), out image.Segments[i]))
            {
                return false;
            }
        }

        return SlowMemory.TryReadSystem(s, at + 0x2a, out image.Ldt);
    }

    private static bool TryWrite32(CpuState* s, ulong at, uint eip, uint eflags)
    {
        if (!SlowMemory.TryWriteSystem(s, at + 0x20, eip) || !SlowMemory.TryWriteSystem(s, at + 0x24, eflags))
        {
            return false;
        }

        for (var i = 0; i < 8; i++)
        {
            if (!SlowMemory.TryWriteSystem(s, at + 0x28 + (4 * (uint)i), (uint)*CpuState.Gpr(s, i)))
            {
                return false;
            }
        }

        for (var i = Segment.ES; i <= Segment.GS; i++)
        {
            if (!SlowMemory.TryWriteSystem(s, at + 0x48 + (4 * (uint)i), CpuState.SegmentOf(s, i)->Selector))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryWrite16(CpuState* s, ulong at, uint ip, uint flags)
    {
        if (!SlowMemory.TryWriteSystem(s, at + 0xe, (ushort)ip) || !SlowMemory.TryWriteSystem(s, at + 0x10, (ushort)flags))
        {
            return false;
        }

        for (var i = 0; i < 8; i++)
        {
            if (!SlowMemory.TryWriteSystem(s, at + 0x12 + (2 * (uint)i), (ushort)*CpuState.Gpr(s, i)))
            {
                return false;
            }
        }

        for (var i = Segment.ES; i <= Segment.DS; i++)
        {
            if (!SlowMemory.TryWriteSystem(s, at + 0x22 + (2 * (uint)i), CpuState.SegmentOf(s, i)->Selector))
            {
                return false;
            }
        }

        return true;
    }
}
