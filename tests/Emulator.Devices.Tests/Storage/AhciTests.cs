using Emulator.Devices.Storage;
using Emulator.Devices.Storage.Ata;
using Emulator.Devices.Storage.Mmc;

namespace Emulator.Devices.Tests.Storage;

/// <summary>The AHCI adapter (Serial ATA AHCI 1.0; Serial ATA 2.6): commands alone and queued, resets, and state in the middle.</summary>
public sealed class AhciTests : IDisposable
{
    private const uint Buffer = AhciHost.Buffer;
    private const uint TaskFileError = 1u << 30;
    private readonly MachineRig _rig = new();
    private readonly AhciHost _disk;

    public AhciTests() => _disk = new AhciHost(_rig, 0).Start();

    private TestMedium Medium => _rig.Storage.SataDisk;

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Ports_AfterReset_ShowWhatIsAttached()
    {
        Assert.Equal((0x123u, 0x0000_0101u, 0x50u), (_disk[0x28], _disk[0x24], _disk.Status));
        var drive = new AhciHost(_rig, 1);
        Assert.Equal((0x123u, 0xeb14_0101u), (drive[0x28], drive[0x24]));
        var empty = new AhciHost(_rig, 2);
        Assert.Equal((0u, 0xffff_ffffu, 0x7fu), (empty[0x28], empty[0x24], empty.Status));
        Assert.Equal(0x3fu, _rig.Memory.Read<uint>(AhciHost.Base + 0x0c));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(1200)]
    public void Read_ByDma_FillsTheRegions(int sectors)
    {
        _disk.Prepare(3, AhciHost.Command(AtaCommand.ReadDmaExt, 100, sectors), (Buffer, 512), (Buffer + 0x1002, Math.Max(2, (sectors * 512) - 512)));
        _disk.Issue(3);
        Assert.Equal(0u, _disk.Issued);
        Assert.Equal((uint)sectors * 512, _disk.Moved(3));
        Assert.Equal(Medium.Sectors(100, sectors), _disk.Memory(Buffer, 512).Concat(_disk.Memory(Buffer + 0x1002, (sectors * 512) - 512)));
        Assert.Equal([0x34, 0x40, 0x50, 0], _disk.ReceivedFis(0x40, 4));
        Assert.Equal(1u, _disk[0x10] & 1);
        Assert.Equal(1u, _rig.Memory.Read<uint>(AhciHost.Base + 8));
    }

    [Fact]
    public void Write_ByDma_ReachesTheMedium()
    {
        var data = Medium.Sectors(2000, 600);
        _rig.Memory.Write(Buffer, data);
        _disk.Prepare(0, AhciHost.Command(AtaCommand.WriteDmaExt, 7, 600), (Buffer, data.Length));
        _disk.Issue(0);
        Assert.Equal(data, Medium.Sectors(7, 600));
    }

    [Fact]
    public void Identify_OverAhci_EndsWithAPioSetupFrame()
    {
        _disk.Prepare(0, AhciHost.Command(AtaCommand.IdentifyDevice, 0, 0), (Buffer, 512));
        _disk.Issue(0);
        var data = _disk.Memory(Buffer, 512);
        Assert.Equal(0, data.Sum(value => value) & 0xff);
        Assert.Equal(31, data[150]);
        Assert.Equal(0x5f, _disk.ReceivedFis(0x20, 1)[0]);
        Assert.Equal(2u, _disk[0x10] & 3);
    }

