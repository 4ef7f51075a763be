using Emulator.Devices.Storage;
using Emulator.Devices.Storage.Ata;

namespace Emulator.Devices.Tests.Storage;

/// <summary>Guests that drive the disk controllers without sense: nothing throws, nothing grows, and a reset brings order back.</summary>
public sealed class StorageFuzzTests : IDisposable
{
    private const int Steps = 20_000;
    private readonly MachineRig _rig = new();

    private static ReadOnlySpan<byte> Commands =>
    [
        AtaCommand.ReadSectors, AtaCommand.ReadSectorsExt, AtaCommand.ReadDmaExt, AtaCommand.WriteSectors, AtaCommand.WriteDmaExt, AtaCommand.ReadDma,
        AtaCommand.WriteDma, AtaCommand.ReadMultiple, AtaCommand.WriteMultiple, AtaCommand.SetMultipleMode, AtaCommand.DataSetManagement, AtaCommand.Packet,
        AtaCommand.Smart, AtaCommand.ReadLogExt, AtaCommand.FlushCache, AtaCommand.SetFeatures, AtaCommand.InitializeDeviceParameters,
        AtaCommand.ReadFpdmaQueued, AtaCommand.WriteFpdmaQueued, AtaCommand.IdentifyDevice, AtaCommand.IdentifyPacketDevice, AtaCommand.ExecuteDeviceDiagnostic,
        AtaCommand.DeviceReset, AtaCommand.ReadVerify, AtaCommand.SeekFirst,
    ];

