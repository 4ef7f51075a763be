using System.Text;
using Emulator.Core.Memory;
using Emulator.Host.Boot;

namespace Emulator.Host.Tests.Boot;

public sealed class KernelLoaderTests : IDisposable
{
    private readonly GuestRam _ram;
    private readonly MemoryMap _memory;
    private readonly RamLayout _layout;
    private readonly List<string> _files = [];

    public KernelLoaderTests() => (_ram, _memory, _layout) = TestImages.Memory(128 << 20);

    public void Dispose()
    {
        _ram.Dispose();
        _files.ForEach(File.Delete);
    }

    [Fact]
    public void Linux_With64BitEntry_EntersLongModeAtPreferredAddress()
    {
        var state = Load(TestImages.Linux(), append: "console=ttyS0");

        Assert.Equal(BootMode.Long64, state.Mode);
        Assert.Equal(0x100_0200ul, state.EntryPoint);
        Assert.Equal(TestImages.Linux()[0x600..0x610], Bytes(0x100_0000, 16));
        Assert.Equal("console=ttyS0", Text(_memory.Read<uint>(state.Rsi + 0x228)));
        Assert.Equal(0x53726448u, _memory.Read<uint>(state.Rsi + 0x202));
        Assert.Equal(0xff, _memory.Read<byte>(state.Rsi + 0x210));
        Assert.Equal(0xf0000ul, _memory.Read<ulong>(state.Rsi + 0x70));
        Assert.Equal(0, _memory.Read<byte>(state.Rsi + 0x1ef));
        AssertIdentityPaging(state.Cr3, 0xdead_b000);
        Assert.Equal(0x00af_9b00_0000_fffful, _memory.Read<ulong>(state.GdtBase + state.CodeSelector));
    }

    [Theory]
    [InlineData(0x08, 0xcf)]
    [InlineData(0x10, 0x55)]
    [InlineData(0x12, 0x1e)]
    [InlineData(0x13, 0x55)]
    [InlineData(0x15, 0x55)]
    [InlineData(0xff, 0xcf)]
    public void Kernel_Loaded_FindsAHandlerAtEveryRealModeVector(int vector, byte opcode)
    {
        _ = Load(TestImages.Linux());

        var entry = _memory.Read<uint>((ulong)(vector * 4));
        Assert.Equal(0xf000u, entry >> 16);
        Assert.Equal(opcode, _memory.Read<byte>(((entry >> 16) << 4) + (entry & 0xffff)));
    }

    [Fact]
    public void Linux_OnA32BitProcessor_EntersProtectedMode()
    {
        var state = Load(TestImages.Linux(), longMode: false);

        Assert.Equal((BootMode.Protected32, 0x100_0000ul), (state.Mode, state.EntryPoint));
        Assert.Equal(0x00cf_9b00_0000_fffful, _memory.Read<ulong>(state.GdtBase + state.CodeSelector));
    }

    [Theory]
    [InlineData(0x200)]
    [InlineData(0x203)]
    [InlineData(0x206)]
    public void Linux_OldProtocol_LoadsAtOneMegabyte(int version)
    {
        var state = Load(TestImages.Linux((ushort)version, relocatable: false));

        Assert.Equal((BootMode.Protected32, 0x10_0000ul), (state.Mode, state.EntryPoint));
        Assert.Equal(0ul, _memory.Read<ulong>(state.Rsi + 0x70));
    }

    [Fact]
    public void Linux_Initrd_LiesAsHighAsAllowed()
    {
        var state = Load(TestImages.Linux(), initrd: TempFile(new byte[5000]));

        Assert.Equal((uint)_layout.UsableEnd - 0x2000, _memory.Read<uint>(state.Rsi + 0x218));
        Assert.Equal(5000u, _memory.Read<uint>(state.Rsi + 0x21c));
    }

