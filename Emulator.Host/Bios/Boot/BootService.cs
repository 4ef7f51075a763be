using Emulator.Devices.Storage;
using Emulator.Host.Bios.Board;
using Emulator.Host.Bios.Disks;
using Emulator.Host.Bios.Input;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Boot;

/// <summary>Something that may be booted.</summary>
/// <param name="Name">What it is called on the screen.</param>
/// <param name="Number">The drive's number, for DL.</param>
internal sealed record BootCandidate(string Name, byte Number)
{
    /// <summary>A far entry of an option ROM instead of a drive.</summary>
    public uint Entry { get; init; }
}

/// <summary>
/// INT 19h and INT 18h: tries what there is in the order asked for (BIOS Boot Specification 1.01; El Torito 1.0), and the menu of it.
/// </summary>
internal sealed class BootService(BiosBoard board, DriveTable drives, BiosConsole console)
{
    private const ushort LoadAddress = 0x7c00;
    private const uint MenuTicks = 55;
    private const ushort F12 = 0x8600;
    private const ushort Escape = 0x011b;
    private const ushort SignatureAt = 510;

    private bool _started;

    /// <summary>INT 19h: begins with the first.</summary>
    public void Start(BiosCall call)
    {
        call.Memory.Write<byte>(BiosData.InExtended(BiosData.BootAttempt), 0);
        TryNext(call);
    }

    /// <summary>INT 18h: the one that was booted gave up.</summary>
    public void Fail(BiosCall call) => TryNext(call);

    /// <summary>The end of the power-on self-test: INT 19h, or the menu before it.</summary>
    public void Begin(BiosCall call)
    {
        if (!board.Boot.Menu)
        {
            call.Interrupt(0x19, BiosLayout.Halt);
            return;
        }

        console.Write(call, "\nPress F12 for boot menu.\n\n");
        call.Memory.Write(BiosData.InExtended(BiosData.MenuDeadline), call.Memory.Read32(BiosData.Ticks) + MenuTicks);
        call.Next = BiosLayout.WaitInMenu;
    }

    /// <summary>The menu looks for a key.</summary>
    public void Menu(BiosCall call)
    {
        var memory = call.Memory;
        var open = BiosData.InExtended(BiosData.MenuOpen);
        call.Next = BiosLayout.WaitInMenu;
        if (memory.Read8(open) == 0)
        {
            var deadline = memory.Read32(BiosData.InExtended(BiosData.MenuDeadline));
            if (KeyboardService.TryTake(memory) == F12)
            {
                memory.Write<byte>(open, 1);
                ShowMenu(call);
            }
            else if ((int)(memory.Read32(BiosData.Ticks) - deadline) >= 0)
            {
                call.Interrupt(0x19, BiosLayout.Halt);
            }

            return;
        }

        if (KeyboardService.TryTake(memory) is not { } key)
        {
            return;
        }

        var choice = (key & 0xff) - '1';
        if (key == Escape || (choice >= 0 && choice < Candidates(call.Memory).Count))
        {
            memory.Write(BiosData.InExtended(BiosData.BootChosen), key == Escape ? (byte)0 : (byte)(choice + 1));
            console.Write(call, "\n");
            call.Interrupt(0x19, BiosLayout.Halt);
        }
    }

    private void ShowMenu(BiosCall call)
    {
        console.Write(call, "Select boot device:\n\n");
        var number = 1;
        foreach (var candidate in Candidates(call.Memory))
        {
            console.Write(call, $"{number++}. {candidate.Name}\n");
        }
    }

    private List<BootCandidate> Candidates(BiosMemory memory)
    {
        var list = new List<BootCandidate>();
        var entry = memory.Read32(BiosData.InExtended(BiosData.BootEntryVector));
        if (board.Boot.StartsKernel)
        {
            list.Add(new BootCandidate("Kernel", 0) { Entry = entry });
        }

        foreach (var drive in board.Boot.First)
        {
            Add(list, drives.Of(drive.Kind), drives.Of(drive.Kind).ToList().IndexOf(drive));
        }

        var order = !_started && board.Boot.Once is { } once ? once : board.Boot.Order;
        foreach (var letter in order)
        {
            switch (letter)
            {
                case 'a' or 'b':
                    AddAll(list, DriveKind.Floppy, letter - 'a', 1);
                    break;
                case 'c':
                    AddAll(list, DriveKind.Disk, 0, 8);
                    break;
                case 'd':
                    AddAll(list, DriveKind.CdRom, 0, 8);
                    break;
                case 'n' when entry != 0 && !board.Boot.StartsKernel:
                    list.Add(new BootCandidate("Network", 0) { Entry = entry });
                    break;
                default:
                    break;
            }
        }

        return list;
    }

