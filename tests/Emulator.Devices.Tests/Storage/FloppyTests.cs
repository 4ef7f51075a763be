using Emulator.Devices.Storage.Floppy;

namespace Emulator.Devices.Tests.Storage;

/// <summary>The floppy controller with the 8237A's channel 2 (82078 data sheet, 5): every density read, written and formatted.</summary>
public sealed class FloppyTests
{
    private const int ReadCommand = 0xa6;
    private const int WriteCommand = 0x85;
    private const int FromDiskette = 0x46;
    private const int ToDiskette = 0x4a;

    public static TheoryData<int> Densities => [160, 180, 320, 360, 640, 720, 800, 1200, 1440, 1600, 1680, 1722, 2880];

    [Theory]
    [MemberData(nameof(Densities))]
    public void Cylinder_ReadByDma_IsThatOfTheImage(int kilobytes)
    {
        using var rig = new MachineRig(floppyKilobytes: kilobytes);
        var (host, geometry) = Start(rig);
        var track = geometry.Tracks - 1;
        var length = geometry.Heads * geometry.Sectors * 512;
        host.Seek(track);
        host.Dma(FromDiskette, length);
        Assert.Equal(0, host.Move(ReadCommand, track, 0, 1, geometry.Sectors)[0] & 0xc0);
        Assert.Equal(rig.Storage.Diskette.Contents.AsSpan(track * length, length).ToArray(), host.Memory(length));
    }

    [Theory]
    [MemberData(nameof(Densities))]
    public void Sectors_WrittenByDma_ReachTheImage(int kilobytes)
    {
        using var rig = new MachineRig(floppyKilobytes: kilobytes);
        var (host, geometry) = Start(rig);
        var head = geometry.Heads - 1;
        var data = new byte[3 * 512];
        new Random(kilobytes).NextBytes(data);
        rig.Memory.Write(FloppyHost.Buffer, data);
        host.Seek(7, head);
        host.Dma(ToDiskette, data.Length);
        Assert.Equal([head << 2, 0, 0, 7, head, 5, 2], host.Move(WriteCommand & 0x7f, 7, head, 2, geometry.Sectors));
        Assert.Equal(data, rig.Storage.Diskette.Sectors(geometry.Sector(7, head, 2), 3));
    }

    [Theory]
    [MemberData(nameof(Densities))]
    public void Track_Formatted_HoldsTheFillerAndNoOtherChanges(int kilobytes)
    {
        using var rig = new MachineRig(floppyKilobytes: kilobytes);
        var (host, geometry) = Start(rig);
        var expected = (byte[])rig.Storage.Diskette.Contents.Clone();
        expected.AsSpan((int)geometry.Sector(3, 0, 1) * 512, geometry.Sectors * 512).Fill(0xf6);
        for (var i = 0; i < geometry.Sectors; i++)
        {
            rig.Memory.Write((ulong)(FloppyHost.Buffer + (4 * i)), (byte[])[3, 0, (byte)(i + 1), 2]);
        }

        host.Seek(3);
        host.Dma(ToDiskette, geometry.Sectors * 4);
        Assert.Equal(0, host.Ask(7, 0x4d, 0, 2, geometry.Sectors, 0x50, 0xf6)[0]);
        Assert.Equal(expected, rig.Storage.Diskette.Contents);
    }

