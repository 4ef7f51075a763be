using System.Collections.Immutable;
using System.Globalization;

namespace Emulator.Host.Cli;

/// <summary>Reads <c>-drive</c>, <c>-hda</c>, <c>-cdrom</c>, <c>-fda</c>, <c>-pflash</c> and <c>-snapshot</c>, and gives each drive its place.</summary>
public static class DriveSyntax
{
    private const int Unplaced = -1;
    private const int MaxPlaces = 32;
    private const int CdRomIndex = 2;
    private const int FloppyDrives = 2;
    private const int Flashes = 2;

    private static ImmutableArray<string> Known { get; } =
    [
        "file", "if", "media", "index", "bus", "unit", "format", "readonly", "snapshot", "id", "cache", "discard", "file.locking", "werror", "rerror", "aio",
    ];

    private static readonly ImmutableArray<string> DiskOptions = ["hda", "hdb", "hdc", "hdd"];
    private static readonly ImmutableArray<string> FloppyOptions = ["fda", "fdb"];

    /// <summary>All drives of the command line, and those that every machine has, in the order of their places.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="unitsPerBus">How many disks hang on one bus of the board's disk controller: 2 for IDE, 1 for AHCI.</param>
    public static ImmutableArray<DriveChoice> Read(ParsedArguments parsed, int unitsPerBus)
    {
        var drives = new List<DriveChoice>();
        ReadShort(parsed, drives);
        foreach (var text in parsed.All("drive"))
        {
            drives.Add(ReadDrive(text));
        }

        var placed = Place(drives, unitsPerBus);
        if (!parsed.Has("nodefaults"))
        {
            AddDefaults(placed, unitsPerBus);
        }

        if (parsed.Has("snapshot"))
        {
            placed = [.. placed.Select(drive => drive with { IsSnapshot = drive.IsSnapshot || !drive.IsReadOnly })];
        }

        CheckIds(placed);
        placed.Sort((one, other) => PlaceOf(one) - PlaceOf(other));
        return [.. placed];

        static int PlaceOf(DriveChoice drive) => ((((int)drive.Interface * (MaxPlaces + 1)) + drive.Bus) * (MaxPlaces + 1)) + drive.Unit;
    }

    // A drive whose place was given as index= has it in Unit, with Bus unplaced, until Place.
    private static void ReadShort(ParsedArguments parsed, List<DriveChoice> drives)
    {
        AddIndexed(parsed, drives, DiskOptions, DriveInterface.Ide);
        AddIndexed(parsed, drives, FloppyOptions, DriveInterface.Floppy);
        foreach (var file in parsed.All("cdrom"))
        {
            drives.Add(Short("cdrom", file, DriveInterface.Ide, CdRomIndex) with { IsCdRom = true, IsReadOnly = true });
        }

        foreach (var file in parsed.All("pflash"))
        {
            drives.Add(Short("pflash", file, DriveInterface.Pflash, Unplaced));
        }
    }

    private static void AddIndexed(ParsedArguments parsed, List<DriveChoice> drives, ImmutableArray<string> options, DriveInterface on)
    {
        for (var i = 0; i < options.Length; i++)
        {
            foreach (var file in parsed.All(options[i]))
            {
                drives.Add(Short(options[i], file, on, i));
            }
        }
    }

    private static DriveChoice Short(string option, string file, DriveInterface on, int index)
        => file.Length > 0
            ? new() { Subject = $"-{option} {file}", Interface = on, Bus = Unplaced, Unit = index, Id = "", File = file }
            : throw new UserErrorException($"-{option}", "an empty path", "give the path of an image");

