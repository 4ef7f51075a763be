using Emulator.Host.Boot;

namespace Emulator.Host.Tests.Boot;

public sealed class BadImageTests
{
    public static TheoryData<string, byte[], string> Images => new()
    {
        { "empty", [], "an empty file" },
        { "text", [.. Enumerable.Repeat((byte)'x', 5000)], "no kernel that is known here" },
        { "gzip", [0x1f, 0x8b, 8, 0], "a gzip archive" },
        { "cpio", [.. "070701000"u8], "belongs to -initrd" },
        { "truncated Linux", TestImages.Linux()[..0x5000], "truncated: 20480 of 67072 bytes" },
        { "Linux header alone", TestImages.Linux()[..0x210], "truncated" },
        { "zImage", With(TestImages.Linux(), 0x211, 0), "zImage" },
        { "protocol 9", With(TestImages.Linux(), 0x207, 9), "protocol 9.15" },
        { "ELF without entry", TestImages.Elf(true, 0x10_0000, new byte[64], 0), "without a PVH note" },
        { "ELF for ARM", With(TestImages.Elf(true, 0x10_0000, new byte[64], 0), 18, 0xb7), "no executable for i386" },
        { "truncated ELF", TestImages.Elf(false, 0x10_0000, TestImages.Multiboot(), 0)[..0x280], "truncated" },
        { "ELF header alone", TestImages.Elf(true, 0x10_0000, new byte[64], 0)[..50], "truncated ELF" },
        { "ELF in the VGA window", TestImages.Elf(false, 0xa_0000, TestImages.Multiboot(), 0), "where a PC has no RAM" },
        { "ELF above RAM", TestImages.Elf(false, 0x4000_0000, TestImages.Multiboot(), 0), "needs memory up to" },
        { "ELF with huge BSS", TestImages.Elf(false, 0x10_0000, TestImages.Multiboot(), 0x7000_0000), "give more by -m" },
        { "Multiboot with unknown flag", TestImages.Elf(false, 0x10_0000, TestImages.Multiboot(0x8003), 0), "flags 0x8000" },
        { "Multiboot without addresses", TestImages.Multiboot(), "header flag 16" },
        { "Multiboot with short file", TestImages.Multiboot(0x10000, 0x10_0000, 0x10_0000, 0x20_0000, 0, 0x10_0000), "truncated" },
        { "Multiboot with bad load address", TestImages.Multiboot(0x10000, 0x10_0000, 0x20_0000, 0, 0, 0x10_0000), "does not fit" },
        { "Multiboot with early BSS", TestImages.Multiboot(0x10000, 0x10_0000, 0x10_0000, 0x10_0080, 0x10_0010, 0x10_0000), "before its data" },
    };

    [Theory]
    [MemberData(nameof(Images))]
    public void Image_ThatCannotBoot_IsOneLine(string name, byte[] image, string expected)
    {
        var (ram, memory, layout) = TestImages.Memory(32 << 20);
        using (ram)
        {
            var error = Assert.Throws<BootException>(() => KernelLoader.Load(new BootRequest(layout, name, image), memory));
            Assert.StartsWith($"-kernel {name}: ", error.Message, StringComparison.Ordinal);
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Linux_MoreThanRam_SaysHowMuch() => AssertError(TestImages.Linux(initSize: 60 << 20), null, "the kernel needs 61 MiB", "-kernel");

    [Fact]
    public void Linux_CommandLineTooLong_NamesAppend() => AssertError(TestImages.Linux(), null, "longer than the 2047", "-append", new string('x', 2048));

    [Fact]
    public void Initrd_LargerThanRam_NamesInitrd()
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, new byte[40 << 20]);

        AssertError(TestImages.Linux(), path, "do not fit", "-initrd");
        AssertError(TestImages.Elf(false, 0x10_0000, TestImages.Multiboot(), 0), path, "do not fit", "-initrd");
        AssertError(TestImages.Elf(true, 0x10_0000, new byte[64], 0, TestImages.PvhNote(0x10_0000)), path, "do not fit", "-initrd");
        File.Delete(path);
    }

    [Fact]
    public void Initrd_Missing_NamesInitrd()
    {
        var (ram, memory, layout) = TestImages.Memory(32 << 20);
        using (ram)
        {
            var request = new BootRequest(layout, "k", TestImages.Linux()) { InitrdPath = "/nonexistent" };
            Assert.Contains("-initrd /nonexistent: no such file", Assert.ThrowsAny<Emulator.Host.Cli.UserErrorException>(
                () => KernelLoader.Load(request, memory)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>A mutated image loads or is refused in one line; no loader throws anything else, hangs, or writes outside RAM.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Images_Mutated_LoadOrAreRefused(int seed)
    {
        var random = new Random(seed);
        var (ram, memory, layout) = TestImages.Memory(32 << 20);
        using var _ = ram;
        byte[][] originals =
        [
            TestImages.Linux(), TestImages.Elf(false, 0x10_0000, TestImages.Multiboot(), 64),
            TestImages.Elf(true, 0x10_0000, TestImages.Multiboot(7), 64),
            TestImages.Elf(true, 0x10_0000, new byte[64], 64, TestImages.PvhNote(0x10_0000)),
            TestImages.Multiboot(0x10000, 0x10_0000, 0x10_0000, 0, 0x10_0200, 0x10_0000),
        ];
        for (var round = 0; round < 400; round++)
        {
            var image = Mutate(random, originals[round % originals.Length]);
            try
            {
                KernelLoader.Load(new BootRequest(layout, "fuzz", image) { CommandLine = "x" }, memory);
            }
            catch (BootException)
            {
                continue;
            }
        }

        Assert.Equal(0, memory.UnclaimedAccesses);
    }

    private static byte[] Mutate(Random random, byte[] original)
    {
        var image = random.Next(4) == 0 ? original[..random.Next(original.Length)] : (byte[])original.Clone();
        var headers = Math.Min(image.Length, 0x300);
        for (var i = random.Next(1, 6); i > 0 && headers > 4; i--)
        {
            var at = random.Next(headers - 4);
            switch (random.Next(3))
            {
                case 0:
                    image[at] = (byte)random.Next(256);
                    break;
                case 1:
                    TestImages.Put32(image, at, uint.MaxValue >> random.Next(32));
                    break;
                default:
                    TestImages.Put32(image, at & ~3, (uint)random.NextInt64(1L << 32));
                    break;
            }
        }

        return image;
    }

    private static byte[] With(byte[] image, int offset, byte value)
    {
        image[offset] = value;
        return image;
    }

    private static void AssertError(byte[] image, string? initrd, string expected, string option, string append = "")
    {
        var (ram, memory, layout) = TestImages.Memory(32 << 20);
        using (ram)
        {
            var request = new BootRequest(layout, "k", image) { InitrdPath = initrd, CommandLine = append };
            var message = Assert.Throws<BootException>(() => KernelLoader.Load(request, memory)).Message;
            Assert.StartsWith(option, message, StringComparison.Ordinal);
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }
    }
}
