using System.Runtime.InteropServices;

namespace Emulator.Core.Memory;

/// <summary>
/// Zeroed native memory, which the host commits as it is touched. A Linux host is asked to back it by its large pages (madvise(2),
/// MADV_HUGEPAGE), as QEMU does for guest RAM: the first touch of each 4 KiB would be a page fault of the host else, which costs 20 us where
/// the host is a virtual machine itself, and each access would take more of the host's TLB. Other hosts give small pages.
/// </summary>
internal sealed unsafe class LargePageMemory
{
    private const int LargePageSize = 2 << 20;
    private const int HugePageAdvice = 14;

    private void* _allocation;

    /// <summary>Allocates; whoever does frees it.</summary>
    /// <exception cref="OutOfMemoryException">The host does not give that much.</exception>
    public LargePageMemory(long size)
    {
        _allocation = NativeMemory.AllocZeroed((nuint)size + LargePageSize);
        Pointer = (byte*)(((nuint)_allocation + LargePageSize - 1) & ~(nuint)(LargePageSize - 1));

        // The program's own symbols, which the C library's are among: looking for a library by name would read a dozen paths.
        if (OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "madvise", out var advise))
        {
            _ = ((delegate* unmanaged<void*, nuint, int, int>)advise)(Pointer, (nuint)size, HugePageAdvice);
        }
    }

    /// <summary>The first byte, aligned to a large page.</summary>
    public byte* Pointer { get; }

    /// <summary>Gives it back, once.</summary>
    public void Free()
    {
        NativeMemory.Free(_allocation);
        _allocation = null;
    }
}