    private static DriveChoice ReadDrive(string text)
    {
        var list = PropertyList.Parse("-drive", text, "file");
        var (on, index, bus, unit) = ReadPlace(list);
        var isCdRom = list.Take("media") switch
        {
            null or "disk" => false,
            "cdrom" => true,
            var media => throw list.Error($"media={media} is neither disk nor cdrom", "write media=disk or media=cdrom"),
        };
        var (cache, discard) = (ReadCache(list), ReadDiscard(list));
        if (list.Take("aio") is { } aio && aio != "threads")
        {
            throw list.Error($"aio={aio} is not supported", "leave it out: requests run on a thread of their own");
        }

        var drive = new DriveChoice
        {
            Subject = list.Subject,
            Interface = on,
            Bus = index >= 0 ? Unplaced : bus,
            Unit = index >= 0 ? index : unit,
            Id = list.Take("id") ?? "",
            IsCdRom = isCdRom,
            File = list.Head is { Length: > 0 } file ? file : null,
            Format = ReadFormat(list),
            IsReadOnly = list.TakeSwitch("readonly", isCdRom),
            IsSnapshot = list.TakeSwitch("snapshot", false),
            Cache = cache,
            Unmap = discard,
            IsLocked = TakeLocking(list),
            ReadError = ReadAction(list, "rerror"),
            WriteError = ReadAction(list, "werror"),
        };
        list.RefuseRest(Known);
        if (drive.File is null && !isCdRom && (on is DriveInterface.Ide or DriveInterface.Pflash))
        {
            throw list.Error("has no file", "add file=PATH; only CD-ROM and floppy drives may be empty");
        }

        return isCdRom && !drive.IsReadOnly ? throw list.Error("a CD-ROM cannot be written", "leave readonly=off out") : drive;
    }

    private static (DriveInterface On, int Index, int Bus, int Unit) ReadPlace(PropertyList list)
    {
        var on = list.Take("if") switch
        {
            null or "ide" => DriveInterface.Ide,
            "floppy" => DriveInterface.Floppy,
            "none" => DriveInterface.None,
            "pflash" => DriveInterface.Pflash,
            var other => throw list.Error($"if={other} is not supported", "use if=ide, if=floppy, if=pflash or if=none"),
        };
        var index = (int)list.TakeNumber("index", Unplaced, 0, MaxPlaces);
        var bus = (int)list.TakeNumber("bus", Unplaced, 0, MaxPlaces);
        var unit = (int)list.TakeNumber("unit", Unplaced, 0, MaxPlaces);
        return index >= 0 && (bus >= 0 || unit >= 0)
            ? throw list.Error("index stands beside bus or unit", "give index alone, or bus and unit")
            : (on, index, bus < 0 && unit >= 0 ? 0 : bus, unit);
    }

    private static string? ReadFormat(PropertyList list) => list.Take("format") switch
    {
        null => null,
        "raw" => "raw",
        "qcow2" => "qcow2",
        var format => throw list.Error($"format={format} is not supported", "use raw or qcow2, or convert it: qemu-img convert -O qcow2"),
    };

    private static DriveCache ReadCache(PropertyList list) => list.Take("cache") switch
    {
        null or "writeback" or "none" => DriveCache.WriteBack,
        "writethrough" or "directsync" => DriveCache.WriteThrough,
        "unsafe" => DriveCache.Unsafe,
        var cache => throw list.Error($"cache={cache} is no cache mode", "use writeback, writethrough, none, directsync or unsafe"),
    };

    private static bool ReadDiscard(PropertyList list) => list.Take("discard") switch
    {
        null or "ignore" or "off" => false,
        "unmap" or "on" => true,
        var discard => throw list.Error($"discard={discard} is neither ignore nor unmap", "write discard=ignore or discard=unmap"),
    };

    private static bool TakeLocking(PropertyList list)
    {
        if (list.Take("file.locking") is not { } value)
        {
            return true;
        }

        return value switch
        {
            "auto" or "on" => true,
            "off" => false,
            _ => throw list.Error($"file.locking={value} is none of auto, on and off", "write file.locking=off or leave it out"),
        };
    }

    private static DriveErrorAction ReadAction(PropertyList list, string name) => list.Take(name) switch
    {
        null or "report" => DriveErrorAction.Report,
        "ignore" => DriveErrorAction.Ignore,
        "stop" => DriveErrorAction.Stop,
        "enospc" => DriveErrorAction.StopWithoutSpace,
        var action => throw list.Error($"{name}={action} is not supported", $"use {name}=report, ignore, stop or enospc"),
    };

