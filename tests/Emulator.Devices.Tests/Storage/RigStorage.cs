using Emulator.Devices.Storage.Ahci;
using Emulator.Devices.Storage.Ata;
using Emulator.Devices.Storage.Floppy;
using Emulator.Devices.Storage.Ide;

namespace Emulator.Devices.Tests.Storage;

/// <summary>The rig's disk controllers, each with drives: a disk and a CD-ROM drive on IDE and on AHCI, and a floppy drive.</summary>
internal sealed class RigStorage
{
    public const int AhciDevfn = 0x10 << 3;
    public const int DiskSectors = 4096;

    public RigStorage(MachineRig rig, int floppyKilobytes)
    {
        var legacy = rig.Legacy;
        Disk = new TestMedium(rig.Scheduler, DiskSectors * 512, 1);
        Disc = new TestMedium(rig.Scheduler, 256 * 2048, 2);
        SataDisk = new TestMedium(rig.Scheduler, DiskSectors * 512, 3);
        SataDisc = new TestMedium(rig.Scheduler, 256 * 2048, 4);
        Diskette = new TestMedium(rig.Scheduler, floppyKilobytes << 10, 5);
        Ide = legacy.Add(new Piix3Ide(legacy.Pci, line => legacy.Router.Connect(line)));
        Ide.Channels[0].Attach(0, new AtaDisk("ide0-hd0", Disk, "EM00001"));
        Ide.Channels[1].Attach(0, CdRom);
        CdRom.ChangeMedium(Disc);
        Ahci = legacy.Add(new AhciController(legacy.Pci, AhciDevfn, "ahci", rig));
        Ahci.Attach(0, new AtaDisk("sata0", SataDisk, "EM00002"));
        Ahci.Attach(1, new AtapiCdRom("sata1", SataDisc, "EM00003"));
        Floppy = legacy.Add(new FloppyController(rig.Ports, rig.Scheduler, legacy.Router.Connect(PcPlatform.FloppyIrq), legacy.Dma));
        Drive = new FloppyDrive("floppy0", Diskette);
        Floppy.Attach(0, Drive);
    }

    public TestMedium Disk { get; }

    public TestMedium Disc { get; }

    public TestMedium SataDisk { get; }

    public TestMedium SataDisc { get; }

    public TestMedium Diskette { get; }

    public Piix3Ide Ide { get; }

    public AtapiCdRom CdRom { get; } = new("ide1-cd0", null, "EM00004");

    public AhciController Ahci { get; }

    public FloppyController Floppy { get; }

    public FloppyDrive Drive { get; }

    public IReadOnlyList<TestMedium> Media => [Disk, Disc, SataDisk, SataDisc, Diskette];
}