    [Fact]
    public void Linux_MemoryMap_IsTheLayouts()
    {
        var state = Load(TestImages.Linux());

        Assert.Equal(_layout.E820.Length, _memory.Read<byte>(state.Rsi + 0x1e8));
        Assert.Equal((0ul, 0x9fc00ul, 1u), (
            _memory.Read<ulong>(state.Rsi + 0x2d0), _memory.Read<ulong>(state.Rsi + 0x2d8), _memory.Read<uint>(state.Rsi + 0x2e0)));
    }

    [Fact]
    public void Pvh_Elf64_StartsWithStartInfo()
    {
        var content = Enumerable.Range(0, 300).Select(i => (byte)i).ToArray();
        Poison(0x10_0000, 0x400);
        var state = Load(TestImages.Elf(true, 0x10_0000, content, 100, TestImages.PvhNote(0x10_0040)), append: "abc", initrd: TempFile([1, 2, 3]));

        Assert.Equal((BootMode.Protected32, 0x10_0040ul), (state.Mode, state.EntryPoint));
        Assert.Equal(content, Bytes(0x10_0000, 300));
        Assert.Equal(new byte[100], Bytes(0x10_012c, 100));
        Assert.Equal(0x336e_c578u, _memory.Read<uint>(state.Rbx));
        Assert.Equal(1u, _memory.Read<uint>(state.Rbx + 12));
        Assert.Equal("abc", Text(_memory.Read<uint>(state.Rbx + 24)));
        Assert.Equal(0xf0000ul, _memory.Read<ulong>(state.Rbx + 32));
        var modules = _memory.Read<ulong>(state.Rbx + 16);
        Assert.Equal([1, 2, 3], Bytes(_memory.Read<ulong>(modules), 3));
        Assert.Equal((uint)_layout.E820.Length, _memory.Read<uint>(state.Rbx + 48));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Multiboot_Elf_LoadsSegmentsAndZeroesBss(bool is64)
    {
        Poison(0x20_0000, 0x400);
        var content = TestImages.Multiboot();
        var state = Load(TestImages.Elf(is64, 0x20_0000, content, 64, entry: 0x20_0010), path: "dir/my.elf", append: "a b");

        Assert.Equal((BootMode.Protected32, 0x20_0010ul, 0x2bad_b002ul), (state.Mode, state.EntryPoint, state.Rax));
        Assert.Equal(content, Bytes(0x20_0000, 256));
        Assert.Equal(new byte[64], Bytes(0x20_0100, 64));
        Assert.Equal(0x245u, _memory.Read<uint>(state.Rbx) & 0x245);
        Assert.Equal(639u, _memory.Read<uint>(state.Rbx + 4));
        Assert.Equal(127u * 1024, _memory.Read<uint>(state.Rbx + 8));
        Assert.Equal("dir/my.elf a b", Text(_memory.Read<uint>(state.Rbx + 16)));
        Assert.StartsWith("emulator", Text(_memory.Read<uint>(state.Rbx + 64)), StringComparison.Ordinal);
    }

    [Fact]
    public void Multiboot_AddressFields_ReplaceProgramHeaders()
    {
        var header = TestImages.Multiboot(0x10003, 0x10_0000, 0x10_0000, 0x10_0080, 0x10_0200, 0x10_0044);
        Poison(0x10_0000, 0x400);
        var state = Load([.. new byte[16], .. header]);

        Assert.Equal(0x10_0044ul, state.EntryPoint);
        Assert.Equal(header[..0x80], Bytes(0x10_0000, 0x80));
        Assert.Equal(new byte[0x180], Bytes(0x10_0080, 0x180));
        Assert.Equal(0xcc, _memory.Read<byte>(0x10_0200));
    }

    [Fact]
    public void Multiboot_AddressFieldsZeroEnds_LoadWholeFile()
    {
        var header = TestImages.Multiboot(0x10000, 0x10_0000, 0x10_0000, 0, 0, 0x10_0000);
        Load(header);

        Assert.Equal(header, Bytes(0x10_0000, header.Length));
    }

    [Fact]
    public void Multiboot_Modules_HaveTheirTexts()
    {
        var first = TempFile([1, 2, 3, 4]);
        var second = TempFile([5, 6]);
        var state = Load(TestImages.Elf(false, 0x10_0000, TestImages.Multiboot(), 0), initrd: $"{first} x=1 y,,z,{second}");

        var list = _memory.Read<uint>(state.Rbx + 24);
        Assert.Equal(2u, _memory.Read<uint>(state.Rbx + 20));
        Assert.Equal([1, 2, 3, 4], Bytes(_memory.Read<uint>(list), 4));
        Assert.Equal(_memory.Read<uint>(list) + 4, _memory.Read<uint>(list + 4));
        Assert.Equal($"{first} x=1 y,z", Text(_memory.Read<uint>(list + 8)));
        Assert.Equal([5, 6], Bytes(_memory.Read<uint>(list + 16), 2));
        Assert.Equal(second, Text(_memory.Read<uint>(list + 24)));
        Assert.Equal(0u, _memory.Read<uint>(list) & 0xfff);
    }

    [Fact]
    public void Multiboot_KernelFillsLowMemory_InfoBlockStandsClear()
    {
        var content = new byte[0x9e000];
        TestImages.Multiboot().CopyTo(content, 0);
        var state = Load(TestImages.Elf(false, 0x1000, content, 0x400));

        Assert.True(state.Rbx >= 0x10_0000);
        Assert.Equal(content[^64..], Bytes(0x1000 + 0x9e000 - 64, 64));
        Assert.True(state.GdtBase >= 0x10_0000);
    }

    [Fact]
    public void Multiboot_MemoryMap_HasSizesBeforeEntries()
    {
        var state = Load(TestImages.Elf(false, 0x10_0000, TestImages.Multiboot(), 0));

        var map = _memory.Read<uint>(state.Rbx + 48);
        Assert.Equal((uint)_layout.E820.Length * 24, _memory.Read<uint>(state.Rbx + 44));
        Assert.Equal((20u, 0ul, 0x9fc00ul, 1u), (
            _memory.Read<uint>(map), _memory.Read<ulong>(map + 4), _memory.Read<ulong>(map + 12), _memory.Read<uint>(map + 20)));
    }

    [Fact]
    public void BiosDataArea_BeforeAnyKernel_TellsPorts()
    {
        Load(TestImages.Linux());

        Assert.Equal((0x3f8, 639, 0x9fc0), (_memory.Read<ushort>(0x400), _memory.Read<ushort>(0x413), _memory.Read<ushort>(0x40e)));
    }

    private BootState Load(byte[] image, string append = "", string? initrd = null, bool longMode = true, string path = "kernel")
        => KernelLoader.Load(
            new BootRequest(_layout, path, image) { CommandLine = append, InitrdPath = initrd, RsdpAddress = 0xf0000, LongModeCapable = longMode }, _memory);

    private void AssertIdentityPaging(ulong cr3, ulong linear)
    {
        const ulong Frame = 0x000f_ffff_ffff_f000;
        var pdpt = _memory.Read<ulong>(cr3 + (((linear >> 39) & 511) * 8)) & Frame;
        var directory = _memory.Read<ulong>(pdpt + (((linear >> 30) & 511) * 8)) & Frame;
        var entry = _memory.Read<ulong>(directory + (((linear >> 21) & 511) * 8));
        Assert.Equal(linear & ~0x1f_fffful, entry & Frame & ~0x1f_fffful);
        Assert.Equal(0x83ul, entry & 0xfff);
    }

    private void Poison(ulong address, int length)
    {
        var bytes = new byte[length + 256];
        Array.Fill(bytes, (byte)0xcc);
        _memory.Write(address, bytes);
    }

    private byte[] Bytes(ulong address, int count)
    {
        var bytes = new byte[count];
        _memory.Read(address, bytes);
        return bytes;
    }

    private string Text(ulong address)
    {
        var bytes = Bytes(address, 512);
        return Encoding.UTF8.GetString(bytes, 0, Array.IndexOf(bytes, (byte)0));
    }

    private string TempFile(byte[] content)
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, content);
        _files.Add(path);
        return path;
    }
}
