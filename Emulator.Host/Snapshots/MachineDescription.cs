using System.Globalization;
using System.Security.Cryptography;
using Emulator.Core.Snapshots;
using Emulator.Devices.Firmware;
using Emulator.Devices.Storage;
using Emulator.Host.Machines;

namespace Emulator.Host.Snapshots;

/// <summary>What two machines must have in common for the one to go on as the other: a name and a value a line.</summary>
internal sealed class MachineDescription
{
    private const string Separator = ": ";
    private const int HashDigits = 16;

    private readonly List<(string Name, string Value)> _lines = [];

    private MachineDescription()
    {
    }

    /// <summary>Describes a machine.</summary>
    public static MachineDescription Of(PcMachine pc)
    {
        var description = new MachineDescription();
        var options = pc.Options;
        description.Add("the machine type", options.Machine.Type);
        description.Add("the RAM", Number($"{pc.Machine.Ram.Size >> 10} KiB"));
        description.Add("the CPU model", string.Concat([options.Cpu.Model, .. options.Cpu.Features.Select(feature => $"{(feature.Enabled ? ",+" : ",-")}{feature.Name}")]));
        description.Add("the number of processors", Number($"{options.Smp.Count}"));
        description.Add("the topology", Number($"{options.Smp.Sockets} sockets, {options.Smp.Cores} cores, {options.Smp.Threads} threads"));
        description.Add("the firmware", pc.Firmware.IsEmpty ? "none" : Convert.ToHexStringLower(SHA256.HashData(pc.Firmware.Span))[..HashDigits]);
        foreach (var part in pc.Machine.Processors.Concat<IStateful>(pc.Machine.Devices))
        {
            description.Add("device " + part.StateName, Number($"version {part.StateVersion}"));
        }

        foreach (var flash in pc.Machine.Devices.OfType<ParallelFlash>())
        {
            description.Add("flash " + flash.StateName, Number($"{flash.Contents.Length} bytes"));
        }

        foreach (var (choice, drive) in pc.Storage.Drives)
        {
            description.Add("drive " + choice.Id, drive.Kind == DriveKind.Disk ? Number($"a disk of {drive.Medium!.Length} bytes") : Number($"{drive.Kind}"));
        }

        return description;
    }

    /// <summary>Reads back what <see cref="ToString"/> gave.</summary>
    public static MachineDescription Parse(string text)
    {
        var description = new MachineDescription();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var place = line.IndexOf(Separator, StringComparison.Ordinal);
            description.Add(place < 0 ? line : line[..place], place < 0 ? "" : line[(place + Separator.Length)..]);
        }

        return description;
    }

    /// <summary>The first thing that differs, in words; null when all is the same.</summary>
    public string? DifferenceTo(MachineDescription saved)
    {
        foreach (var (name, value) in _lines)
        {
            if (saved.Find(name) is not { } other)
            {
                return $"this machine has {name}, and the saved one had not";
            }

            if (other != value)
            {
                return $"{name} is '{other}' there and '{value}' in this machine";
            }
        }

        var more = saved._lines.Find(line => Find(line.Name) is null).Name;
        return more is not null ? $"the saved machine had {more}, and this one has not"
            : _lines.SequenceEqual(saved._lines) ? null
            : "its devices have another order";
    }

    /// <inheritdoc/>
    public override string ToString() => string.Concat(_lines.Select(line => $"{line.Name}{Separator}{line.Value}\n"));

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // What a user typed may hold anything; here it is one line.
    private void Add(string name, string value) => _lines.Add((name.ReplaceLineEndings(" "), value.ReplaceLineEndings(" ")));

    private string? Find(string name)
    {
        var place = _lines.FindIndex(line => line.Name == name);
        return place < 0 ? null : _lines[place].Value;
    }
}