    [Fact]
    public void Regions_TooShort_OverflowAndTheDeviceGetsZeros()
    {
        _rig.Memory.Write(Buffer, Medium.Sectors(0, 1));
        _disk.Prepare(0, AhciHost.Command(AtaCommand.WriteDmaExt, 9, 2), (Buffer, 512));
        _disk.Issue(0);
        Assert.Equal(1u << 24, _disk[0x10] & (1u << 24));
        Assert.Equal(512u, _disk.Moved(0));
        Assert.Equal(Medium.Sectors(0, 1), Medium.Sectors(9, 1));
        Assert.All(Medium.Sectors(10, 1), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Queue_EndingOutOfOrder_TellsEachByItsBit()
    {
        Medium.Holds = true;
        for (var slot = 0; slot < 32; slot++)
        {
            _disk.Prepare(slot, AhciHost.Queued(AtaCommand.ReadFpdmaQueued, slot, slot * 10, 2), (Buffer + (uint)(slot * 1024), 1024));
            _disk.Queue(slot);
        }

        Assert.Equal((0u, 0xffff_ffffu), (_disk.Issued, _disk.Active));
        Medium.Release(31);
        _rig.Scheduler.RunDue();
        Assert.Equal(0x7fff_ffffu, _disk.Active);
        Assert.Equal([0xa1, 0x40, 0x50, 0, 0, 0, 0, 0x80], _disk.ReceivedFis(0x58, 8));
        Assert.Equal(8u, _disk[0x10] & 8);
        for (var left = 31; left > 0; left--)
        {
            Medium.Release(left / 2);
        }

        _rig.Scheduler.RunDue();
        Assert.Equal(0u, _disk.Active);
        for (var slot = 0; slot < 32; slot++)
        {
            Assert.Equal(Medium.Sectors(slot * 10, 2), _disk.Memory(Buffer + (uint)(slot * 1024), 1024));
            Assert.Equal(1024u, _disk.Moved(slot));
        }
    }

    [Fact]
    public void QueuedWrite_WithForcedUnitAccess_IsFlushedBeforeItsEnd()
    {
        var data = Medium.Sectors(50, 600);
        _rig.Memory.Write(Buffer, data);
        var fis = AhciHost.Queued(AtaCommand.WriteFpdmaQueued, 5, 1000, 600);
        fis[7] |= 0x80;
        _disk.Prepare(5, fis, (Buffer, data.Length));
        _disk.Queue(5);
        Assert.Equal(data, Medium.Sectors(1000, 600));
        Assert.Equal(["write 512000+262144", "write 774144+45056", "flush"], Medium.Requests);
        Assert.Equal(0u, _disk.Active);
    }

    [Fact]
    public void QueuedRead_BeyondTheEnd_HaltsTheQueueUntilRestarted()
    {
        Medium.Holds = true;
        _disk.Prepare(1, AhciHost.Queued(AtaCommand.ReadFpdmaQueued, 1, 0, 1), (Buffer, 512));
        _disk.Queue(1);
        _disk.Prepare(2, AhciHost.Queued(AtaCommand.ReadFpdmaQueued, 2, RigStorage.DiskSectors, 1), (Buffer, 512));
        _disk.Queue(2);
        Assert.Equal(TaskFileError, _disk[0x10] & TaskFileError);
        Assert.Equal(6u, _disk.Active);
        Assert.Equal((0x51u, (uint)AtaError.Idnf), (_disk.Status, _disk.Error));
        Medium.Holds = false;
        Medium.Release(0);

        // The driver restarts the port and asks the log which it was.
        _disk[0x18] = 0x16;
        Assert.Equal((0u, 0u), (_disk.Active, _disk.Issued));
        _disk[0x10] = 0xffff_ffff;
        _disk[0x18] = 0x17;
        _disk.Prepare(0, AhciHost.Command(AtaCommand.ReadLogExt, 0x10, 1), (Buffer, 512));
        _disk.Issue(0);
        var log = _disk.Memory(Buffer, 512);
        Assert.Equal([2, 0, 0x51, AtaError.Idnf, 0, RigStorage.DiskSectors >> 8, 0, 0x40], log[..8]);
        Assert.Equal(0, log.Sum(value => value) & 0xff);
        _disk.Prepare(1, AhciHost.Queued(AtaCommand.ReadFpdmaQueued, 1, 5, 1), (Buffer, 512));
        _disk.Queue(1);
        Assert.Equal(Medium.Sectors(5, 1), _disk.Memory(Buffer, 512));
    }

    [Fact]
    public void QueuedCommand_WithAnothersTag_IsAnError()
    {
        _disk.Prepare(4, AhciHost.Queued(AtaCommand.ReadFpdmaQueued, 5, 0, 1), (Buffer, 512));
        _disk.Queue(4);
        Assert.Equal(TaskFileError, _disk[0x10] & TaskFileError);
        Assert.Empty(Medium.Requests);
    }

    [Fact]
    public void Medium_ThatFails_EndsTheCommandWithATaskFileError()
    {
        Medium.Outcome = BlockStatus.IoError;
        _disk.Prepare(0, AhciHost.Command(AtaCommand.ReadDmaExt, 0, 1), (Buffer, 512));
        _disk.Issue(0);
        Assert.Equal(TaskFileError, _disk[0x10] & TaskFileError);
        Assert.Equal((0x51u, (uint)AtaError.Unc, 1u), (_disk.Status, _disk.Error, _disk.Issued));
    }

    [Fact]
    public void ComReset_DuringACommand_DropsItAndTellsTheSignature()
    {
        Medium.Holds = true;
        _disk.Prepare(0, AhciHost.Command(AtaCommand.ReadDmaExt, 0, 1), (Buffer, 512));
        _disk.Issue(0);
        Assert.Equal(0x80u, _disk.Status & 0x80);
        _disk[0x18] = 0x16;
        _disk[0x2c] = 0x301;
        Assert.Equal(0u, _disk[0x28]);
        _disk[0x2c] = 0x300;
        Assert.Equal((0x123u, 0x101u, 0x50u), (_disk[0x28], _disk[0x24], _disk.Status));
        Assert.Equal(1u << 26, _disk[0x30] & (1u << 26));
        Assert.Equal(1u << 6, _disk[0x10] & (1u << 6));
        Assert.Equal(0x34, _disk.ReceivedFis(0x40, 1)[0]);
        _disk[0x30] = 0xffff_ffff;
        Assert.Equal(0u, _disk[0x10] & (1u << 6));
        Medium.Holds = false;
        Medium.Release(0);
        _disk[0x18] = 0x17;
        _disk.Prepare(0, AhciHost.Command(AtaCommand.ReadDmaExt, 9, 1), (Buffer, 512));
        _disk.Issue(0);
        Assert.Equal(Medium.Sectors(9, 1), _disk.Memory(Buffer, 512));
    }

    [Fact]
    public void AdapterReset_WithAQueue_LeavesPowerOnState()
    {
        Medium.Holds = true;
        _disk.Prepare(0, AhciHost.Queued(AtaCommand.ReadFpdmaQueued, 0, 0, 1), (Buffer, 512));
        _disk.Queue(0);
        _disk.GlobalControl = 0x8000_0001;
        Assert.Equal(0x8000_0000u, _disk.GlobalControl);
        Assert.Equal((0u, 0u, 0u, 0u, 0x101u), (_disk[0], _disk[0x10], _disk.Active, _disk.Issued, _disk[0x24]));
        Medium.Holds = false;
        Medium.Release(0);
        _rig.Scheduler.RunDue();
        Assert.All(_disk.Memory(Buffer, 512), value => Assert.Equal(0, value));
        Assert.Equal(0u, _disk[0x10]);
    }

    [Fact]
    public void SoftwareReset_ByTwoFrames_TellsTheSignature()
    {
        _disk.Prepare(0, AhciHost.Control(4));
        _disk.Issue(0);
        _disk.Prepare(1, AhciHost.Control(0));
        _disk.Issue(1);
        Assert.Equal(0u, _disk.Issued);
        Assert.Equal((0x101u, 0x50u), (_disk[0x24], _disk.Status));
        Assert.Equal([0x34, 0, 0x50, 1], _disk.ReceivedFis(0x40, 4));
    }

    [Fact]
    public void Packet_OnItsPort_ReadsTheDisc()
    {
        var drive = new AhciHost(_rig, 1).Start();
        drive.Packet(0, [MmcCommand.RequestSense, 0, 0, 0, 18], (Buffer, 18));
        Assert.Equal(0x29, drive.Memory(Buffer, 18)[12]);
        drive.Packet(0, [MmcCommand.Read10, 0, 0, 0, 0, 4, 0, 0, 150], (Buffer, 150 * 2048));
        Assert.Equal(_rig.Storage.SataDisc.Contents.AsSpan(4 * 2048, 150 * 2048).ToArray(), drive.Memory(Buffer, 150 * 2048));
        Assert.Equal(150 * 2048u, drive.Moved(0));
        drive.Packet(0, [MmcCommand.Read10, 0, 0, 0, 0xff, 4, 0, 0, 150], (Buffer, 2048));
        Assert.Equal((0x51u, 0x54u), (drive.Status, drive.Error));
    }

    [Fact]
    public void Message_WhenEnabled_IsSentOncePerEvent()
    {
        var capability = (int)_rig.ReadPci(RigStorage.AhciDevfn, 0x34, 1);
        _rig.WritePci(RigStorage.AhciDevfn, capability + 4, 4, 0xfee0_1000);
        _rig.WritePci(RigStorage.AhciDevfn, capability + 12, 2, 0x55);
        _rig.WritePci(RigStorage.AhciDevfn, capability + 2, 2, 1);
        _disk.Prepare(0, AhciHost.Command(AtaCommand.ReadDmaExt, 0, 1), (Buffer, 512));
        _disk.Issue(0);
        Assert.Equal([(0xfee0_1000ul, 0x55u)], _rig.Messages);
        _disk[0x10] = 0xffff_ffff;
        _disk.Issue(0);
        Assert.Equal(2, _rig.Messages.Count);
    }

    [Fact]
    public void Region_OverTheAdaptersOwnRegisters_ChangesNothing()
    {
        _disk.Prepare(0, AhciHost.Command(AtaCommand.ReadDmaExt, 0, 1), (AhciHost.Base, 512));
        _disk.Issue(0);
        Assert.Equal(0x8000_0002u, _disk.GlobalControl);
        Assert.Equal(AhciHost.Lists, _disk[0]);
    }

    [Fact]
    public void State_WithCommandsPrepared_GoesOnInAnotherMachine()
    {
        _disk.Prepare(0, AhciHost.Control(4));
        _disk.Issue(0);
        _disk.Prepare(1, AhciHost.Control(0));
        _disk.Prepare(2, AhciHost.Command(AtaCommand.ReadDmaExt, 11, 4), (Buffer, 2048));
        using var other = new MachineRig();
        other.Restore(_rig.Snapshot());
        var disk = new AhciHost(other, 0);
        Assert.Equal((_disk[0], _disk[0x10], _disk[0x18]), (disk[0], disk[0x10], disk[0x18]));
        disk.Issue(1);
        Assert.Equal(0x101u, disk[0x24]);
        disk.Issue(2);
        Assert.Equal(other.Storage.SataDisk.Sectors(11, 4), disk.Memory(Buffer, 2048));
    }
}
