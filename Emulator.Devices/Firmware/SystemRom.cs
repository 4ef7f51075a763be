using System.Runtime.CompilerServices;
using Emulator.Core.Memory;
using Emulator.Devices.Boards;

namespace Emulator.Devices.Firmware;

/// <summary>
/// A firmware image: mapped so that it ends at 4 GiB, where the reset vector lies, and its last 128 KiB seen below 1 MiB
/// through the host bridge's PAM registers (82371SB PIIX3 data sheet, BIOS memory).
/// </summary>
public sealed unsafe class SystemRom
{
    /// <summary>The largest image: what fits between 4 GiB less 16 MiB and 4 GiB.</summary>
    public const int MaximumLength = 16 << 20;

    private const int LowLength = 0x20000;
    private readonly byte[] _image;

    /// <summary>Maps the image, padded in front to a multiple of 64 KiB.</summary>
    /// <exception cref="ArgumentException">The image is empty or too long.</exception>
    public SystemRom(MemoryMap memory, IHostBridge bridge, ReadOnlySpan<byte> contents)
    {
        if (contents.IsEmpty || contents.Length > MaximumLength)
        {
            throw new ArgumentException($"A firmware image has 1 to {MaximumLength} bytes, not {contents.Length}.", nameof(contents));
        }

        var length = (contents.Length + 0xffff) & ~0xffff;
        _image = GC.AllocateArray<byte>(length, pinned: true);
        Array.Fill(_image, (byte)0xff);
        contents.CopyTo(_image.AsSpan(length - contents.Length));
        var host = (byte*)Unsafe.AsPointer(ref _image[0]);
        Region = memory.MapHost("system-rom", PcPlatform.SystemRomEnd - (ulong)length, host, (ulong)length, RegionKind.Rom,
            PcPlatform.SystemRomPriority);
        var low = Math.Min(length, LowLength);
        bridge.LoadRom(0x100000ul - (ulong)low, _image.AsSpan(length - low));
    }

    /// <summary>The image below 4 GiB.</summary>
    public MemoryRegion Region { get; }

    /// <summary>The image's bytes.</summary>
    public ReadOnlySpan<byte> Image => _image;
}
