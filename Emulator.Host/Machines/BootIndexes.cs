using Emulator.Devices.Storage;
using Emulator.Host.Cli;

namespace Emulator.Host.Machines;

/// <summary>
/// The drives that <c>bootindex=</c> puts into the firmware's order, before what <c>-boot</c> says. Firmware for QEMU reads their paths, which are
/// those of Open Firmware as QEMU writes them; the project's own BIOS takes the drives.
/// </summary>
public sealed class BootIndexes
{
    private readonly List<Place> _places = [];

    /// <summary>The drives, the one to be tried first in front.</summary>
    public IReadOnlyList<IDrive> Drives => [.. _places.Select(place => place.Drive)];

    /// <summary>Their paths, in the same order.</summary>
    public IReadOnlyList<string> Paths => [.. _places.Select(place => place.Path)];

    /// <summary>Gives a drive its place.</summary>
    /// <param name="device">The device as typed, for messages.</param>
    /// <param name="index">Its place.</param>
    /// <param name="drive">The drive.</param>
    /// <param name="path">Its path for firmware.</param>
    /// <exception cref="UserErrorException">Another drive has that place.</exception>
    public void Add(string device, int index, IDrive drive, string path)
    {
        if (_places.Find(place => place.Index == index) is { } taken)
        {
            throw new UserErrorException(
                $"-device {device},bootindex={index}", $"'{taken.Drive.Name}' has that place in the boot order", "give each drive a number of its own");
        }

        _places.Add(new Place(index, drive, path));
        _places.Sort((one, other) => one.Index.CompareTo(other.Index));
    }

    /// <summary>All drives, those with a place in front: a BIOS numbers them so.</summary>
    public IReadOnlyList<IDrive> Sort(IReadOnlyList<IDrive> all) => [.. Drives, .. all.Except(Drives)];

    /// <summary>The path of a drive at a PCI function's channel or port.</summary>
    public static string PathOf(string function, int devfn, int channel, int unit)
        => $"/pci@i0cf8/{function}@{PlaceOf(devfn)}/drive@{channel:x}/disk@{unit:x}";

    /// <summary>The path of a floppy drive behind the ISA bridge at a PCI function.</summary>
    public static string PathOfFloppy(int devfn, int unit) => $"/pci@i0cf8/isa@{PlaceOf(devfn)}/fdc@03f0/floppy@{unit:x}";

    private static string PlaceOf(int devfn) => (devfn & 7) == 0 ? $"{devfn >> 3:x}" : $"{devfn >> 3:x},{devfn & 7:x}";

    private sealed record Place(int Index, IDrive Drive, string Path);
}
