using System.Buffers.Binary;
using System.Text;
using Emulator.Devices.Storage;
using Emulator.Devices.Storage.Ata;

namespace Emulator.Devices.Tests.Storage;

/// <summary>A disk on an IDE channel, by programmed I/O (ATA/ATAPI-6, 8 and 9).</summary>
public sealed class AtaDiskTests : IDisposable
{
    private readonly MachineRig _rig = new();
    private readonly IdeHost _host;

    public AtaDiskTests() => _host = new IdeHost(_rig, 0);

    private TestMedium Medium => _rig.Storage.Disk;

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Identify_OfADisk_TellsSizesNamesAndChecksum()
    {
        _host.Set(6, 0);
        _host.Command(AtaCommand.IdentifyDevice);
        Assert.Equal(AtaStatus.Ready | AtaStatus.Drq, _host.Status);
        var data = _host.Receive(512);
        Assert.Equal(AtaStatus.Ready, _host.Status);
        Assert.Equal(0x0040, Word(data, 0));
        Assert.Equal(4, Word(data, 1));
        Assert.Equal(16, Word(data, 3));
        Assert.Equal(63, Word(data, 6));
        Assert.Equal("EM00001", Text(data, 10, 10).Trim());
        Assert.Equal("EMULATOR HARDDISK", Text(data, 27, 20).Trim());
        Assert.Equal(0x8010, Word(data, 47));
        Assert.Equal(RigStorage.DiskSectors, Word(data, 60) | (Word(data, 61) << 16));
        Assert.Equal(RigStorage.DiskSectors, Word(data, 100) | (Word(data, 101) << 16));
        Assert.Equal(0x0400, Word(data, 83) & 0x0400);
        Assert.Equal(0, data.Sum(value => value) & 0xff);
    }

    [Theory]
    [InlineData(AtaCommand.ReadSectors, 1)]
    [InlineData(AtaCommand.ReadSectors, 3)]
    [InlineData(AtaCommand.ReadSectors, 256)]
    [InlineData(AtaCommand.ReadMultiple, 37)]
    [InlineData(AtaCommand.ReadSectorsExt, 5)]
    [InlineData(AtaCommand.ReadSectorsExt, 700)]
    [InlineData(AtaCommand.ReadMultipleExt, 1100)]
    public void Read_ByProgrammedIo_GivesTheSectorsAndCountsThem(byte command, int sectors)
    {
        Address(command, 1234, sectors);
        _host.Command(command);
        Assert.Equal(Medium.Sectors(1234, sectors), _host.Receive(sectors * 512));
        Assert.Equal(AtaStatus.Ready, _host.Status);
        Assert.Equal(0, _host.Register(2));
        Assert.Equal((1234 + sectors - 1) & 0xff, _host.Register(3));
        Assert.Equal((1234 + sectors - 1) >> 8, _host.Register(4));
    }

    [Theory]
    [InlineData(AtaCommand.WriteSectors, 1)]
    [InlineData(AtaCommand.WriteSectors, 256)]
    [InlineData(AtaCommand.WriteMultiple, 21)]
    [InlineData(AtaCommand.WriteSectorsExt, 1030)]
    [InlineData(AtaCommand.WriteMultipleExt, 600)]
    public void Write_ByProgrammedIo_ReachesTheMedium(byte command, int sectors)
    {
        var data = Random(sectors * 512);
        Address(command, 77, sectors);
        _host.Command(command);
        _host.Send(data);
        Assert.Equal(AtaStatus.Ready, _host.Status);
        Assert.Equal(data, Medium.Sectors(77, sectors));
    }

    [Fact]
    public void Read_ByCylinderHeadAndSector_GivesTheSectorThere()
    {
        _host.Address(5 | (2 << 8), 2, device: 0x03);
        _host.Command(AtaCommand.ReadSectors);
        Assert.Equal(Medium.Sectors((((2 * 16) + 3) * 63) + 4, 2), _host.Receive(1024));
        Assert.Equal((6, 2, 0, 3), (_host.Register(3), _host.Register(4), _host.Register(5), _host.Register(6) & 0x0f));
    }

    [Fact]
    public void Geometry_SetByTheHost_AppliesToItsAddresses()
    {
        _host.Address(0, 17, device: 0x07);
        _host.Command(AtaCommand.InitializeDeviceParameters);
        _host.Address(1 | (1 << 8), 1, device: 0x00);
        _host.Command(AtaCommand.ReadSectors);
        Assert.Equal(Medium.Sectors(8 * 17, 1), _host.Receive(512));
    }

    [Fact]
    public void Read_OfThreeSectors_InterruptsForEach()
    {
        _host.Address(0, 3);
        _host.TakeInterrupt();
        _host.Command(AtaCommand.ReadSectors);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(_host.TakeInterrupt());
            _host.Receive(512);
        }

