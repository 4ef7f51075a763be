using System.Buffers.Binary;
using Emulator.Core.Memory;
using Emulator.Host.Cli;
using static Emulator.Host.Boot.LowMemory;

namespace Emulator.Host.Boot;

/// <summary>
/// Loads an ELF kernel with a PVH entry point: Xen's docs/misc/pvh.pandoc and xen/include/public/arch-x86/hvm/start_info.h.
/// 32-bit protected mode without paging, EBX = <c>hvm_start_info</c>.
/// </summary>
internal static class PvhLoader
{
    private const uint Phys32EntryNote = 18;
    private const uint StartMagic = 0x336e_c578;
    private const ulong ModuleList = InfoBlock + 0x40;
    private const ulong MemoryMapTable = InfoBlock + 0x100;

    /// <summary>The entry point that the image's Xen note names; null when it has none.</summary>
    public static uint? FindEntry(ElfImage elf, ReadOnlySpan<byte> image)
    {
        foreach (var (offset, length) in elf.Notes)
        {
            if (FindEntry(image.Slice(offset, length), 4) is { } entry)
            {
                return entry;
            }
        }

        return null;
    }

    /// <summary>Loads the kernel and its start information.</summary>
    public static BootState Load(BootRequest request, MemoryMap memory, ElfImage elf, uint entry)
    {
        foreach (var segment in elf.Segments)
        {
            if (segment.Physical < RamLayout.HighStart)
            {
                throw new BootException(request.Subject, $"a PVH kernel with a segment at 0x{segment.Physical:x}, below 1 MiB", "link it for 1 MiB and up");
            }
        }

        elf.LoadInto(memory);
        var text = Text(request.CommandLine);
        if ((ulong)text.Length > RamLayout.ConventionalEnd - CommandLine)
        {
            throw new BootException("-append", $"a command line of {text.Length - 1} bytes is too long", "shorten it");
        }

        memory.Write(CommandLine, text);
        var module = LoadModule(request, memory, elf.End);
        WriteStartInfo(request, memory, module);
        WriteGdt(memory, Gdt, BootMode.Protected32);
        return new BootState(BootMode.Protected32, entry)
        {
            Rbx = InfoBlock,
            GdtBase = Gdt,
            GdtLimit = GdtLimit,
            CodeSelector = CodeSelector,
            DataSelector = DataSelector,
            Description = "ELF kernel by its PVH entry",
        };
    }

    private static uint? FindEntry(ReadOnlySpan<byte> notes, int alignment)
    {
        while (notes.Length >= 12)
        {
            var nameLength = U32(notes, 0);
            var valueLength = U32(notes, 4);
            var type = U32(notes, 8);
            var valueStart = 12 + Align(nameLength, alignment);
            var next = valueStart + Align(valueLength, alignment);
            if (valueStart + valueLength > notes.Length)
            {
                return null;
            }

            if (type == Phys32EntryNote && valueLength is 4 or 8 && nameLength == 4 && notes.Slice(12, 4).SequenceEqual("Xen\0"u8))
            {
                return BinaryPrimitives.ReadUInt32LittleEndian(notes[(int)valueStart..]);
            }

            notes = next >= notes.Length ? [] : notes[(int)next..];
        }

        return null;
    }

    private static long Align(uint value, int alignment) => (value + (long)alignment - 1) & -alignment;

    private static (ulong Address, ulong Length) LoadModule(BootRequest request, MemoryMap memory, ulong kernelEnd)
    {
        if (request.InitrdPath is not { } path)
        {
            return (0, 0);
        }

        var file = InputFile.Open("-initrd", path, "give the path of an initial RAM disk");
        var address = request.Layout.UsableEnd >= (ulong)file.Length ? (request.Layout.UsableEnd - (ulong)file.Length) & ~0xffful : 0;
        if (address < kernelEnd)
        {
            throw new BootException(
                $"-initrd {path}", $"{Quantity.Format(file.Length)} do not fit above the kernel's end at {Quantity.Format((long)kernelEnd)}",
                "give more memory by -m, or a smaller initrd");
        }

        file.CopyTo(memory, address, 0, file.Length);
        return (address, (ulong)file.Length);
    }

    private static void WriteStartInfo(BootRequest request, MemoryMap memory, (ulong Address, ulong Length) module)
    {
        Clear(memory, InfoBlock, 0x1000);
        var hasModule = request.InitrdPath is not null;
        memory.Write(InfoBlock, StartMagic);
        memory.Write(InfoBlock + 4, 1u);
        memory.Write(InfoBlock + 12, hasModule ? 1u : 0u);
        memory.Write(InfoBlock + 16, hasModule ? ModuleList : 0);
        memory.Write(InfoBlock + 24, CommandLine);
        memory.Write(InfoBlock + 32, request.RsdpAddress);
        memory.Write(InfoBlock + 40, MemoryMapTable);
        memory.Write(InfoBlock + 48, (uint)request.Layout.E820.Length);
        memory.Write(ModuleList, module.Address);
        memory.Write(ModuleList + 8, module.Length);
        var entry = MemoryMapTable;
        foreach (var range in request.Layout.E820)
        {
            memory.Write(entry, range.Start);
            memory.Write(entry + 8, range.Length);
            memory.Write(entry + 16, (uint)range.Type);
            entry += 24;
        }
    }
}