    private void AddAll(List<BootCandidate> list, DriveKind kind, int from, int most)
    {
        var all = drives.Of(kind);
        for (var i = from; i < Math.Min(all.Count, from + most); i++)
        {
            Add(list, all, i);
        }
    }

    private static void Add(List<BootCandidate> list, IReadOnlyList<IDrive> all, int index)
    {
        if (index < 0)
        {
            return;
        }

        var (name, first) = all[index].Kind switch
        {
            DriveKind.Floppy => ("Floppy", 0),
            DriveKind.Disk => ("Hard disk", DriveTable.FirstDisk),
            _ => ("CD-ROM", DriveTable.FirstCd),
        };
        var candidate = new BootCandidate(all.Count > 1 ? $"{name} {index}" : name, (byte)(first + index));
        if (!list.Contains(candidate))
        {
            list.Add(candidate);
        }
    }

    private void TryNext(BiosCall call)
    {
        var attempt = BiosData.InExtended(BiosData.BootAttempt);
        var list = Candidates(call.Memory);
        var chosen = call.Memory.Read8(BiosData.InExtended(BiosData.BootChosen));
        if (chosen > 0 && chosen <= list.Count)
        {
            list = [list[chosen - 1]];
        }

        for (int i = call.Memory.Read8(attempt); i < list.Count; i++)
        {
            call.Memory.Write(attempt, (byte)(i + 1));
            console.Write(call, $"Booting from {list[i].Name}...\n");
            if (TryBoot(call, list[i]) is not { } failure)
            {
                _started = true;
                return;
            }

            console.Write(call, $"Boot failed: {failure}\n\n");
        }

        console.Write(call, "No bootable device.\n");
        call.Next = BiosLayout.Halt;
    }

    private string? TryBoot(BiosCall call, BootCandidate candidate)
    {
        CdEmulation.Clear(call.Memory);
        if (candidate.Entry != 0)
        {
            call.FarCall((ushort)(candidate.Entry >> 16), (ushort)candidate.Entry, BiosLayout.BootFailure);
            return null;
        }

        if (drives.Find(candidate.Number, null) is not { Medium: { } medium } drive)
        {
            return "no medium";
        }

        return drive.Kind == DriveKind.CdRom ? TryCd(call, candidate.Number, medium) : TrySector(call, drive, medium);
    }

    private static string? TrySector(BiosCall call, BiosDrive drive, IBlockBackend medium)
    {
        Span<byte> sector = stackalloc byte[DiskGeometry.SectorLength];
        if (medium.ReadNow(0, sector) != BlockStatus.Success)
        {
            return "could not read the boot sector";
        }

        // Floppies of the first DOS versions have no signature.
        var signed = sector[SignatureAt] == 0x55 && sector[SignatureAt + 1] == 0xaa;
        if (!signed && (drive.Kind == DriveKind.Disk || sector.IndexOfAnyExcept(sector[0]) < 0))
        {
            return "not a bootable disk";
        }

        call.Memory.Write(LoadAddress, sector);
        Jump(call, 0, LoadAddress, drive.Number);
        return null;
    }

    private static string? TryCd(BiosCall call, byte number, IBlockBackend medium)
    {
        if (BootEntry.Read(medium) is not { } entry)
        {
            return "not a bootable CD";
        }

        var start = entry.Sector * (long)BiosDrive.CdSectorLength;
        var bytes = new byte[Math.Max((int)entry.Count, 1) * DiskGeometry.SectorLength];
        var available = (int)Math.Clamp(medium.Length - start, 0, bytes.Length);
        if (available == 0 || medium.ReadNow(start, bytes.AsSpan(0, available)) != BlockStatus.Success)
        {
            return "could not read the boot image";
        }

        var emulated = entry.Media switch { 0 => number, <= 3 => (byte)0, _ => DriveTable.FirstDisk };
        var geometry = entry.Media switch
        {
            1 => new DiskGeometry(80, 2, 15),
            2 => new DiskGeometry(80, 2, 18),
            3 => new DiskGeometry(80, 2, 36),
            4 => DiskGeometry.FromImage(bytes),
            _ => default,
        };
        new CdEmulation(entry.Media, emulated, (byte)(number - DriveTable.FirstCd), entry.Sector, entry.Segment, entry.Count, geometry).Store(call.Memory);
        call.Memory.Write(BiosMemory.Linear(entry.Segment, 0), bytes);
        Jump(call, (ushort)(entry.Segment & 0xf000), (ushort)(entry.Segment << 4), emulated);
        return null;
    }

    private static void Jump(BiosCall call, ushort segment, ushort offset, byte drive)
    {
        call.ClearRegisters();
        call.DL = drive;
        call.Jump(segment, offset, 0, LoadAddress);
    }
}
