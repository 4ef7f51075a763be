using System.Runtime.InteropServices;
using Emulator.Core.Memory;

namespace Emulator.Host.Machines;

/// <summary>
/// Asks a Linux host to back guest RAM by its large pages (madvise(2), MADV_HUGEPAGE), as QEMU does: the guest's first touch of each 4 KiB
/// page would be a page fault of the host else, and each of the guest's accesses would take more of the host's TLB.
/// </summary>
internal static partial class LargePages
{
    private const int HugePageAdvice = 14;

    /// <summary>Asks; a host that has none, or is told not to, gives small ones.</summary>
    public static unsafe void Request(GuestRam ram)
    {
        if (OperatingSystem.IsLinux())
        {
            _ = MAdvise(ram.Pointer, (nuint)ram.Size, HugePageAdvice);
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static unsafe partial int MAdvise(void* address, nuint length, int advice);
}
