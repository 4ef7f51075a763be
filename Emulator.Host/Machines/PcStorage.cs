using Emulator.Devices;
using Emulator.Devices.Storage;
using Emulator.Devices.Storage.Ahci;
using Emulator.Devices.Storage.Ata;
using Emulator.Devices.Storage.Floppy;
using Emulator.Devices.Storage.Ide;
using Emulator.Host.Cli;
using Emulator.Host.Images;

namespace Emulator.Host.Machines;

/// <summary>
/// The machine's disks: the board's controllers (PIIX3 IDE on <c>pc</c>, AHCI on <c>q35</c>, a floppy controller on both), the drives of the
/// command line in them, what CMOS says of them, and the changing of media.
/// </summary>
public sealed class PcStorage : IDisposable
{
    private readonly PcMachine _pc;
    private readonly DriveSet _images;
    private readonly List<MountedDrive> _drives = [];
    private readonly Dictionary<string, AhciController> _adapters = new(StringComparer.Ordinal);
    private int _serial;

    /// <summary>Builds the board's controllers, opens the images and puts the drives in.</summary>
    public PcStorage(PcMachine pc, MachineOptions options, Action<string> report)
    {
        _pc = pc;
        var machine = pc.Machine;
        Floppy = machine.AddDevice(new FloppyController(
            machine.Ports, machine.Scheduler, pc.Legacy.Router.Connect(PcPlatform.FloppyIrq), pc.Legacy.Dma));
        if (options.Machine.Type == "q35")
        {
            BoardAdapter = AddAdapter("ide", PcPlatform.BoardAhciDevfn);
        }
        else
        {
            Ide = machine.AddDevice(new Piix3Ide(pc.Legacy.Pci, line => pc.Legacy.Router.Connect(line)));
        }

        _images = DriveSet.Open(options.Drives.Where(drive => drive.Interface != DriveInterface.Pflash), machine.Scheduler, report);
        _images.Stopping = Stop;
        foreach (var drive in _images.All)
        {
            Mount(drive);
        }
    }

    /// <summary>Called on the machine's thread when a failure of a drive stops the machine.</summary>
    public Action<DriveChoice, StoppingFailure>? Stopped { get; set; }

    /// <summary>Whether a drive's failure has stopped the machine.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>The PIIX3's IDE function; null on a board without it.</summary>
    public Piix3Ide? Ide { get; }

    /// <summary>The board's AHCI adapter; null on a board without one.</summary>
    public AhciController? BoardAdapter { get; }

    /// <summary>The floppy controller.</summary>
    public FloppyController Floppy { get; }

    /// <summary>What <c>bootindex=</c> says.</summary>
    public BootIndexes BootIndexes { get; } = new();

    /// <summary>Every drive that a controller has.</summary>
    public IReadOnlyList<MountedDrive> Drives => _drives;

    /// <summary>The same as their controllers see them.</summary>
    public IReadOnlyList<IDrive> Devices => [.. _drives.Select(mounted => mounted.Drive)];

    /// <summary>Builds a further AHCI adapter.</summary>
    public AhciController AddAdapter(string id, int devfn)
    {
        var name = devfn == PcPlatform.BoardAhciDevfn ? "ahci" : $"ahci.{devfn:x2}";
        var adapter = _pc.Machine.AddDevice(new AhciController(_pc.Legacy.Pci, devfn, name, _pc.Apics));
        return _adapters.TryAdd(id, adapter)
            ? adapter
            : throw new InvalidOperationException($"the id '{id}' is taken");
    }

    /// <summary>The adapter of an id; null when there is none.</summary>
    public AhciController? FindAdapter(string id) => _adapters.GetValueOrDefault(id);

    /// <summary>The drive that <c>-drive if=none,id=ID</c> has declared; null when there is none, or it is in use.</summary>
    public OpenDrive? TakeFree(string id)
        => _images.Find(id) is { Choice.Interface: DriveInterface.None } drive && !_drives.Exists(mounted => mounted.Choice.Id == id) ? drive : null;