    private static ReadOnlySpan<byte> Packets =>
    [
        0x00, 0x03, 0x12, 0x15, 0x1a, 0x1b, 0x1e, 0x25, 0x28, 0x2b, 0x42, 0x43, 0x46, 0x4a, 0x51, 0x52, 0x55, 0x5a, 0xa8, 0xb9, 0xbb, 0xbd, 0xbe,
    ];

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Ide_DrivenWithoutSense_ComesBackAfterAReset(int seed)
    {
        var random = new Random(seed);
        var hosts = new[] { new IdeHost(_rig, 0), new IdeHost(_rig, 1) };
        for (var i = 0; i < Steps; i++)
        {
            var host = hosts[random.Next(2)];
            var port = host == hosts[0] ? 0x1f0 : 0x170;
            switch (random.Next(16))
            {
                case < 4:
                    host.Set(random.Next(1, 7), Small(random));
                    break;
                case < 6:
                    host.Set(7, random.Next(8) == 0 ? random.Next(256) : Pick(random, Commands));
                    break;
                case < 8:
                    var size = 1 << random.Next(3);
                    for (var n = random.Next(300); n > 0; n--)
                    {
                        _rig.Ports.Read((ushort)port, size);
                    }

                    break;
                case < 10:
                    for (var n = random.Next(300); n > 0; n--)
                    {
                        _rig.Ports.Write((ushort)port, 2, n % 6 == 0 ? Pick(random, Packets) : (uint)Small(random));
                    }

                    break;
                case 10:
                    _rig.Out(0xc000 + random.Next(16), random.Next(4) == 0 ? random.Next(256) : 9);
                    break;
                case 11:
                    _rig.Memory.Write((ulong)(IdeHost.Table + (8 * random.Next(4))), (uint)random.NextInt64(1L << 32));
                    _rig.Memory.Write((ulong)(IdeHost.Table + (8 * random.Next(4))), (uint)random.Next(0x40_0000) | ((ulong)random.Next(0x1_0000) << 32));
                    _rig.Out32(0xc004 + (8 * random.Next(2)), IdeHost.Table);
                    break;
                case 12:
                    host.Control(random.Next(8) == 0 ? 4 : random.Next(256) & 0x82);
                    break;
                case 13:
                    Disturb(random, _rig.Storage.Disk, _rig.Storage.Disc);
                    break;
                default:
                    _rig.Scheduler.RunDue();
                    break;
            }
        }

        Settle();
        var first = hosts[0];
        first.Control(4);
        first.Control(0);
        first.Address(9, 1);
        first.Command(AtaCommand.ReadSectors);
        Assert.Equal(_rig.Storage.Disk.Sectors(9, 1), first.Receive(512));
        hosts[1].Control(4);
        hosts[1].Control(0);
        Assert.Equal(36, hosts[1].Ask([0x12, 0, 0, 0, 36]).Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Ahci_DrivenWithoutSense_ComesBackAfterAReset(int seed)
    {
        var random = new Random(seed);
        var hosts = new[] { new AhciHost(_rig, 0).Start(), new AhciHost(_rig, 1).Start() };
        for (var i = 0; i < Steps; i++)
        {
            var host = hosts[random.Next(2)];
            switch (random.Next(16))
            {
                case < 5:
                    PrepareAnything(random, host);
                    break;
                case < 8:
                    host[0x34] = (uint)random.NextInt64(1L << 32);
                    host[0x38] = 1u << random.Next(32);
                    break;
                case 8:
                    host[0x38] = (uint)random.NextInt64(1L << 32);
                    break;
                case 9:
                    host[4 * random.Next(32)] = (uint)random.NextInt64(1L << 32);
                    break;
                case 10:
                    host[0x00] = AhciHost.Lists;
                    host[0x04] = 0;
                    host[0x18] = random.Next(3) == 0 ? 0x16u : 0x17u;
                    break;
                case 11:
                    _rig.Memory.Write(AhciHost.Base + (ulong)random.Next(0x1000), (ulong)random.NextInt64());
                    break;
                case 12:
                    _rig.Memory.Read<ulong>(AhciHost.Base + (ulong)random.Next(0x1000));
                    break;
                case 13:
                    Disturb(random, _rig.Storage.SataDisk, _rig.Storage.SataDisc);
                    break;
                default:
                    _rig.Scheduler.RunDue();
                    break;
            }
        }

        Settle();
        hosts[0].GlobalControl = 0x8000_0001;
        var disk = hosts[0].Start();
        disk.Prepare(0, AhciHost.Command(AtaCommand.ReadDmaExt, 9, 1), (AhciHost.Buffer, 512));
        disk.Issue(0);
        Assert.Equal(_rig.Storage.SataDisk.Sectors(9, 1), disk.Memory(AhciHost.Buffer, 512));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Floppy_DrivenWithoutSense_ComesBackAfterAReset(int seed)
    {
        var random = new Random(seed);
        var host = new FloppyHost(_rig).Start(0);
        for (var i = 0; i < Steps; i++)
        {
            switch (random.Next(16))
            {
                case < 6:
                    _rig.Out(0x3f5, random.Next(3) == 0 ? random.Next(256) : Small(random) & 0x0f);
                    break;
                case < 8:
                    _rig.Out(0x3f5, 0x40 | random.Next(32));
                    break;
                case < 11:
                    _rig.In(0x3f5);
                    break;
                case 11:
                    host.Dma(0x40 | random.Next(64), random.Next(1, 0x1_0000), random.Next(0x40_0000));
                    break;
                case 12:
                    _rig.Out(0x3f0 + random.Next(8), random.Next(8) == 0 ? random.Next(256) : 0x1c);
                    break;
                case 13:
                    Disturb(random, _rig.Storage.Diskette, null);
                    break;
                case 14:
                    _rig.Advance(random.Next(1 << 24));
                    break;
                default:
                    _rig.Scheduler.RunDue();
                    break;
            }
        }

        Settle();
        _rig.Out(0x0d, 0);
        _rig.Storage.Floppy.Reset();
        host.Start(0);
        host.Seek(2);
        host.Dma(0x46, 512);
        Assert.Equal([0, 0, 0, 2, 0, 2, 2], host.Move(0x06, 2, 0, 1, 18));
        Assert.Equal(_rig.Storage.Diskette.Sectors(72, 1), host.Memory(512));
    }

    // Headers, frames, packets and regions that are nearly right.
    private void PrepareAnything(Random random, AhciHost host)
    {
        var slot = random.Next(32);
        var command = Pick(random, Commands);
        var lba = random.Next(4) == 0 ? random.NextInt64(1L << 48) : random.Next(RigStorage.DiskSectors);
        var count = command is AtaCommand.ReadFpdmaQueued or AtaCommand.WriteFpdmaQueued && random.Next(8) > 0 ? slot << 3 : random.Next(64);
        var fis = AhciHost.Command(command, lba, count, features: random.Next(40), device: (byte)random.Next(256));
        if (random.Next(16) == 0)
        {
            fis[random.Next(20)] = (byte)random.Next(256);
        }

        host.Prepare(slot, fis, (Where(random), random.Next(1, 0x8000)), (Where(random), random.Next(1, 0x8000)));
        _rig.Memory.Write(AhciHost.Tables + (ulong)(slot * 0x400) + 0x40, Pick(random, Packets) | ((ulong)random.Next(2) << 40) | ((ulong)random.Next(256) << 56));
        if (random.Next(16) == 0)
        {
            _rig.Memory.Write(AhciHost.Lists + (ulong)random.Next(0x400), (ulong)random.NextInt64());
        }
    }

    private static ulong Where(Random random) => random.Next(8) switch
    {
        0 => (ulong)random.NextInt64(),
        1 => ulong.MaxValue - (ulong)random.Next(0x1000),
        2 => AhciHost.Base + (ulong)random.Next(0x1000),
        _ => AhciHost.Buffer + (ulong)random.Next(0x10_0000),
    };

    private void Disturb(Random random, TestMedium medium, TestMedium? disc)
    {
        medium.Outcome = random.Next(4) == 0 ? BlockStatus.IoError : BlockStatus.Success;
        medium.IsReadOnly = random.Next(8) == 0;
        if (disc == _rig.Storage.Disc)
        {
            _rig.Storage.CdRom.ChangeMedium(random.Next(3) == 0 ? null : disc);
        }
        else if (disc is null)
        {
            _rig.Storage.Drive.ChangeMedium(random.Next(3) == 0 ? null : medium);
        }
    }

    private void Settle()
    {
        _rig.Scheduler.RunDue();
        foreach (var medium in _rig.Storage.Media)
        {
            Assert.Equal(0, medium.Pending);
            (medium.Outcome, medium.IsReadOnly) = (BlockStatus.Success, false);
        }

        _rig.Storage.Drive.ChangeMedium(_rig.Storage.Diskette);
    }

    private static byte Pick(Random random, ReadOnlySpan<byte> values) => values[random.Next(values.Length)];

    private static int Small(Random random) => random.Next(4) == 0 ? random.Next(256) : random.Next(8);
}
