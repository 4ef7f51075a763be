using System.Buffers.Binary;
using Emulator.Roms;

namespace Emulator.Architecture.Tests;

/// <summary>The demo guest's image is what a multiboot loader takes, and its page tables give no more than they should.</summary>
public sealed class DemoGuestImageTests
{
    private const uint PageTables = 0x110000;
    private const uint PageSize = 0x1000;
    private const ulong P = 1;
    private const ulong RW = 2;
    private const ulong US = 4;
    private const ulong PS = 0x80;
    private const ulong NX = 1ul << 63;

    private static byte[] Image => DemoGuest.Build();

    [Fact]
    public void Image_BuiltTwice_IsTheSame() => Assert.Equal(Image, Image);

    [Fact]
    public void Image_AsAFile_TakesAtMost64KiB() => Assert.InRange(Image.Length, 1, 64 * 1024);

    [Fact]
    public void Header_WithinTheFirst8KiB_IsMultiboot1()
    {
        var image = Image;
        var at = Enumerable.Range(0, 2048).Select(i => i * 4).First(offset => Word(image, offset) == 0x1BADB002);
        Assert.Equal(0u, Word(image, at) + Word(image, at + 4) + Word(image, at + 8));
    }

    [Fact]
    public void Segments_OfTheImage_AreDisjointAndHoldTheEntry()
    {
        var image = Image;
        var segments = Segments(image);
        Assert.All(segments.Zip(segments.Skip(1)), pair => Assert.True(pair.First.Address + pair.First.MemorySize <= pair.Second.Address));
        Assert.All(segments, segment => Assert.True(segment.Bytes.Length <= segment.MemorySize));
        var entry = Word(image, 24);
        Assert.Contains(segments, segment => segment.IsExecutable && entry - segment.Address < segment.Bytes.Length);
    }

    [Fact]
    public void Segments_OfTheImage_AreNeverWritableAndExecutable()
        => Assert.DoesNotContain(Segments(Image), segment => segment is { IsWritable: true, IsExecutable: true });

    [Fact]
    public void KernelPages_OfEverySize_AreNeverWritableAndExecutable()
        => Assert.DoesNotContain(KernelPages(), page => (page.Entry & RW) != 0 && (page.Entry & NX) == 0);

    [Fact]
    public void KernelPages_OfEverySize_AreClosedToUserMode()
        => Assert.DoesNotContain(KernelPages(), page => (page.Entry & US) != 0);

    [Fact]
    public void KernelPages_ThatHoldSegments_HaveTheSegmentsRights()
    {
        var pages = KernelPages().ToDictionary(page => page.Physical, page => page.Entry);
        var segments = Segments(Image);
        var programText = segments.Last(segment => segment.IsExecutable);
        foreach (var segment in segments)
        {
            for (var physical = segment.Address; physical < segment.Address + segment.MemorySize; physical += PageSize)
            {
                var entry = pages[physical];
                Assert.Equal(segment.IsWritable, (entry & RW) != 0);

                // The programs' code is for user mode alone: the kernel's own view of it is data.
                Assert.Equal(segment.IsExecutable && segment != programText, (entry & NX) == 0);
            }
        }
    }

    /// <summary>The leaves of the tables in the image, as a walk from the kernel's half of the PML4 finds them.</summary>
    private static List<(ulong Physical, ulong Entry)> KernelPages()
    {
        var tables = Segments(Image).Single(segment => segment.Address == PageTables).Bytes;
        var leaves = new List<(ulong, ulong)>();
        Walk(tables, PageTables, 4, leaves, first: 256);
        Assert.NotEmpty(leaves);
        return leaves;
    }

    private static void Walk(byte[] tables, ulong table, int level, List<(ulong Physical, ulong Entry)> leaves, int first = 0)
    {
        for (var i = first; i < 512; i++)
        {
            var entry = BinaryPrimitives.ReadUInt64LittleEndian(tables.AsSpan((int)(table - PageTables) + (i * 8)));
            if ((entry & P) == 0)
            {
                continue;
            }

            var next = entry & 0x000f_ffff_ffff_f000;
            if (level == 1 || (entry & PS) != 0)
            {
                leaves.Add((next, entry));
            }
            else if (level > 1 && (level != 3 || i >= 256))
            {
                Walk(tables, next, level - 1, leaves);
            }
        }
    }

    private static List<LoadedSegment> Segments(byte[] image)
        => [.. Enumerable.Range(0, BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(44)))
            .Select(i => (int)Word(image, 28) + (i * 32))
            .Select(at => new LoadedSegment(
                Word(image, at + 12), image.AsSpan((int)Word(image, at + 4), (int)Word(image, at + 16)).ToArray(), Word(image, at + 20), Word(image, at + 24)))];

    private static uint Word(byte[] image, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(offset));

    private sealed record LoadedSegment(uint Address, byte[] Bytes, uint MemorySize, uint Flags)
    {
        public bool IsExecutable => (Flags & 1) != 0;

        public bool IsWritable => (Flags & 2) != 0;
    }
}
