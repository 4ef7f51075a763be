using Emulator.Core.Bus;
using Emulator.Core.Memory;

namespace Emulator.Core.Tests.Memory;

/// <summary>Accesses at the last physical addresses, and across them: a device may name any of 64 bits.</summary>
public sealed class MemoryMapEndTests : IMmioHandler, IDisposable
{
    private const ulong Top = 0xffff_ffff_ffff_f000;
    private readonly GuestRam _ram = new(0x4000);
    private readonly MemoryMap _memory;
    private readonly List<(ulong Offset, int Size, ulong Value)> _writes = [];

    public MemoryMapEndTests()
    {
        _memory = new MemoryMap(_ram);
        _memory.MapRam("ram", 0, 0, 0x4000);
    }

    [Theory]
    [InlineData(ulong.MaxValue, 1)]
    [InlineData(ulong.MaxValue, 2)]
    [InlineData(ulong.MaxValue - 2, 8)]
    [InlineData(ulong.MaxValue - 100, 300)]
    public void Bytes_AcrossTheLastAddress_GoOnAtTheFirst(ulong address, int length)
    {
        var source = Enumerable.Range(1, length).Select(i => (byte)i).ToArray();
        var above = (int)Math.Min(0 - address, (ulong)length);
        _memory.Write(address, source);
        var read = new byte[length];
        _memory.Read(address, read);
        Assert.All(read[..above], value => Assert.Equal(0xff, value));
        Assert.Equal(source[above..], read[above..]);
        var first = new byte[length - above];
        _memory.Read(0, first);
        Assert.Equal(source[above..], first);
    }

    [Fact]
    public void Value_AtTheLastAddress_ReadsAsOnes()
    {
        Assert.Equal(0xff, _memory.Read<byte>(ulong.MaxValue));
        _memory.Write<ushort>(ulong.MaxValue, 0x1234);
        Assert.Equal(0x12ff, _memory.Read<ushort>(ulong.MaxValue));
    }

    [Fact]
    public void Window_ThatEndsAtTheLastAddress_Answers()
    {
        var window = _memory.MapMmio("top", Top, 0x1000, this);
        Assert.Same(window, _memory.Find(ulong.MaxValue, out var remaining));
        Assert.Equal(1ul, remaining);
        _memory.Write(ulong.MaxValue - 7, 0x1122_3344_5566_7788ul);
        Assert.Equal([(0xff8ul, 8, 0x1122_3344_5566_7788ul)], _writes);
        Assert.Equal(0xff8ul, _memory.Read<ulong>(ulong.MaxValue - 7));
        Assert.Throws<InvalidOperationException>(() => _memory.MapMmio("other", Top + 0x800, 0x100, this));
    }

    [Fact]
    public void Window_MovedToTheLastAddressesAndBack_AnswersWhereItIs()
    {
        var window = _memory.MapMmio("moving", 0x10000, 0x1000, this);
        _memory.Update(window, Top, enabled: true);
        Assert.Null(_memory.Find(0x10000, out _));
        Assert.Equal(0x10ul, _memory.Read<uint>(Top + 0x10));
        _memory.Update(window, 0x10000, enabled: true);
        Assert.Null(_memory.Find(ulong.MaxValue, out var remaining));
        Assert.Equal(1ul, remaining);
        Assert.Equal(0x20ul, _memory.Read<uint>(0x10020));
    }

    ulong IMmioHandler.ReadMmio(ulong offset, int size) => offset;

    void IMmioHandler.WriteMmio(ulong offset, int size, ulong value) => _writes.Add((offset, size, value));

    public void Dispose() => _ram.Dispose();
}
