namespace Emulator.Devices.Tests.Pci;

public sealed class PciRomTests : IDisposable
{
    private const int Test = 3 << 3;
    private const int RomRegister = 0x30;
    private readonly MachineRig _rig = new();

    public PciRomTests() => _rig.PciTest.AddRom([.. Enumerable.Range(0, 0x1800).Select(i => (byte)i)]);

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Register_WrittenWithOnes_ShowsTheSizeAndTheEnableBit()
    {
        _rig.WritePci(Test, RomRegister, 4, 0xffffffff);
        Assert.Equal(0xffffe001, _rig.ReadPci(Test, RomRegister));
    }

    [Fact]
    public void Rom_EnabledTwice_IsReadAndNotWritten()
    {
        _rig.WritePci(Test, RomRegister, 4, 0xe0000001);
        Assert.Equal(0xff, _rig.Memory.Read<byte>(0xe0000001));
        _rig.WritePci(Test, 4, 2, 2);
        Assert.Equal(0x01, _rig.Memory.Read<byte>(0xe0000001));
        _rig.Memory.Write(0xe0000001, (byte)0x55);
        Assert.Equal(0x01, _rig.Memory.Read<byte>(0xe0000001));
        Assert.Equal(0xff, _rig.Memory.Read<byte>(0xe0001800));
        _rig.WritePci(Test, RomRegister, 4, 0xe0000000);
        Assert.Equal(0xff, _rig.Memory.Read<byte>(0xe0000001));
    }

    [Theory]
    [InlineData(0)]
    [InlineData((16 << 20) + 1)]
    public void Rom_OfNoSize_IsRefused(int length)
        => Assert.Throws<ArgumentException>(() => new Devices.Debug.PciTestDevice(_rig.Legacy.Pci, 5 << 3).AddRom(new byte[length]));
}
