using Emulator.Devices.Storage;
using Emulator.Devices.Storage.Ata;
using Emulator.Devices.Storage.Mmc;

namespace Emulator.Devices.Tests.Storage;

/// <summary>A CD-ROM drive on an IDE channel (ATA/ATAPI-6, 9.10; MMC-5).</summary>
public sealed class AtapiTests : IDisposable
{
    private const uint Buffer = 0x10_0000;
    private readonly MachineRig _rig = new();
    private readonly IdeHost _host;

    public AtapiTests() => _host = new IdeHost(_rig, 1);

    private TestMedium Medium => _rig.Storage.Disc;

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void IdentifyDevice_OfAPacketDevice_IsAbortedWithTheSignature()
    {
        _host.Set(6, 0);
        _host.Command(AtaCommand.IdentifyDevice);
        Assert.Equal(AtaStatus.Err, _host.Status & AtaStatus.Err);
        Assert.Equal(AtaError.Abrt, _host.Error);
        Assert.Equal((0x14, 0xeb), (_host.Register(4), _host.Register(5)));
        _host.Command(AtaCommand.IdentifyPacketDevice);
        var data = _host.Receive(512);
        Assert.Equal([0xc0, 0x85], data[..2]);
        Assert.Equal(0, data.Sum(value => value) & 0xff);
    }

    [Fact]
    public void PowerOn_BeforeAnyCommand_IsToldToTheFirstThatMayHearIt()
    {
        Assert.Equal(36, _host.Ask([MmcCommand.Inquiry, 0, 0, 0, 0xff]).Length);
        Failed([MmcCommand.TestUnitReady], 6);
        Assert.Equal((6, 0x29, 0), _host.Sense());
        Good([MmcCommand.TestUnitReady]);
        Assert.Equal((0, 0, 0), _host.Sense());
    }

    [Fact]
    public void RequestSense_WithAttentionPending_TakesIt()
    {
        Assert.Equal((6, 0x29, 0), _host.Sense());
        Good([MmcCommand.TestUnitReady]);
    }

    [Theory]
    [InlineData(2048)]
    [InlineData(4096)]
    [InlineData(600)]
    [InlineData(0xfffe)]
    public void Read_ByProgrammedIo_ComesInBlocksOfTheLimit(int limit)
    {
        _host.Sense();
        var data = _host.Ask([MmcCommand.Read10, 0, 0, 0, 0, 17, 0, 0, 200], limit);
        Assert.Equal(Medium.Contents.AsSpan(17 * 2048, 200 * 2048).ToArray(), data);
        Assert.Equal(AtaStatus.Ready, _host.Status);
        Assert.Equal(3, _host.Register(2) & 3);
    }

    [Fact]
    public void Read_ByDma_FillsMemory()
    {
        _host.Sense();
        _host.Packet([MmcCommand.Read12, 0, 0, 0, 0, 3, 0, 0, 0, 4], dma: true);
        _host.StartDma(true, (Buffer, 4 * 2048));
        var data = new byte[4 * 2048];
        _rig.Memory.Read(Buffer, data);
        Assert.Equal(Medium.Contents.AsSpan(3 * 2048, data.Length).ToArray(), data);
        Assert.Equal(AtaStatus.Ready, _host.Status);
        Assert.True(_host.TakeInterrupt());
    }

    [Fact]
    public void ReadCd_OfAllFields_HasSyncHeaderAndData()
    {
        _host.Sense();
        var data = _host.Ask([MmcCommand.ReadCd, 0, 0, 0, 0, 75, 0, 0, 2, 0xf8]);
        Assert.Equal(2 * 2352, data.Length);
        var frame = data.AsSpan(2352, 2352);
        Assert.Equal([0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0x00, 0x03, 0x01, 0x01], frame[..16].ToArray());
        Assert.Equal(Medium.Contents.AsSpan(76 * 2048, 2048).ToArray(), frame.Slice(16, 2048).ToArray());
    }

