using System.Runtime.InteropServices;

namespace Emulator.Core.Memory;

/// <summary>What is remembered of each 4 KiB page of RAM.</summary>
[Flags]
public enum RamPageFlags : byte
{
    None = 0,

    /// <summary>The page holds translated code: a write to it goes through the slow path.</summary>
    Code = 1,

    /// <summary>The page was written since the flag was last cleared by whoever tracks changes.</summary>
    Dirty = 2,

    /// <summary>The journal wants a copy of the page before it is written: a write goes through the slow path (<see cref="WriteJournal"/>).</summary>
    Guarded = 4,

    /// <summary>What sends writes through the slow path.</summary>
    SlowToWrite = Code | Guarded,
}

/// <summary>Guest RAM: one zeroed native mapping, of which the host commits only what the guest touches.</summary>
public sealed unsafe class GuestRam : IDisposable
{
    private readonly LargePageMemory _memory;
    private readonly RamPageFlags* _flags;
    private bool _disposed;

    /// <summary>Allocates RAM.</summary>
    /// <param name="size">Bytes; a positive multiple of 4 KiB.</param>
    /// <exception cref="OutOfMemoryException">The host does not give that much.</exception>
    public GuestRam(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNotEqual(size & (PageSize - 1), 0);
        Size = size;
        _memory = new LargePageMemory(size);
        Pointer = _memory.Pointer;
        _flags = (RamPageFlags*)NativeMemory.AllocZeroed((nuint)(size >> PageShift));
    }

    /// <summary>Releases the mapping.</summary>
    ~GuestRam() => Release();

    /// <summary>log2 of the page size.</summary>
    public const int PageShift = 12;

    /// <summary>Bytes in a page.</summary>
    public const int PageSize = 1 << PageShift;

    /// <summary>The size in bytes.</summary>
    public long Size { get; }

    /// <summary>The first byte, aligned to a large page.</summary>
    public byte* Pointer { get; }

    /// <summary>The flags of the page that holds the byte at <paramref name="offset"/>.</summary>
    public ref RamPageFlags Flags(long offset) => ref _flags[offset >> PageShift];

    /// <summary>Whether a host pointer lies in RAM, and where.</summary>
    public bool TryOffset(byte* host, out long offset)
    {
        offset = host - Pointer;
        return (ulong)offset < (ulong)Size;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (!_disposed)
        {
            _disposed = true;
            _memory.Free();
            NativeMemory.Free(_flags);
        }
    }
}
