using System.Collections.Immutable;
using Emulator.Devices.Storage;
using Emulator.Devices.Storage.Ahci;
using Emulator.Devices.Storage.Ata;
using Emulator.Host.Cli;

namespace Emulator.Host.Machines;

/// <summary>The drives and disk controllers of <c>-device</c>.</summary>
internal static class StorageDevices
{
    private static readonly CatalogEntry BootIndex = new("bootindex", "place in the firmware's boot order, from 0; it goes before -boot");

    private static readonly ImmutableArray<CatalogEntry> AtaProperties =
    [
        new("drive", "the id of a -drive if=none"),
        new("bus", "ide.0 or ide.1, or ID.PORT of an AHCI adapter"),
        new("unit", "0 or 1 on an IDE channel"),
        new("serial", "serial number, up to 20 characters"),
        BootIndex,
    ];

    /// <summary>What can be added, with QEMU's names and properties.</summary>
    public static ImmutableArray<DeviceEntry> Catalog { get; } =
    [
        new("ide-hd", "a disk on an IDE channel or an AHCI port", AtaProperties),
        new("ide-cd", "a CD-ROM drive on an IDE channel or an AHCI port", AtaProperties),
        new("floppy", "a floppy drive", [new("drive", "the id of a -drive if=none"), new("unit", "0 or 1"), BootIndex]),
        new("ich9-ahci", "an AHCI adapter with six ports", [new("addr", "slot, or slot.function")]),
        new("ahci", "the same as ich9-ahci", [new("addr", "slot, or slot.function")]),
    ];

    /// <summary>Adds a device of this table; false when it is another's. Adapters come before the drives that name them.</summary>
    public static bool TryAdd(PcMachine pc, DeviceChoice choice, Func<int> slot)
    {
        switch (choice.Driver)
        {
            case "ich9-ahci" or "ahci":
                pc.Storage.AddAdapter(choice.Id ?? "ahci", slot());
                return true;
            case "ide-hd" or "ide-cd":
                AddAta(pc, choice);
                return true;
            case "floppy":
                AddFloppy(pc, choice);
                return true;
            default:
                return false;
        }
    }

    private static void AddAta(PcMachine pc, DeviceChoice choice)
    {
        var isCdRom = choice.Driver == "ide-cd";
        var (drive, medium) = TakeDrive(pc, choice, isEmptyAllowed: isCdRom);
        drive = drive with { IsCdRom = isCdRom, IsReadOnly = isCdRom || drive.IsReadOnly };
        pc.Storage.MountAta(drive, medium, choice.Properties.GetValueOrDefault("serial"), device =>
        {
            var path = Attach(pc, choice, device);
            PlaceInOrder(pc, choice, device, path);
        });
    }

    private static void AddFloppy(PcMachine pc, DeviceChoice choice)
    {
        var (drive, medium) = TakeDrive(pc, choice, isEmptyAllowed: true);
        var unit = Number(choice, "unit", 2) ?? (pc.Storage.Floppy.Drives[0] is null ? 0 : 1);
        var floppy = pc.Storage.MountFloppy(drive with { Interface = DriveInterface.Floppy }, medium, unit);
        PlaceInOrder(pc, choice, floppy, BootIndexes.PathOfFloppy(pc.Legacy.IsaBridge.Devfn, unit));
    }

    private static void PlaceInOrder(PcMachine pc, DeviceChoice choice, IDrive drive, string path)
    {
        if (Number(choice, "bootindex", int.MaxValue) is { } index)
        {
            pc.Storage.BootIndexes.Add(choice.Driver, index, drive, path);
        }
    }

    private static (DriveChoice Choice, Images.ImageBackend? Medium) TakeDrive(PcMachine pc, DeviceChoice choice, bool isEmptyAllowed)
    {
        if (!choice.Properties.TryGetValue("drive", out var id))
        {
            return isEmptyAllowed
                ? (new DriveChoice { Subject = $"-device {choice.Driver}", Interface = DriveInterface.None, Id = choice.Id ?? choice.Driver }, null)
                : throw new UserErrorException($"-device {choice.Driver}", "it has no drive", "add drive=ID and -drive file=PATH,if=none,id=ID");
        }

        var drive = pc.Storage.TakeFree(id)
            ?? throw new UserErrorException($"-device {choice.Driver},drive={id}", "there is no such drive, or it is in use", $"add -drive file=PATH,if=none,id={id}");
        return drive.Backend is null && !isEmptyAllowed
            ? throw new UserErrorException($"-device {choice.Driver},drive={id}", "the drive is empty", "add file=PATH to its -drive")
            : (drive.Choice, drive.Backend);
    }

    // Without a bus: the first free place of the board. Returns firmware's path to the place.
    private static string Attach(PcMachine pc, DeviceChoice choice, AtaDevice device)
    {
        var storage = pc.Storage;
        var bus = choice.Properties.GetValueOrDefault("bus");
        var dot = bus?.LastIndexOf('.') ?? -1;
        var name = dot < 0 ? bus ?? "ide" : bus![..dot];
        int? place = dot < 0 ? null
            : int.TryParse(bus![(dot + 1)..], System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : -1;
        if (storage.FindAdapter(name) is { } adapter)
        {
            return AttachToPort(choice, adapter, device, place ?? FirstFree(adapter));
        }

        if (name == "ide" && storage.Ide is { } ide)
        {
            var places = Enumerable.Range(0, 4)
                .Where(at => place is null || at / 2 == place)
                .Where(at => Number(choice, "unit", 2) is not { } unit || at % 2 == unit);
            var free = places.Where(at => ide.Channels[at / 2].Devices[at % 2] is null).Cast<int?>().FirstOrDefault()
                ?? throw Taken(choice, "IDE channel ide.0 or ide.1, unit 0 or 1");
            ide.Channels[free / 2].Attach(free % 2, device);
            return BootIndexes.PathOf("ide", ide.Devfn, free / 2, free % 2);
        }

        throw new UserErrorException($"-device {choice.Driver},bus={bus}", "there is no such bus", "use ide.0, ide.1, or the id of an -device ich9-ahci,id=ID as ID.0 to ID.5");
    }

    private static string AttachToPort(DeviceChoice choice, AhciController adapter, AtaDevice device, int port)
    {
        if (port is < 0 or >= AhciController.PortCount || adapter.Devices[port] is not null)
        {
            throw Taken(choice, $"port 0 to {AhciController.PortCount - 1}");
        }

        adapter.Attach(port, device);
        return BootIndexes.PathOf("pci8086,2922", adapter.Devfn, port, 0);
    }

    private static int FirstFree(AhciController adapter) => Enumerable.Range(0, AhciController.PortCount).FirstOrDefault(port => adapter.Devices[port] is null, -1);

    private static UserErrorException Taken(DeviceChoice choice, string mend)
        => new($"-device {choice.Driver}", "its place is taken, or there is no such place", $"give it a free one: {mend}");

    private static int? Number(DeviceChoice choice, string property, int limit)
        => !choice.Properties.TryGetValue(property, out var text) ? null
            : Quantity.TryNumber(text, out var value) && value >= 0 && value < limit ? (int)value
            : throw new UserErrorException($"-device {choice.Driver},{property}={text}", "is no number that fits", $"give 0 to {limit - 1}");
}
