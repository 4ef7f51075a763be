using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Emulator.Core.Memory;

/// <summary>
/// One entry of a software TLB table. A tag is the linear address of the page when a plain access is allowed; low bits set in
/// it keep the fast compare from matching (<see cref="SlowTag"/>, <see cref="InvalidTag"/>).
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct TlbEntry
{
    public ulong ReadTag;
    public ulong WriteTag;
    public ulong ExecTag;

    /// <summary>Host address minus linear address for RAM and ROM; physical minus linear address for device windows.</summary>
    public nint Addend;

    /// <summary>The access is allowed but needs the slow path: device window, ROM write, page with code, watchpoint.</summary>
    public const ulong SlowTag = 1;

    /// <summary>With <see cref="SlowTag"/>: not host memory but a device window or nothing.</summary>
    public const ulong DeviceTag = 2;

    /// <summary>No translation.</summary>
    public const ulong InvalidTag = 4;

    /// <summary>With <see cref="SlowTag"/> in <see cref="WriteTag"/>: read-only memory, writes are dropped.</summary>
    public const ulong RomTag = 8;

    /// <summary>With <see cref="SlowTag"/>: the page holds a data breakpoint.</summary>
    public const ulong WatchTag = 16;

    /// <summary>Entries in a table.</summary>
    public const int Count = 16384;

    /// <summary>The entry for a linear address.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe TlbEntry* For(TlbEntry* table, ulong linear)
        => (TlbEntry*)((byte*)table + ((linear >> (GuestRam.PageShift - 5)) & ((Count - 1) << 5)));
}

/// <summary>Whose rights an access has; each has a TLB table of its own.</summary>
public enum TlbTable
{
    /// <summary>CPL below 3, SMAP not enforced (CR4.SMAP clear or RFLAGS.AC set).</summary>
    Supervisor,

    /// <summary>CPL 3.</summary>
    User,

    /// <summary>CPL below 3 with SMAP enforced; also implicit supervisor accesses at any CPL.</summary>
    SupervisorSmap,
}
