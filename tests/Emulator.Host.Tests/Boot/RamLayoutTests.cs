using Emulator.Host.Boot;

namespace Emulator.Host.Tests.Boot;

public sealed class RamLayoutTests
{
    [Theory]
    [InlineData(1L << 20, 1L << 20, 0)]
    [InlineData(512L << 20, 512L << 20, 0)]
    [InlineData(3583L << 20, 3583L << 20, 0)]
    [InlineData(3584L << 20, 3072L << 20, 512L << 20)]
    [InlineData(6L << 30, 3L << 30, 3L << 30)]
    public void Ram_OfAnySize_SplitsAsQemuDoes(long size, long below, long above)
    {
        var layout = new RamLayout(size);

        Assert.Equal((below, above), ((long)layout.Below4G, (long)layout.SizeAbove4G));
    }

    [Theory]
    [InlineData(1L << 20)]
    [InlineData(128L << 20)]
    [InlineData(6L << 30)]
    public void E820_OfAnySize_AscendsWithoutOverlap(long size)
    {
        var map = new RamLayout(size).E820;

        Assert.All(map.Zip(map.Skip(1)), pair => Assert.True(pair.First.End <= pair.Second.Start));
        Assert.Equal(size - (1 << 20), map.Where(range => range.Type == E820Type.Usable && range.Start >= 0x10_0000).Sum(range => (long)range.Length));
    }

    [Theory]
    [InlineData(0x10_0000ul, 0x1000ul, true)]
    [InlineData(0x9_f000ul, 0x1000ul, false)]
    [InlineData(0xfff_ffff_ffff_f000ul, 0x2000ul, false)]
    [InlineData(0ul, ulong.MaxValue, false)]
    [InlineData(0x7ff_fffful, 1ul, true)]
    [InlineData(0x800_0000ul, 1ul, false)]
    public void IsUsable_Range_IsRamAlone(ulong start, ulong length, bool expected)
        => Assert.Equal(expected, new RamLayout(128 << 20).IsUsable(start, length));
}