    [Fact]
    public void Capacity_AndTableOfContents_TellTheSize()
    {
        _host.Sense();
        Assert.Equal([0, 0, 0, 255, 0, 0, 8, 0], _host.Ask([MmcCommand.ReadCapacity]));
        Assert.Equal(
            [0, 18, 1, 1, 0, 0x14, 1, 0, 0, 0, 0, 0, 0, 0x14, 0xaa, 0, 0, 0, 1, 0],
            _host.Ask([MmcCommand.ReadTocPmaAtip, 0, 0, 0, 0, 0, 0, 0, 0xff]));
        Assert.Equal([0, 18, 1, 1], _host.Ask([MmcCommand.ReadTocPmaAtip, 0, 0, 0, 0, 0, 0, 0, 4]));
    }

    [Fact]
    public void Medium_Changed_IsToldByAttentionAndByEvent()
    {
        _host.Sense();
        var other = new TestMedium(_rig.Scheduler, 10 * 2048, 9);
        _rig.Storage.CdRom.ChangeMedium(other);
        Assert.Equal([0, 6, 4, 0x10, 2, 2, 0, 0], Events());
        Assert.Equal([0, 6, 4, 0x10, 0, 2, 0, 0], Events());
        Failed([MmcCommand.Read10, 0, 0, 0, 0, 0, 0, 0, 1], 6);
        Assert.Equal((6, 0x28, 0), _host.Sense());
        Assert.Equal(other.Contents.AsSpan(0, 2048).ToArray(), _host.Ask([MmcCommand.Read10, 0, 0, 0, 0, 0, 0, 0, 1]));
    }

