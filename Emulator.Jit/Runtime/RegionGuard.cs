using System.Runtime.InteropServices;

namespace Emulator.Jit.Runtime;

/// <summary>
/// The native memory of a region that compiled code reads: whether it is stale, and for regions over several pages under which generation of translations
/// (<see cref="Core.Cpu.CpuState.JumpKey"/>) and at which RIP they were last seen in place.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct RegionGuard
{
    /// <summary>The generation under which the pages were checked.</summary>
    public ulong Key;

    /// <summary>The processor that checked: generations are its own.</summary>
    public Core.Cpu.CpuState* Owner;

    /// <summary>The entry's RIP at that time.</summary>
    public ulong Rip;

    /// <summary>Not 0 once the code has changed.</summary>
    public int Stale;

    /// <summary>Pages beside the entry's.</summary>
    public int PageCount;

    /// <summary>Those pages.</summary>
    public GuardedPage* Pages;

    /// <summary>The instructions, numbered through all blocks.</summary>
    public ExitSite* Sites;
}

/// <summary>An instruction of a region, where it can leave.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct ExitSite
{
    /// <summary>Its op.</summary>
    public Core.Decoding.Op* Op;

    /// <summary>Distance of its block's RIP from the entry's.</summary>
    public long BlockDistance;

    /// <summary>The counter of instructions when the last sample of its exits began.</summary>
    public ulong SampleStart;

    /// <summary>Times that it was left before the instruction.</summary>
    public uint Exits;

    /// <summary>Samples that met a page that is no plain memory.</summary>
    public byte SlowSamples;

    /// <summary>Whether the probe before its memory access asks for the right to write.</summary>
    public bool Writes;

    /// <summary>Whether that probe answers for other accesses too.</summary>
    public bool Merges;
}

/// <summary>A page of a region.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct GuardedPage
{
    /// <summary>Linear distance from the entry's page.</summary>
    public long Distance;

    /// <summary>Where it must lie.</summary>
    public nint Host;
}
