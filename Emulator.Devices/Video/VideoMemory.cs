using System.Runtime.InteropServices;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Video;

/// <summary>
/// A display adapter's memory. The VGA's four planes and the linear frame buffer are the same bytes: byte n is that of plane n mod 4 at
/// offset n / 4, so that chain 4 and the frame buffer are both plain addresses.
/// </summary>
public sealed unsafe class VideoMemory
{
    /// <summary>Bytes in a plane that the VGA's 16 address lines reach.</summary>
    public const int PlaneLength = 0x10000;

    private const int PageSize = 0x1000;
    private const int EndOfPages = -1;

    private readonly void* _allocation;
    private bool _wasCleared;

    /// <summary>Allocates zeroed memory, of which the host commits only what is touched.</summary>
    /// <param name="length">Bytes; a power of two, at least the 256 KiB of a VGA.</param>
    public VideoMemory(int length)
    {
        if (!int.IsPow2(length) || length < 4 * PlaneLength)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "Video memory is a power of two, of at least 256 KiB.");
        }

        Length = length;
        _allocation = NativeMemory.AllocZeroed((nuint)length + PageSize);
        Pointer = (byte*)(((nuint)_allocation + PageSize - 1) & ~(nuint)(PageSize - 1));
    }

    /// <summary>Releases the memory.</summary>
    ~VideoMemory() => NativeMemory.Free(_allocation);

    /// <summary>The size in bytes.</summary>
    public int Length { get; }

    /// <summary>The first byte, at the start of a page.</summary>
    public byte* Pointer { get; }

    /// <summary>The four planes' bytes at an offset, plane 0 lowest.</summary>
    public ref uint Planes(int offset) => ref ((uint*)Pointer)[offset & ((Length >> 2) - 1)];

    /// <summary>Everything becomes zero. Nobody can have written before the first time, at power-on.</summary>
    internal void Clear()
    {
        if (_wasCleared)
        {
            Clear(0, Length);
        }

        _wasCleared = true;
    }

    /// <summary>A part becomes zero. Pages that are zero already are not written, so that the host need not back them.</summary>
    internal void Clear(int start, int length)
    {
        while (length > 0)
        {
            var part = Bytes(start, Math.Min(length, PageSize - (start & (PageSize - 1))));
            if (part.ContainsAnyExcept((byte)0))
            {
                part.Clear();
            }

            start += part.Length;
            length -= part.Length;
        }
    }

    /// <summary>A part of the memory; the caller keeps within it.</summary>
    internal Span<byte> Bytes(int start, int length) => new(Pointer + start, length);

    internal void Save(StateWriter writer)
    {
        for (var page = 0; page < Length / PageSize; page++)
        {
            var bytes = Bytes(page * PageSize, PageSize);
            if (bytes.ContainsAnyExcept((byte)0))
            {
                writer.Write(page);
                writer.Write(bytes);
            }
        }

        writer.Write(EndOfPages);
    }

    internal void Load(StateReader reader)
    {
        Clear(0, Length);
        while (reader.ReadInt32() is var page && page != EndOfPages)
        {
            if ((uint)page >= (uint)(Length / PageSize))
            {
                throw new SnapshotException($"page {page} lies outside the {Length >> 20} MiB of video memory.");
            }

            reader.ReadBytes(Bytes(page * PageSize, PageSize));
        }
    }
}