    [Fact]
    public void Medium_TakenOut_IsNotPresent()
    {
        _rig.Storage.CdRom.ChangeMedium(null);
        _host.Sense();
        Failed([MmcCommand.TestUnitReady], 2);
        Assert.Equal((2, 0x3a, 0), _host.Sense());
        Failed([MmcCommand.ReadCapacity], 2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Medium_ChangedDuringARead_EndsItWithAnError(bool whileBackendWorks)
    {
        _host.Sense();
        Medium.Holds = whileBackendWorks;
        _host.Packet([MmcCommand.Read10, 0, 0, 0, 0, 0, 0, 0, 200], limit: 2048);
        if (whileBackendWorks)
        {
            Assert.Equal(AtaStatus.Bsy, _host.Status & AtaStatus.Bsy);
        }

        _rig.Storage.CdRom.ChangeMedium(new TestMedium(_rig.Scheduler, 1 << 20, 9));
        if (!whileBackendWorks)
        {
            _host.Receive(128 * 2048); // what the drive has read already
        }

        Assert.Equal(AtaStatus.Ready | AtaStatus.Err, _host.Status);
        if (whileBackendWorks)
        {
            Medium.Release(0);
        }

        _rig.Scheduler.RunDue();
        Assert.Equal((3, 0x11, 0), _host.Sense());
        Failed([MmcCommand.TestUnitReady], 6);
    }

    [Fact]
    public void Tray_LockedThenUnlocked_OpensOnlyThen()
    {
        _host.Sense();
        Good([MmcCommand.PreventAllowMediumRemoval, 0, 0, 0, 1]);
        Assert.True(_rig.Storage.CdRom.IsLocked);
        Failed([MmcCommand.StartStopUnit, 0, 0, 0, 2], 5);
        Assert.Equal((5, 0x53, 2), _host.Sense());
        Good([MmcCommand.PreventAllowMediumRemoval, 0, 0, 0, 0]);
        Good([MmcCommand.StartStopUnit, 0, 0, 0, 2]);
        Failed([MmcCommand.TestUnitReady], 2);
        Assert.Equal((2, 0x3a, 2), _host.Sense());
        Good([MmcCommand.StartStopUnit, 0, 0, 0, 3]);
        Failed([MmcCommand.TestUnitReady], 6);
        Good([MmcCommand.TestUnitReady]);
    }

    [Theory]
    [InlineData(256, 1)]
    [InlineData(255, 2)]
    public void Read_BeyondTheEnd_IsOutOfRange(int lba, int count)
    {
        _host.Sense();
        Failed([MmcCommand.Read10, 0, 0, 0, (byte)(lba >> 8), (byte)lba, 0, 0, (byte)count], 5);
        Assert.Equal((5, 0x21, 0), _host.Sense());
    }

    [Fact]
    public void Command_ThatDoesNotExist_IsRefused()
    {
        _host.Sense();
        Failed([0xfd], 5);
        Assert.Equal((5, 0x20, 0), _host.Sense());
    }

    [Fact]
    public void Medium_ThatCannotBeRead_IsAMediumError()
    {
        _host.Sense();
        Medium.Outcome = BlockStatus.IoError;
        Failed([MmcCommand.Read10, 0, 0, 0, 0, 0, 0, 0, 1], 3);
        Assert.Equal((3, 0x11, 0), _host.Sense());
    }

    [Fact]
    public void ModeSense_OfCapabilities_AnswersInTheRoomGiven()
    {
        _host.Sense();
        var data = _host.Ask([MmcCommand.ModeSense10, 0, 0x2a, 0, 0, 0, 0, 0, 30]);
        Assert.Equal((30, 28, 0x2a), (data.Length, data[1], data[8]));
        Failed([MmcCommand.ModeSense10, 0, 0x07, 0, 0, 0, 0, 0, 30], 5);
    }

    [Fact]
    public void ModeSelect_WithParameters_TakesThem()
    {
        _host.Sense();
        _host.Packet([MmcCommand.ModeSelect10, 0x10, 0, 0, 0, 0, 0, 0, 16]);
        Assert.Equal(0, _host.Register(2) & 3);
        _host.Send(new byte[16]);
        Assert.Equal(AtaStatus.Ready, _host.Status);
    }

    [Fact]
    public void DeviceReset_DuringARead_EndsIt()
    {
        _host.Sense();
        _host.Packet([MmcCommand.Read10, 0, 0, 0, 0, 0, 0, 0, 9]);
        Assert.Equal(AtaStatus.Drq, _host.Status & AtaStatus.Drq);
        _host.Command(AtaCommand.DeviceReset);
        Assert.Equal(0, _host.Status);
        Assert.Equal((0x14, 0xeb), (_host.Register(4), _host.Register(5)));
        Good([MmcCommand.TestUnitReady]);
    }

    [Fact]
    public void State_InTheMiddleOfARead_GoesOnInAnotherMachine()
    {
        _host.Sense();
        _host.Packet([MmcCommand.Read10, 0, 0, 0, 0, 5, 0, 0, 200], limit: 2048);
        var data = _host.Receive(3000).ToList();
        using var other = new MachineRig();
        other.Restore(_rig.Snapshot());
        var host = new IdeHost(other, 1);
        data.AddRange(host.Receive((200 * 2048) - 3000));
        Assert.Equal(Medium.Contents.AsSpan(5 * 2048, 200 * 2048).ToArray(), data);
        Assert.Equal(AtaStatus.Ready, host.Status);
    }

    private byte[] Events() => _host.Ask([MmcCommand.GetEventStatusNotification, 1, 0, 0, 0x10, 0, 0, 0, 8]);

    private void Good(ReadOnlySpan<byte> packet)
    {
        _host.Packet(packet);
        Assert.Equal(AtaStatus.Ready, _host.Status);
    }

    private void Failed(ReadOnlySpan<byte> packet, int key)
    {
        _host.Packet(packet);
        Assert.Equal(AtaStatus.Ready | AtaStatus.Err, _host.Status);
        Assert.Equal(key, _host.Error >> 4);
    }
}