    /// <summary>Makes an ATA device of a drive and attaches it.</summary>
    public void MountAta(DriveChoice choice, IBlockBackend? medium, string? serial, Action<AtaDevice> attach)
    {
        serial ??= $"EM{++_serial:d5}";
        AtaDevice device = choice.IsCdRom ? new AtapiCdRom(choice.Id, medium, serial) : new AtaDisk(choice.Id, medium!, serial);
        attach(device);
        _drives.Add(new MountedDrive(choice, device));
    }

    /// <summary>Makes a floppy drive of a drive and attaches it.</summary>
    public FloppyDrive MountFloppy(DriveChoice choice, IBlockBackend? medium, int unit)
    {
        var drive = new FloppyDrive(choice.Id, medium);
        Floppy.Attach(unit, drive);
        _drives.Add(new MountedDrive(choice, drive));
        return drive;
    }

    /// <summary>Tells CMOS what drives there are: all are in.</summary>
    public void DescribeToCmos() => StorageCmos.Describe(_pc.Legacy.Rtc, Floppy, Ide?.Channels[0].Devices ?? []);

    /// <summary>What firmware does to the controllers before it starts a system.</summary>
    public void EnableAsFirmware() => Ide?.EnableAsFirmware();

    /// <summary>Puts a file's contents into a drive, or takes the medium out (null); returns what hinders, or null.</summary>
    public string? Change(string id, string? file, string? format, bool force)
    {
        var index = _drives.FindIndex(drive => drive.Choice.Id == id);
        if (index < 0)
        {
            return $"there is no drive '{id}'; 'info block' lists them";
        }

        var (choice, drive) = _drives[index];
        if (drive.Kind == DriveKind.Disk)
        {
            return $"{id} is a fixed disk";
        }

        if (drive.IsLocked && !force)
        {
            return $"{id} is locked by the guest; eject -f {id} takes the medium out all the same";
        }

        ImageBackend? medium = null;
        var changed = choice with { File = file, Format = format };
        try
        {
            medium = file is null ? null : _images.OpenMedium(changed);
        }
        catch (UserErrorException error)
        {
            return error.Message;
        }

        var old = drive.Medium as ImageBackend;
        drive.ChangeMedium(medium);
        _drives[index] = new MountedDrive(changed, drive);
        if (old is not null)
        {
            _images.CloseMedium(old);
        }

        return null;
    }

    /// <summary>The machine goes on: what failed is tried again.</summary>
    public void Retry()
    {
        IsStopped = false;
        _images.Retry();
    }

    /// <inheritdoc/>
    public void Dispose() => _images.Dispose();

    private void Stop(DriveChoice choice, StoppingFailure failure)
    {
        IsStopped = true;
        Stopped?.Invoke(choice, failure);
        _pc.Machine.Pause();
    }

    private void Mount(OpenDrive drive)
    {
        var (choice, medium) = drive;
        switch (choice.Interface)
        {
            case DriveInterface.Ide when Ide is not null:
                MountAta(choice, medium, null, device => Ide.Channels[choice.Bus].Attach(choice.Unit, device));
                break;
            case DriveInterface.Ide:
                MountAta(choice, medium, null, device => BoardAdapter!.Attach(choice.Bus, device));
                break;
            case DriveInterface.Floppy:
                MountFloppy(choice, medium, choice.Unit);
                break;
            default:
                break;
        }
    }
}

/// <summary>A drive at its controller, with what the command line or the monitor said of it last.</summary>
/// <param name="Choice">What is in it.</param>
/// <param name="Drive">The drive.</param>
public sealed record MountedDrive(DriveChoice Choice, IDrive Drive)
{
    /// <summary>Its lines of <c>info block</c>, as QEMU has them.</summary>
    public override string ToString()
    {
        var text = Drive.Medium is null
            ? $"{Choice.Id}: [not inserted]\n"
            : $"{Choice.Id}: {Choice.File} ({Choice.Format ?? "raw"}{(Drive.Medium.IsReadOnly ? ", read-only" : "")})\n";
        return Drive.Kind == DriveKind.Disk ? text : text + $"    Removable device: {(Drive.IsLocked ? "locked" : "not locked")}\n";
    }
}