        Assert.False(_host.TakeInterrupt());
    }

    [Fact]
    public void Write_OfThreeSectors_InterruptsBehindEach()
    {
        _host.Address(0, 3);
        _host.Command(AtaCommand.WriteSectors);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(i > 0, _host.TakeInterrupt());
            _host.Send(Random(512));
        }

        Assert.True(_host.TakeInterrupt());
    }

    [Fact]
    public void ReadMultiple_WithBlocksOfFour_InterruptsForEachBlock()
    {
        _host.Set(2, 4);
        _host.Command(AtaCommand.SetMultipleMode);
        Assert.True(_host.TakeInterrupt());
        _host.Address(9, 6);
        _host.Command(AtaCommand.ReadMultiple);
        Assert.True(_host.TakeInterrupt());
        var data = _host.Receive(4 * 512);
        Assert.True(_host.TakeInterrupt());
        Assert.Equal(Medium.Sectors(9, 6), data.Concat(_host.Receive(2 * 512)));
        Assert.False(_host.TakeInterrupt());
    }

    [Theory]
    [InlineData(3)]
    [InlineData(32)]
    public void MultipleMode_ThatIsNotSupported_IsAbortedAndDisables(int count)
    {
        _host.Set(2, count);
        _host.Command(AtaCommand.SetMultipleMode);
        Failed(AtaError.Abrt);
        _host.Address(0, 1);
        _host.Command(AtaCommand.ReadMultiple);
        Failed(AtaError.Abrt);
    }

    [Theory]
    [InlineData(AtaCommand.ReadSectors, RigStorage.DiskSectors, 1)]
    [InlineData(AtaCommand.ReadSectors, RigStorage.DiskSectors - 1, 2)]
    [InlineData(AtaCommand.WriteSectors, RigStorage.DiskSectors - 255, 0)]
    [InlineData(AtaCommand.ReadSectorsExt, 0, 0)]
    [InlineData(AtaCommand.ReadSectorsExt, 1L << 47, 1)]
    [InlineData(AtaCommand.ReadVerify, 0xfff_ffff, 1)]
    [InlineData(AtaCommand.SeekFirst, 0xfff_ffff, 1)]
    public void Address_BeyondTheEnd_IsNotFound(byte command, long lba, int count)
    {
        Address(command, lba, count);
        _host.Command(command);
        Failed(AtaError.Idnf);
        Assert.Empty(Medium.Requests);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    public void Sector_OutsideTheTrack_IsNotFound(int sector)
    {
        _host.Address(sector, 1, device: 0);
        _host.Command(AtaCommand.ReadSectors);
        Failed(AtaError.Idnf);
    }

    [Fact]
    public void Medium_ThatCannotBeRead_EndsWithUncorrectable()
    {
        Medium.Outcome = BlockStatus.IoError;
        _host.Address(100, 4);
        _host.Command(AtaCommand.ReadSectors);
        Failed(AtaError.Unc);
        Assert.Equal(100, _host.Register(3));
    }

    [Fact]
    public void Medium_ThatCannotBeWritten_EndsWithAbort()
    {
        Medium.Outcome = BlockStatus.NoSpace;
        _host.Address(100, 1);
        _host.Command(AtaCommand.WriteSectors);
        _host.Send(Random(512));
        Failed(AtaError.Abrt);
    }

    [Fact]
    public void Write_ToAReadOnlyMedium_IsAborted()
    {
        Medium.IsReadOnly = true;
        _host.Address(100, 1);
        _host.Command(AtaCommand.WriteSectors);
        Failed(AtaError.Abrt);
    }

    [Theory]
    [InlineData(AtaCommand.Nop)]
    [InlineData(AtaCommand.Packet)]
    [InlineData(AtaCommand.IdentifyPacketDevice)]
    [InlineData(0xff)]
    public void Command_ThatADiskDoesNotHave_IsAborted(byte command)
    {
        _host.Set(6, 0);
        _host.Command(command);
        Failed(AtaError.Abrt);
    }

    [Theory]
    [InlineData(AtaCommand.FlushCache)]
    [InlineData(AtaCommand.FlushCacheExt)]
    [InlineData(AtaCommand.StandbyImmediate)]
    public void Flush_UntilTheMediumHasIt_IsBusy(byte command)
    {
        _host.Set(6, 0);
        _host.TakeInterrupt();
        _host.Set(7, command);
        Assert.Equal(AtaStatus.Bsy, _host.Status & AtaStatus.Bsy);
        Assert.False(_host.TakeInterrupt());
        _rig.Scheduler.RunDue();
        Assert.Equal(AtaStatus.Ready, _host.Status);
        Assert.True(_host.TakeInterrupt());
        Assert.Equal(["flush"], Medium.Requests);
    }

    [Fact]
    public void WriteCache_Disabled_FlushesEachWrite()
    {
        _host.Set(6, 0);
        _host.Set(1, 0x82);
        _host.Command(AtaCommand.SetFeatures);
        _host.Address(8, 1);
        _host.Command(AtaCommand.WriteSectors);
        _host.Send(Random(512));
        Assert.Equal(["flush", "write 4096+512", "flush"], Medium.Requests);
        Assert.Equal(AtaStatus.Ready, _host.Status);
    }

    [Fact]
    public void NativeMaximum_Asked_IsTheLastSector()
    {
        _host.Set(6, 0x40);
        _host.Command(AtaCommand.ReadNativeMaxExt);
        Assert.Equal((RigStorage.DiskSectors - 1) & 0xff, _host.Register(3));
        Assert.Equal((RigStorage.DiskSectors - 1) >> 8, _host.Register(4));
        _host.Control(0x80);
        Assert.Equal(0, _host.Register(3));
    }

    [Fact]
    public void Register_WrittenTwice_ShowsBothWithHob()
    {
        _host.Set(3, 0x12);
        _host.Set(3, 0x34);
        Assert.Equal(0x34, _host.Register(3));
        _host.Control(0x80);
        Assert.Equal(0x12, _host.Register(3));
        _host.Set(2, 0);
        Assert.Equal(0x34, _host.Register(3));
    }

    [Fact]
    public void SoftwareReset_DuringARead_LeavesTheSignatureAndNoData()
    {
        Medium.Holds = true;
        _host.Address(0, 1);
        _host.Command(AtaCommand.ReadSectors);
        Assert.Equal(AtaStatus.Bsy, _host.Status & AtaStatus.Bsy);
        _host.Control(4);
        Assert.Equal(AtaStatus.Bsy, _host.Status);
        _host.Control(0);
        Assert.Equal(AtaStatus.Ready, _host.Status);
        Assert.Equal((1, 1, 1, 0, 0), (_host.Error, _host.Register(2), _host.Register(3), _host.Register(4), _host.Register(5)));

        // The next command waits for what the reset has cut off.
        _host.Address(7, 1);
        _host.Command(AtaCommand.ReadSectors);
        Medium.Holds = false;
        Medium.Release(0);
        _rig.Scheduler.RunDue();
        Assert.Equal(Medium.Sectors(7, 1), _host.Receive(512));
    }

    [Fact]
    public void Device1_ThatIsNotThere_HasNoStatus()
    {
        _host.Set(6, 0x10);
        Assert.Equal(0, _host.Status);
        _host.Command(AtaCommand.IdentifyDevice);
        Assert.Equal(0, _host.Status);
        _host.Set(6, 0);
        Assert.Equal(AtaStatus.Ready, _host.Status);
    }

    [Fact]
    public void Power_AfterStandbyAndRead_IsToldByCheckPowerMode()
    {
        _host.Set(6, 0);
        _host.Command(AtaCommand.StandbyImmediate);
        _host.Command(AtaCommand.CheckPowerMode);
        Assert.Equal(0, _host.Register(2));
        _host.Address(0, 1);
        _host.Command(AtaCommand.ReadVerify);
        _host.Command(AtaCommand.CheckPowerMode);
        Assert.Equal(0xff, _host.Register(2));
    }

    [Fact]
    public void Smart_WithoutItsKey_IsAborted()
    {
        _host.Address(0, 0, device: 0);
        _host.Set(1, 0xd0);
        _host.Command(AtaCommand.Smart);
        Failed(AtaError.Abrt);
        _host.Set(4, 0x4f);
        _host.Set(5, 0xc2);
        _host.Command(AtaCommand.Smart);
        Assert.Equal(0, _host.Receive(512).Sum(value => value) & 0xff);
    }

    private void Address(byte command, long lba, int count)
    {
        if (command is AtaCommand.ReadSectorsExt or AtaCommand.ReadMultipleExt or AtaCommand.WriteSectorsExt or AtaCommand.WriteMultipleExt)
        {
            _host.ExtendedAddress(lba, count);
        }
        else
        {
            _host.Address(lba, count);
        }
    }

    private void Failed(byte error)
    {
        Assert.Equal(AtaStatus.Ready | AtaStatus.Err, _host.Status);
        Assert.Equal(error, _host.Error);
        Assert.True(_host.TakeInterrupt());
    }

    private static int Word(byte[] data, int word) => BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(2 * word));

    private static string Text(byte[] data, int word, int words)
        => Encoding.ASCII.GetString([.. Enumerable.Range(0, 2 * words).Select(i => data[(2 * word) + (i ^ 1)])]);

    private static byte[] Random(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        return data;
    }
}
