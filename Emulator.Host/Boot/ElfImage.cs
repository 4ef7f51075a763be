using System.Collections.Immutable;
using Emulator.Core.Memory;
using Emulator.Host.Cli;
using static Emulator.Host.Boot.LowMemory;

namespace Emulator.Host.Boot;

/// <summary>A PT_LOAD segment: file bytes, then zeros up to <see cref="MemoryLength"/>.</summary>
internal readonly record struct ElfSegment(ulong Physical, ulong Virtual, ulong Offset, ulong FileLength, ulong MemoryLength)
{
    /// <summary>The address after the last byte in memory.</summary>
    public ulong End => Physical + MemoryLength;
}

/// <summary>An ELF executable for i386 or x86-64, read by its program headers (System V ABI, "Program Header").</summary>
internal sealed class ElfImage
{
    private const int LoadType = 1;
    private const int NoteType = 4;
    private const int MaxProgramHeaders = 256;
    private const string Mend = "give the whole, linked kernel (an ELF executable for i386 or x86-64)";

    private ElfImage(BootRequest request) => Request = request;

    /// <summary>Whether the file is of class ELF64.</summary>
    public bool Is64 { get; private init; }

    /// <summary>The entry point, a virtual address.</summary>
    public ulong Entry { get; private init; }

    /// <summary>The loadable segments that are not empty.</summary>
    public ImmutableArray<ElfSegment> Segments { get; private set; } = [];

    /// <summary>The PT_NOTE segments: offset and length within the file.</summary>
    public ImmutableArray<(int Offset, int Length)> Notes { get; private set; } = [];

    /// <summary>The address after the highest byte of any segment.</summary>
    public ulong End => Segments.Max(segment => segment.End);

    private BootRequest Request { get; }

    /// <summary>Whether a file begins as an ELF file does.</summary>
    public static bool IsPresent(ReadOnlySpan<byte> image) => image.StartsWith("\u007fELF"u8);

    /// <summary>Reads the headers and checks that every segment's bytes are in the file and its memory is RAM.</summary>
    public static ElfImage Read(BootRequest request)
    {
        var image = request.Kernel;
        if (image.Length < 64)
        {
            throw new BootException(request.Subject, $"a truncated ELF file of {image.Length} bytes", Mend);
        }

        var is64 = image[4] == 2;
        var machine = U16(image, 18);
        if (image[4] is not (1 or 2) || image[5] != 1 || machine is not (3 or 62) || U16(image, 16) is not (2 or 3))
        {
            throw new BootException(request.Subject, "an ELF file, but no executable for i386 or x86-64", Mend);
        }

        var elf = new ElfImage(request) { Is64 = is64, Entry = is64 ? U64(image, 24) : U32(image, 24) };
        var table = is64 ? U64(image, 32) : U32(image, 28);
        elf.ReadProgramHeaders(table, U16(image, is64 ? 54 : 42), U16(image, is64 ? 56 : 44));
        return elf;
    }

    /// <summary>Copies every segment to its physical address and zeroes the rest of its memory.</summary>
    public void LoadInto(MemoryMap memory)
    {
        foreach (var segment in Segments)
        {
            memory.Write(segment.Physical, Request.Kernel.AsSpan((int)segment.Offset, (int)segment.FileLength));
            Clear(memory, segment.Physical + segment.FileLength, segment.MemoryLength - segment.FileLength);
        }
    }

    /// <summary>The physical address of a virtual one; itself where no segment holds it.</summary>
    public ulong ToPhysical(ulong address)
    {
        foreach (var segment in Segments)
        {
            if (address - segment.Virtual < segment.MemoryLength)
            {
                return segment.Physical + (address - segment.Virtual);
            }
        }

        return address;
    }

    private void ReadProgramHeaders(ulong table, int entrySize, int count)
    {
        var image = Request.Kernel;
        var minimum = Is64 ? 56 : 32;
        if (count == 0 || count > MaxProgramHeaders || entrySize < minimum || table > (ulong)image.Length
            || (ulong)image.Length - table < (ulong)entrySize * (ulong)count)
        {
            throw new BootException(Request.Subject, "its program headers are missing or truncated", Mend);
        }

        var segments = ImmutableArray.CreateBuilder<ElfSegment>();
        var notes = ImmutableArray.CreateBuilder<(int, int)>();
        for (var i = 0; i < count; i++)
        {
            var header = image.AsSpan((int)table + (i * entrySize), minimum);
            var type = U32(header, 0);
            var segment = Is64
                ? new ElfSegment(U64(header, 24), U64(header, 16), U64(header, 8), U64(header, 32), U64(header, 40))
                : new ElfSegment(U32(header, 12), U32(header, 8), U32(header, 4), U32(header, 16), U32(header, 20));
            if (type == LoadType && segment.MemoryLength > 0)
            {
                Check(segment);
                segments.Add(segment);
            }
            else if (type == NoteType && IsInFile(segment))
            {
                notes.Add(((int)segment.Offset, (int)segment.FileLength));
            }
        }

        if (segments.Count == 0)
        {
            throw new BootException(Request.Subject, "it has nothing to load", Mend);
        }

        Segments = segments.ToImmutable();
        Notes = notes.ToImmutable();
    }

    private bool IsInFile(ElfSegment segment)
    {
        var length = (ulong)Request.Kernel.Length;
        return segment.Offset <= length && segment.FileLength <= length - segment.Offset;
    }

    private void Check(ElfSegment segment)
    {
        if (!IsInFile(segment) || segment.FileLength > segment.MemoryLength)
        {
            throw new BootException(Request.Subject, $"truncated: the segment for 0x{segment.Physical:x} is not wholly in the file", Mend);
        }

        RequireRam(Request, segment.Physical, segment.MemoryLength);
    }

    /// <summary>Refuses a range that is not RAM of the guest.</summary>
    public static void RequireRam(BootRequest request, ulong start, ulong length)
    {
        if (request.Layout.IsUsable(start, length))
        {
            return;
        }

        var end = start + length;
        throw end > request.Layout.UsableEnd && end >= start && end < 0xe000_0000
            ? new BootException(
                request.Subject,
                $"it needs memory up to {Quantity.Format((long)end)}, and the machine has {Quantity.Format((long)request.Layout.UsableEnd)}",
                $"give more by -m, such as -m {(end >> 20) + 32}")
            : new BootException(
                request.Subject, $"it loads at 0x{start:x} for {length} bytes, where a PC has no RAM", "link it for 1 MiB and up");
    }
}
