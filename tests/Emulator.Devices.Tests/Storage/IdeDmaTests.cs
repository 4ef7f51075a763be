using Emulator.Devices.Storage.Ata;

namespace Emulator.Devices.Tests.Storage;

/// <summary>DMA by the PIIX3's bus master (Programming Interface for Bus Master IDE Controller 1.0), and state in the middle of transfers.</summary>
public sealed class IdeDmaTests : IDisposable
{
    private const uint Buffer = 0x10_0000;
    private const int Active = 1;
    private const int Interrupt = 4;
    private readonly MachineRig _rig = new();
    private readonly IdeHost _host;

    public IdeDmaTests() => _host = new IdeHost(_rig, 0);

    private TestMedium Medium => _rig.Storage.Disk;

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_IntoTwoRegions_FillsBothAndInterrupts(bool engineFirst)
    {
        _host.Address(33, 3);
        if (engineFirst)
        {
            _host.StartDma(true, (Buffer, 0x200), (Buffer + 0x1002, 0x400));
            Assert.Equal(Active, _host.BusMasterStatus & (Active | Interrupt));
            _host.Command(AtaCommand.ReadDma);
        }
        else
        {
            _host.Command(AtaCommand.ReadDma);
            Assert.Equal(AtaStatus.Drq, _host.Status & AtaStatus.Drq);
            _host.StartDma(true, (Buffer, 0x200), (Buffer + 0x1002, 0x400));
        }

        Assert.Equal(Interrupt, _host.BusMasterStatus & (Active | Interrupt));
        Assert.Equal(AtaStatus.Ready, _host.Status);
        Assert.Equal(Medium.Sectors(33, 3), Memory(Buffer, 0x200).Concat(Memory(Buffer + 0x1002, 0x400)));
    }

    [Theory]
    [InlineData(AtaCommand.WriteDma, 200)]
    [InlineData(AtaCommand.WriteDmaExt, 1200)]
    [InlineData(AtaCommand.WriteDmaFuaExt, 2)]
    public void Write_FromMemory_ReachesTheMedium(byte command, int sectors)
    {
        var data = new byte[sectors * 512];
        new Random(sectors).NextBytes(data);
        _rig.Memory.Write(Buffer, data);
        if (command == AtaCommand.WriteDma)
        {
            _host.Address(5, sectors);
        }
        else
        {
            _host.ExtendedAddress(5, sectors);
        }

        _host.Command(command);
        var regions = new List<(uint, int)>();
        for (var at = 0; at < data.Length; at += 0x1_0000)
        {
            regions.Add((Buffer + (uint)at, Math.Min(0x1_0000, data.Length - at)));
        }

        _host.StartDma(false, regions);
        Assert.Equal(data, Medium.Sectors(5, sectors));
        Assert.Equal(AtaStatus.Ready, _host.Status);
        Assert.Equal(command == AtaCommand.WriteDmaFuaExt, Medium.Requests.Contains("flush"));
    }

    [Fact]
    public void Table_TooShort_StopsTheEngineWithoutInterrupt()
    {
        _host.TakeInterrupt();
        _host.Address(0, 2);
        _host.Command(AtaCommand.ReadDma);
        _host.StartDma(true, (Buffer, 0x200));
        Assert.Equal(0, _host.BusMasterStatus & (Active | Interrupt));
        Assert.Equal(AtaStatus.Drq, _host.Status & AtaStatus.Drq);
    }

    [Fact]
    public void Table_LongerThanTheTransfer_LeavesTheEngineActive()
    {
        _host.Address(0, 1);
        _host.Command(AtaCommand.ReadDma);
        _host.StartDma(true, (Buffer, 0x400));
        Assert.Equal(Active | Interrupt, _host.BusMasterStatus & (Active | Interrupt));
    }

    [Fact]
    public void Engine_WithoutBusMasterEnable_MovesNothing()
    {
        _rig.WritePci(PcPlatform.IdeDevfn, 4, 2, 1);
        _host.Address(0, 1);
        _host.Command(AtaCommand.ReadDma);
        _host.StartDma(true, (Buffer, 0x200));
        Assert.Equal(AtaStatus.Drq, _host.Status & AtaStatus.Drq);
        Assert.All(Memory(Buffer, 0x200), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Trim_OfTwoRanges_DiscardsThem()
    {
        _rig.Memory.Write(Buffer, new byte[512]);
        _rig.Memory.Write(Buffer, 16ul | (8ul << 48));
        _rig.Memory.Write(Buffer + 16, 100ul | (1ul << 48));
        _host.ExtendedAddress(0, 1);
        _host.Set(1, 1);
        _host.Command(AtaCommand.DataSetManagement);
        _host.StartDma(false, (Buffer, 0x200));
        Assert.Equal(["discard 8192+4096", "discard 51200+512"], Medium.Requests);
        Assert.Equal(AtaStatus.Ready, _host.Status);
    }

    [Fact]
    public void State_InTheMiddleOfARead_GoesOnInAnotherMachine()
    {
        _host.Address(10, 2);
        _host.Command(AtaCommand.ReadSectors);
        var data = _host.Receive(300).ToList();
        using var other = new MachineRig();
        other.Restore(_rig.Snapshot());
        data.AddRange(new IdeHost(other, 0).Receive(724));
        Assert.Equal(Medium.Sectors(10, 2), data);
        Assert.Equal(AtaStatus.Ready, new IdeHost(other, 0).Status);
    }

    [Fact]
    public void State_InTheMiddleOfAWrite_GoesOnInAnotherMachine()
    {
        var data = Medium.Sectors(500, 700);
        _host.ExtendedAddress(40, 700);
        _host.Command(AtaCommand.WriteSectorsExt);
        _host.Send(data.AsSpan(0, 300_000));
        using var other = new MachineRig();
        other.Restore(_rig.Snapshot());
        new IdeHost(other, 0).Send(data.AsSpan(300_000));
        Assert.Equal(data, other.Storage.Disk.Sectors(40, 700));
    }

    [Fact]
    public void State_WithDmaThatWaits_GoesOnInAnotherMachine()
    {
        _host.Address(10, 8);
        _host.Command(AtaCommand.ReadDma);
        using var other = new MachineRig();
        other.Restore(_rig.Snapshot());
        new IdeHost(other, 0).StartDma(true, (Buffer, 0x1000));
        var data = new byte[0x1000];
        other.Memory.Read(Buffer, data);
        Assert.Equal(Medium.Sectors(10, 8), data);
    }

    private byte[] Memory(ulong address, int length)
    {
        var data = new byte[length];
        _rig.Memory.Read(address, data);
        return data;
    }
}
