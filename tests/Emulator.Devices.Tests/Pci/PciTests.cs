using Emulator.Devices.Firmware;

namespace Emulator.Devices.Tests.Pci;

public sealed class PciTests : IDisposable
{
    private const int Test = 3 << 3;
    private readonly MachineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void ConfigAddress_WrittenAsADoubleWord_ReadsBack()
    {
        _rig.Out32(0xcf8, 0xffffffff);
        Assert.Equal(0x80fffffc, _rig.In32(0xcf8));
        _rig.Out(0xcfb, 0x01);
        _rig.Out16(0xcf8, 0);
        Assert.Equal(0x80fffffc, _rig.In32(0xcf8));
        Assert.Equal(0xffffffff, _rig.In32(0xcfc));
    }

    [Theory]
    [InlineData(0, 0x12378086u, 0x06000002u)]
    [InlineData(8, 0x70008086u, 0x06010000u)]
    [InlineData(Test, 0x00051b36u, 0x00ff0000u)]
    [InlineData(4 << 3, 0xffffffffu, 0xffffffffu)]
    public void Identity_OfAFunction_IsItsOwn(int devfn, uint id, uint revisionAndClass)
    {
        Assert.Equal(id, _rig.ReadPci(devfn, 0));
        Assert.Equal(revisionAndClass, _rig.ReadPci(devfn, 8));
        Assert.Equal(id >> 16, _rig.ReadPci(devfn, 2, 2));
        Assert.Equal((id >> 8) & 0xff, _rig.ReadPci(devfn, 1, 1));
    }

    [Fact]
    public void OtherBuses_AndADisabledMechanism_ReadAllOnes()
    {
        _rig.Out32(0xcf8, 0x80010000);
        Assert.Equal(0xffffffff, _rig.In32(0xcfc));
        _rig.Out32(0xcf8, 0x00000000);
        Assert.Equal(0xffffffff, _rig.In32(0xcfc));
    }

    [Fact]
    public void Bars_WrittenWithOnes_ShowTheirSizes()
    {
        _rig.WritePci(Test, 0x10, 4, 0xffffffff);
        _rig.WritePci(Test, 0x14, 4, 0xffffffff);
        _rig.WritePci(Test, 0x18, 4, 0xffffffff);
        Assert.Equal(0xfffff000, _rig.ReadPci(Test, 0x10));
        Assert.Equal(0xffffff01, _rig.ReadPci(Test, 0x14));
        Assert.Equal(0u, _rig.ReadPci(Test, 0x18));
        _rig.WritePci(Test, 0, 4, 0);
        Assert.Equal(0x00051b36u, _rig.ReadPci(Test, 0));
    }

    [Fact]
    public void Bars_Enabled_AreDecodedAndMove()
    {
        _rig.WritePci(Test, 0x10, 4, 0xe0000000);
        _rig.WritePci(Test, 0x14, 4, 0xc000);
        _rig.Memory.Write(0xe0000000, (byte)0);
        Assert.Equal(0xff, _rig.Memory.Read<byte>(0xe0000001));
        _rig.WritePci(Test, 4, 2, 3);
        _rig.Memory.Write(0xe0000000, (byte)0);
        Assert.Equal(1, _rig.Memory.Read<byte>(0xe0000001));
        Assert.Equal(1, _rig.In(0xc001));
        _rig.WritePci(Test, 0x14, 4, 0xd000);
        Assert.Equal(0xff, _rig.In(0xc001));
        Assert.Equal(1, _rig.In(0xd001));
        _rig.WritePci(Test, 4, 2, 0);
        Assert.Equal(0xff, _rig.In(0xd001));
        Assert.Equal(0xff, _rig.Memory.Read<byte>(0xe0000001));
    }

    [Fact]
    public void Bars_OverFixedPortsOrRam_AreNotSeen()
    {
        _rig.WritePci(Test, 0x10, 4, 0x00100000);
        _rig.WritePci(Test, 0x14, 4, 0x0300);
        _rig.WritePci(Test, 4, 2, 3);
        _rig.Memory.Write(0x100000, 0x12345678u);
        Assert.Equal(0x12345678u, _rig.Memory.Read<uint>(0x100000));
        Assert.Equal(0x60, _rig.In(0x3fd));
        Assert.Null(_rig.PciTest.Bars[1].MappedAt);
    }