    // Those with a place first, then the others into what is left, as QEMU does.
    private static List<DriveChoice> Place(List<DriveChoice> drives, int unitsPerBus)
    {
        var placed = new List<DriveChoice>();
        foreach (var drive in drives.Where(drive => drive.Unit != Unplaced).Concat(drives.Where(drive => drive.Unit == Unplaced)))
        {
            var width = drive.Interface switch { DriveInterface.Ide => unitsPerBus, DriveInterface.Floppy => FloppyDrives, _ => MaxPlaces };
            var place = drive switch
            {
                { Unit: Unplaced } => FirstFree(placed, drive, width),
                { Bus: Unplaced } => drive with { Bus = drive.Unit / width, Unit = drive.Unit % width },
                _ => drive,
            };
            CheckPlace(placed, place, width);
            placed.Add(place with { Id = place.Id.Length > 0 ? place.Id : NameOf(place) });
        }

        return placed;
    }

    private static DriveChoice FirstFree(List<DriveChoice> placed, DriveChoice drive, int width)
    {
        var (bus, unit) = (Math.Max(drive.Bus, 0), 0);
        while (Find(placed, drive.Interface, bus, unit) is not null)
        {
            unit++;
            (bus, unit) = (bus + (unit / width), unit % width);
        }

        return drive with { Bus = bus, Unit = unit };
    }

    private static void CheckPlace(List<DriveChoice> placed, DriveChoice drive, int width)
    {
        var buses = drive.Interface switch { DriveInterface.Ide => width == 1 ? 6 : 2, _ => 1 };
        var units = drive.Interface switch { DriveInterface.Pflash => Flashes, _ => width };
        if (drive.Unit >= units || (drive.Bus >= buses && drive.Interface != DriveInterface.None))
        {
            throw new UserErrorException(
                drive.Subject, string.Create(CultureInfo.InvariantCulture, $"there is no bus {drive.Bus}, unit {drive.Unit}"),
                string.Create(CultureInfo.InvariantCulture, $"this interface takes {buses * units} drives"));
        }

        if (Find(placed, drive.Interface, drive.Bus, drive.Unit) is { } other)
        {
            throw new UserErrorException(drive.Subject, $"its place is taken by {other.Subject}", "give it another index, or leave one out");
        }
    }

    private static DriveChoice? Find(List<DriveChoice> placed, DriveInterface on, int bus, int unit)
        => placed.Find(drive => drive.Interface == on && drive.Bus == bus && drive.Unit == unit);

    private static string NameOf(DriveChoice drive) => string.Create(CultureInfo.InvariantCulture, $"{drive.Interface switch
    {
        DriveInterface.Ide => $"ide{drive.Bus}-{(drive.IsCdRom ? "cd" : "hd")}",
        DriveInterface.Floppy => "floppy",
        DriveInterface.Pflash => "pflash",
        _ => "none",
    }}{drive.Unit}");

    private static void AddDefaults(List<DriveChoice> placed, int unitsPerBus)
    {
        var cdRom = Default(DriveInterface.Ide, CdRomIndex / unitsPerBus, CdRomIndex % unitsPerBus) with { IsCdRom = true, IsReadOnly = true };
        foreach (var drive in new[] { cdRom, Default(DriveInterface.Floppy, 0, 0) })
        {
            if (Find(placed, drive.Interface, drive.Bus, drive.Unit) is null)
            {
                placed.Add(drive with { Id = NameOf(drive) });
            }
        }
    }

    private static DriveChoice Default(DriveInterface on, int bus, int unit)
        => new() { Subject = "the machine's own drive", Interface = on, Bus = bus, Unit = unit, Id = "" };

    private static void CheckIds(List<DriveChoice> drives)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        foreach (var drive in drives)
        {
            if (!taken.Add(drive.Id))
            {
                throw new UserErrorException(drive.Subject, $"the id '{drive.Id}' is taken", "give each drive its own id");
            }
        }
    }
}