    [Fact]
    public void Seek_AndRecalibrate_TellWhereTheHeadsStand()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        host.Command(0x0f, 0, 40);
        Assert.Equal(0x81, host.Status);
        host.Wait();
        Assert.Equal([0x20, 40], host.Ask(2, 0x08));
        Assert.Equal(40, rig.Storage.Drive.Track);
        Assert.Equal([0x28], host.Ask(1, 0x04, 0));
        host.Command(0x07, 0);
        host.Wait();
        Assert.Equal([0x20, 0], host.Ask(2, 0x08));
        Assert.Equal([0x38], host.Ask(1, 0x04, 0));
        Assert.Equal([0x80], host.Ask(1, 0x08));
    }

    [Fact]
    public void Recalibrate_OfADriveThatIsNotThere_EndsAbnormally()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        host.Command(0x07, 1);
        host.Wait();
        Assert.Equal([0x71, 0], host.Ask(2, 0x08));
    }

    [Fact]
    public void Read_ByteByByte_GivesTheSectors()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        host.Command(0x03, 0xdf, 0x03);
        host.Command(0x46, 0, 0, 0, 17, 2, 18, 0x1b, 0xff);
        var data = new List<byte>();
        while ((host.Status & 0x20) != 0)
        {
            Assert.Equal(0xf0, host.Status & 0xf0);
            data.Add(rig.In(0x3f5));
        }

        Assert.Equal(rig.Storage.Diskette.Sectors(16, 2), data);
        Assert.Equal([0x40, 0x80, 0, 1, 0, 1, 2], host.Result(7));
    }

    [Fact]
    public void Write_ByteByByte_ReachesTheImage()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        var data = rig.Storage.Diskette.Sectors(100, 1);
        host.Command(0x03, 0xdf, 0x03);
        host.Command(0x45, 0, 0, 0, 18, 2, 18, 0x1b, 0xff);
        foreach (var value in data)
        {
            Assert.Equal(0xb0, host.Status & 0xf0);
            rig.Out(0x3f5, value);
        }

        rig.Scheduler.RunDue();
        host.Result(7);
        Assert.Equal(data, rig.Storage.Diskette.Sectors(17, 1));
    }

    [Fact]
    public void Transfer_OverTheEndOfTheTrackWithoutTerminalCount_EndsAtTheCylinder()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        host.Dma(FromDiskette, 0x4000);
        Assert.Equal([0x40, 0x80, 0, 1, 0, 1, 2], host.Move(0x06, 0, 0, 18, 18));
    }

    [Theory]
    [InlineData(0x46, 0, 0, 19, 18, 0x04, 0x00)]
    [InlineData(0x46, 5, 0, 1, 18, 0x04, 0x10)]
    [InlineData(0x06, 0, 0, 1, 18, 0x01, 0x00)]
    public void Sector_ThatIsNotThere_IsNotFound(int command, int track, int head, int sector, int last, int status1, int status2)
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        host.Dma(FromDiskette, 512);
        Assert.Equal([0x40, status1, status2], host.Ask(7, command, head << 2, track, head, sector, 2, last, 0x1b, 0xff)[..3]);
    }

    [Fact]
    public void Diskette_AtTheWrongRate_HasNoAddresses()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        rig.Out(0x3f7, 2);
        host.Dma(FromDiskette, 512);
        Assert.Equal([0x40, 0x01, 0], host.Move(0x06, 0, 0, 1, 18)[..3]);
    }

    [Fact]
    public void Diskette_WriteProtected_IsNotWritten()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        rig.Storage.Diskette.IsReadOnly = true;
        host.Dma(ToDiskette, 512);
        Assert.Equal([0x40, 0x02, 0], host.Move(0x05, 0, 0, 1, 18)[..3]);
        Assert.Equal(0x40, host.Ask(1, 0x04, 0)[0] & 0x40);
        host.Dma(ToDiskette, 72);
        Assert.Equal([0x40, 0x02], host.Ask(7, 0x4d, 0, 2, 18, 0x50, 0xf6)[..2]);
    }

    [Fact]
    public void Diskette_Changed_IsToldUntilTheHeadsStep()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        host.Seek(1);
        Assert.Equal(0, host.DigitalInput & 0x80);
        var other = new TestMedium(rig.Scheduler, 720 << 10, 8);
        rig.Storage.Drive.ChangeMedium(other);
        Assert.Equal(0x80, host.DigitalInput & 0x80);
        host.Seek(1);
        Assert.Equal(0x80, host.DigitalInput & 0x80);
        host.Seek(0);
        Assert.Equal(0, host.DigitalInput & 0x80);
        rig.Out(0x3f7, 2);
        host.Dma(FromDiskette, 512);
        host.Move(0x06, 0, 0, 9, 9);
        Assert.Equal(other.Sectors(8, 1), host.Memory(512));
        rig.Storage.Drive.ChangeMedium(null);
        host.Seek(1);
        Assert.Equal(0x80, host.DigitalInput & 0x80);
        Assert.Equal([0x40, 0x01, 0], host.Move(0x06, 1, 0, 1, 9)[..3]);
    }

    [Theory]
    [InlineData(0x51, 0, 0x08)]
    [InlineData(0x51, 1, 0x04)]
    [InlineData(0x59, 1, 0x00)]
    [InlineData(0x5d, 1, 0x04)]
    public void Scan_OfASector_TellsHowItCompares(int command, int more, int status2)
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        Array.Fill(rig.Storage.Diskette.Contents, (byte)0x30, 0, 512);
        var data = new byte[512];
        Array.Fill(data, (byte)(0x30 + more));
        rig.Memory.Write(FloppyHost.Buffer, data);
        host.Dma(ToDiskette, 512);
        Assert.Equal(status2, host.Ask(7, command, 0, 0, 0, 1, 2, 1, 0x1b, 1)[2]);
    }

    [Fact]
    public void Verify_OfATrack_MovesNothing()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        Assert.Equal(0, host.Ask(7, 0x56, 0, 0, 0, 1, 2, 18, 0x1b, 0xff)[0] & 0xc0);
        Assert.Equal(0, host.Ask(7, 0x4a, 0)[0]);
    }

    [Fact]
    public void Registers_Locked_StayOverASoftwareReset()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        Assert.Equal([0x90], host.Ask(1, 0x10));
        host.Command(0x13, 0, 0x57, 0x11);
        Assert.Equal([0x10], host.Ask(1, 0x94));
        rig.Out(0x3f2, 0);
        rig.Out(0x3f2, 0x1c);
        host.Wait();
        Assert.Equal([0x57, 0x11], host.Ask(10, 0x0e)[8..]);
        Assert.Equal([0x00], host.Ask(1, 0x14));
        Assert.Equal([0x80], host.Ask(1, 0x1f));
    }

    [Fact]
    public void State_WhileAChannelIsMasked_GoesOnInAnotherMachine()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        host.Dma(FromDiskette, 1024);
        rig.Out(0x0a, 6);
        host.Command(0x46, 0, 0, 0, 3, 2, 18, 0x1b, 0xff);
        Assert.Equal(0x10, host.Status & 0xf0);
        using var other = new MachineRig();
        other.Restore(rig.Snapshot());
        other.Out(0x0a, 2);
        other.Scheduler.RunDue();
        var elsewhere = new FloppyHost(other);
        Assert.Equal([0, 0, 0, 0, 0, 5, 2], elsewhere.Result(7));
        Assert.Equal(rig.Storage.Diskette.Sectors(2, 2), elsewhere.Memory(1024));
    }

    [Fact]
    public void State_InTheMiddleOfBytesAndOfASeek_GoesOnInAnotherMachine()
    {
        using var rig = new MachineRig();
        var (host, _) = Start(rig);
        host.Command(0x0f, 0, 30);
        using var other = new MachineRig();
        other.Restore(rig.Snapshot());
        var elsewhere = new FloppyHost(other);
        elsewhere.Wait();
        Assert.Equal([0x20, 30], elsewhere.Ask(2, 0x08));
        elsewhere.Command(0x03, 0xdf, 0x03);
        elsewhere.Command(0x46, 0, 30, 0, 1, 2, 1, 0x1b, 0xff);
        var data = Enumerable.Range(0, 100).Select(_ => other.In(0x3f5)).ToList();
        rig.Restore(other.Snapshot());
        data.AddRange(Enumerable.Range(0, 412).Select(_ => rig.In(0x3f5)));
        Assert.Equal(rig.Storage.Diskette.Sectors(30 * 36, 1), data);
    }

    private static (FloppyHost Host, FloppyGeometry Geometry) Start(MachineRig rig)
    {
        var geometry = FloppyGeometry.Of(rig.Storage.Diskette.Length);
        Assert.Equal(rig.Storage.Diskette.Length, geometry.Length);
        return (new FloppyHost(rig).Start(geometry.RateIn(rig.Storage.Drive.Type)), geometry);
    }
}
