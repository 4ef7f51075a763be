using System.Buffers.Binary;

namespace Emulator.Roms;

/// <summary>
/// The frame of an option ROM that has nothing to initialise and starts something: a header with a bootstrap entry vector (Plug and Play BIOS
/// Specification 1.0a, 3.3), code, and descriptors of <c>fw_cfg</c>'s DMA interface behind it.
/// </summary>
internal static class BootRom
{
    /// <summary>Where the code begins.</summary>
    public const int CodeOffset = PnpHeader + PnpLength;

    /// <summary>The address register of <c>fw_cfg</c>'s DMA interface: its upper half.</summary>
    public const ushort DmaHigh = 0x514;

    /// <summary>Its lower half, whose writing starts the transfer.</summary>
    public const ushort DmaLow = 0x518;

    /// <summary>Control: select the item first.</summary>
    public const uint Select = 0x08;

    /// <summary>Control: from the item to memory.</summary>
    public const uint Read = 0x02;

    /// <summary>Control: from memory to the item.</summary>
    public const uint Write = 0x10;

    /// <summary>Bytes of a descriptor.</summary>
    public const int DescriptorLength = 16;

    private const int RomLength = 512;
    private const int EntryOffset = 0x03;
    private const int PnpPointer = 0x1a;
    private const int PnpHeader = 0x20;
    private const int PnpLength = 0x20;
    private const int BootstrapEntry = 0x1a;

    /// <summary>Where the descriptors stand.</summary>
    public static int DescriptorsOf(int count) => RomLength - DescriptorLength - (count * DescriptorLength);

    /// <summary>Puts a ROM together.</summary>
    /// <param name="code">The code at <see cref="CodeOffset"/>.</param>
    /// <param name="control">What the descriptors do.</param>
    /// <param name="parts">Their items and addresses.</param>
    public static byte[] Build(ReadOnlySpan<byte> code, uint control, params IReadOnlyList<BootPart> parts)
    {
        var rom = new byte[RomLength];
        BinaryPrimitives.WriteUInt16LittleEndian(rom, 0xaa55);
        rom[2] = RomLength / 512;
        rom[EntryOffset] = 0xcb; // RETF: there is nothing to initialise.
        BinaryPrimitives.WriteUInt16LittleEndian(rom.AsSpan(PnpPointer), PnpHeader);
        WritePnpHeader(rom.AsSpan(PnpHeader, PnpLength));
        code.CopyTo(rom.AsSpan(CodeOffset));
        for (var i = 0; i < parts.Count; i++)
        {
            var descriptor = rom.AsSpan(DescriptorsOf(parts.Count) + (i * DescriptorLength), DescriptorLength);
            BinaryPrimitives.WriteUInt32BigEndian(descriptor, (uint)parts[i].Key << 16 | control | Select);
            BinaryPrimitives.WriteUInt32BigEndian(descriptor[4..], parts[i].Length);
            BinaryPrimitives.WriteUInt64BigEndian(descriptor[8..], parts[i].Address);
        }

        rom[^1] = Complement(rom);
        return rom;
    }

    private static void WritePnpHeader(Span<byte> header)
    {
        "$PnP"u8.CopyTo(header);
        header[4] = 1;
        header[5] = PnpLength / 16;
        header[0x12] = 0x06; // Base class: other memory.
        header[0x13] = 0x80;
        BinaryPrimitives.WriteUInt16LittleEndian(header[BootstrapEntry..], CodeOffset);
        header[9] = Complement(header);
    }

    private static byte Complement(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (var value in bytes)
        {
            sum += value;
        }

        return (byte)-sum;
    }
}