    [Fact]
    public void Pirq_Routed_DrivesItsLineWithTheOthersOfThatLine()
    {
        _rig.Legacy.IsaBridge.SetPirq(0, true);
        _rig.WritePci(8, 0x60, 4, 0x80800b0b);
        Assert.True(_rig.Legacy.Router.Level(11));
        _rig.Legacy.IsaBridge.SetPirq(1, true);
        _rig.Legacy.IsaBridge.SetPirq(0, false);
        Assert.True(_rig.Legacy.Router.Level(11));
        _rig.WritePci(8, 0x61, 1, 0x8b);
        Assert.False(_rig.Legacy.Router.Level(11));
        _rig.WritePci(8, 0x61, 1, 0x0a);
        Assert.True(_rig.Legacy.Router.Level(10));
        _rig.WritePci(8, 0x61, 1, 0x02);
        Assert.False(_rig.Legacy.Router.Level(10));
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(2, 0, 1)]
    [InlineData(3, 3, 1)]
    [InlineData(0, 0, 3)]
    public void PirqOf_ASlotsPin_IsTheBoards(int slot, int pin, int pirq) => Assert.Equal(pirq, PcPlatform.PirqOf(slot, pin));

    [Fact]
    public void Pam_InEachSetting_SwitchesRomAndRamForReadsAndWrites()
    {
        _rig.Legacy.HostBridge.LoadRom(0xf0000, [0xaa]);
        Assert.Equal(0xaa, _rig.Memory.Read<byte>(0xf0000));
        _rig.Memory.Write(0xf0000, (byte)0x11);
        Assert.Equal(0xaa, _rig.Memory.Read<byte>(0xf0000));

        _rig.WritePci(0, 0x59, 1, 0x20);
        _rig.Memory.Write(0xf0000, (byte)0x22);
        Assert.Equal(0xaa, _rig.Memory.Read<byte>(0xf0000));

        _rig.WritePci(0, 0x59, 1, 0x10);
        Assert.Equal(0x22, _rig.Memory.Read<byte>(0xf0000));
        _rig.Memory.Write(0xf0000, (byte)0x33);
        Assert.Equal(0x22, _rig.Memory.Read<byte>(0xf0000));

        _rig.WritePci(0, 0x59, 1, 0x30);
        _rig.Memory.Write(0xf0000, (byte)0x44);
        Assert.Equal(0x44, _rig.Memory.Read<byte>(0xf0000));
        _rig.WritePci(0, 0x59, 1, 0x00);
        Assert.Equal(0xaa, _rig.Memory.Read<byte>(0xf0000));
    }

    [Theory]
    [InlineData(0x5a, 0x03, 0xc0000)]
    [InlineData(0x5a, 0x30, 0xc4000)]
    [InlineData(0x5c, 0x30, 0xd4000)]
    [InlineData(0x5e, 0x03, 0xe0000)]
    [InlineData(0x5f, 0x30, 0xec000)]
    public void Pam_Nibble_GovernsItsSegmentAlone(int register, int value, int address)
    {
        _rig.WritePci(0, register, 1, (uint)value);
        for (var segment = 0xc0000; segment < 0xf0000; segment += 0x4000)
        {
            _rig.Memory.Write((ulong)segment + 0x3ffc, 0x5a5a5a5au);
            Assert.Equal(segment == address ? 0x5a5a5a5a : 0xffffffff, _rig.Memory.Read<uint>((ulong)segment + 0x3ffc));
        }
    }

    [Fact]
    public void Smram_Open_ShowsRamUntilItIsLocked()
    {
        _rig.Memory.Write(0xb8000, (ushort)0x0741);
        _rig.WritePci(0, 0x72, 1, 0x4a);
        Assert.Equal(0, _rig.Memory.Read<ushort>(0xb8000));
        _rig.Memory.Write(0xb8000, (ushort)0x1234);
        _rig.WritePci(0, 0x72, 1, 0x0a);
        Assert.Equal(0x0741, _rig.Memory.Read<ushort>(0xb8000));
        _rig.WritePci(0, 0x72, 1, 0x1a);
        _rig.WritePci(0, 0x72, 1, 0x4a);
        Assert.Equal(0x1au, _rig.ReadPci(0, 0x72, 1));
        Assert.Equal(0x0741, _rig.Memory.Read<ushort>(0xb8000));
    }

    [Fact]
    public void SystemRom_OfAnySize_EndsAt4GAndBelow1M()
    {
        var image = new byte[0x40000];
        image[^16] = 0xea;
        image[^0x20000] = 0x55;
        var rom = new SystemRom(_rig.Memory, _rig.Legacy.HostBridge, image);
        Assert.Equal(0xfffc0000, rom.Region.Start);
        Assert.Equal(0xea, _rig.Memory.Read<byte>(0xfffffff0));
        Assert.Equal(0xea, _rig.Memory.Read<byte>(0xffff0));
        Assert.Equal(0x55, _rig.Memory.Read<byte>(0xe0000));
    }
}
