using System.Runtime.InteropServices;
using Emulator.Core.Memory;

namespace Emulator.Host.Boot;

/// <summary>
/// A firmware ROM: the whole of it ends at 4 GiB, and its last 128 KiB (or less) are seen below 1 MiB too, as on a PC.
/// </summary>
public sealed unsafe class FirmwareRom : IDisposable
{
    /// <summary>The largest ROM.</summary>
    public const int MaxLength = 16 << 20;

    private const int LowLength = 128 << 10;
    private const int Page = GuestRam.PageSize;

    private readonly byte* _bytes;
    private bool _disposed;

    /// <summary>Takes the image; one that is no multiple of 4 KiB is filled up at its start.</summary>
    /// <exception cref="BootException">It is too short or too long to be a firmware.</exception>
    public FirmwareRom(string path, byte[] image)
    {
        if (image.Length is < 16 or > MaxLength)
        {
            throw new BootException(
                $"-bios {path}", $"a ROM of {image.Length} bytes", "give a raw firmware image of 16 bytes to 16 MiB, such as SeaBIOS's bios.bin");
        }

        Length = (image.Length + Page - 1) & -Page;
        _bytes = (byte*)NativeMemory.AlignedAlloc((nuint)Length, Page);
        var bytes = new Span<byte>(_bytes, Length);
        bytes.Clear();
        image.CopyTo(bytes[(Length - image.Length)..]);
    }

    /// <summary>Releases the bytes.</summary>
    ~FirmwareRom() => Release();

    /// <summary>The ROM's length in the map.</summary>
    public int Length { get; }

    /// <summary>Maps the ROM at both places, over RAM; returns the region below 1 MiB, which a chipset may shadow.</summary>
    public MemoryRegion MapInto(MemoryMap memory)
    {
        memory.MapHost("firmware", RamLayout.Above4G - (ulong)Length, _bytes, (ulong)Length, RegionKind.Rom, priority: 1);
        var low = Math.Min(Length, LowLength);
        return memory.MapHost("firmware-low", RamLayout.HighStart - (ulong)low, _bytes + Length - low, (ulong)low, RegionKind.Rom, priority: 1);
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
            NativeMemory.AlignedFree(_bytes);
        }
    }
}
