namespace Emulator.Roms.Image;

/// <summary>
/// Writes a statically linked 32-bit ELF executable of program headers alone (System V ABI, chapters 4 and 5): what multiboot
/// loaders take, also when the code inside is 64-bit.
/// </summary>
internal static class ElfImage
{
    private const int HeaderSize = 52;
    private const int ProgramHeaderSize = 32;
    private const uint Alignment = 0x1000;

    /// <summary>The file. The first segment starts within its first page, as the multiboot header must.</summary>
    public static byte[] Write(uint entry, IReadOnlyList<Segment> segments)
    {
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        WriteHeader(writer, entry, segments.Count);
        var offset = RoundUp((uint)(HeaderSize + (ProgramHeaderSize * segments.Count)));
        foreach (var segment in segments)
        {
            WriteProgramHeader(writer, segment, offset);
            offset = RoundUp(offset + (uint)segment.Bytes.Length);
        }

        foreach (var segment in segments)
        {
            file.SetLength(RoundUp((uint)file.Length));
            file.Seek(0, SeekOrigin.End);
            file.Write(segment.Bytes);
        }

        return file.ToArray();
    }

    private static void WriteHeader(BinaryWriter writer, uint entry, int segments)
    {
        writer.Write([0x7f, (byte)'E', (byte)'L', (byte)'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]); // 32-bit, little-endian, version 1
        writer.Write((ushort)2); // e_type: ET_EXEC
        writer.Write((ushort)3); // e_machine: EM_386
        writer.Write(1u); // e_version
        writer.Write(entry);
        writer.Write((uint)HeaderSize); // e_phoff
        writer.Write(0u); // e_shoff
        writer.Write(0u); // e_flags
        writer.Write((ushort)HeaderSize);
        writer.Write((ushort)ProgramHeaderSize);
        writer.Write((ushort)segments);
        writer.Write((ushort)0); // e_shentsize
        writer.Write((ushort)0); // e_shnum
        writer.Write((ushort)0); // e_shstrndx
    }

    private static void WriteProgramHeader(BinaryWriter writer, Segment segment, uint offset)
    {
        writer.Write(1u); // p_type: PT_LOAD
        writer.Write(offset);
        writer.Write(segment.Address); // p_vaddr
        writer.Write(segment.Address); // p_paddr
        writer.Write((uint)segment.Bytes.Length);
        writer.Write(segment.MemorySize);
        writer.Write((uint)segment.Access);
        writer.Write(Alignment);
    }

    private static uint RoundUp(uint value) => (value + Alignment - 1) & ~(Alignment - 1);
}
