using System.Globalization;
using System.Text;

namespace Emulator.Host.Terminal;

/// <summary>What the monitor sees and does of a machine. All calls come on the machine's thread, between instructions.</summary>
public interface IMonitorTarget
{
    /// <summary>Whether the guest runs.</summary>
    bool IsRunning { get; }

    /// <summary>Stops the guest.</summary>
    void Stop();

    /// <summary>Lets the guest go on.</summary>
    void Continue();

    /// <summary>Resets the machine.</summary>
    void Reset();

    /// <summary>Presses the power button.</summary>
    void PressPowerButton();

    /// <summary>Raises an NMI on every processor.</summary>
    void RaiseNmi();

    /// <summary>Ends the process with status 0.</summary>
    void Quit();

    /// <summary>A part of the machine as text: <c>registers</c>, <c>cpus</c>, <c>mtree</c>, ...; null when there is no such part.</summary>
    string? Describe(string part);

    /// <summary>The parts that <see cref="Describe"/> knows, with a line on each.</summary>
    IReadOnlyList<(string Name, string Summary)> Parts { get; }

    /// <summary>Reads physical memory.</summary>
    void ReadPhysical(ulong address, Span<byte> destination);

    /// <summary>Reads memory as the current processor sees it; false where nothing is mapped.</summary>
    bool TryReadLinear(ulong address, Span<byte> destination);
}

/// <summary>The monitor that people type at: QEMU's names for its commands.</summary>
public sealed class HumanMonitor(IMonitorTarget target)
{
    /// <summary>What stands before each line.</summary>
    public const string Prompt = "(emulator) ";

    private const int MaxUnits = 4096;

    /// <summary>Carries out a line and returns the answer, which ends in a newline unless it is empty.</summary>
    public string Execute(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0)
        {
            return "";
        }

        var format = words[0].Split('/');
        switch (format[0])
        {
            case "help" or "?":
                return Help();
            case "info":
                return Info(words.Length > 1 ? words[1] : "");
            case "stop" or "s":
                target.Stop();
                return "";
            case "cont" or "c":
                target.Continue();
                return "";
            case "system_reset":
                target.Reset();
                return "";
            case "system_powerdown":
                target.PressPowerButton();
                return "";
            case "nmi":
                target.RaiseNmi();
                return "";
            case "quit" or "q":
                target.Quit();
                return "";
            case "x" or "xp":
                return Dump(format, words.Length > 1 ? words[1] : "");
            default:
                return Unknown(words[0]);
        }
    }

    private static string Unknown(string word)
    {
        string[] known = ["help", "info", "stop", "cont", "system_reset", "system_powerdown", "nmi", "quit", "x", "xp"];
        return $"unknown command: {word}; {Cli.Suggestion.Mend(word, known, "help lists the commands")}\n";
    }

    private static string Help() =>
        """
        help                 this list
        info WHAT            show a part of the machine; 'info' lists them
        stop, cont           stop the guest, let it go on
        system_reset         reset the machine
        system_powerdown     press the power button
        nmi                  raise an NMI
        x/FMT ADDRESS        dump memory as the processor sees it
        xp/FMT ADDRESS       dump physical memory; FMT is COUNT, then x d u c, then b h w g
        quit                 end the emulator

        """;

    private string Info(string part)
    {
        if (part == "status")
        {
            return target.IsRunning ? "VM status: running\n" : "VM status: paused\n";
        }

        return target.Describe(part)
            ?? string.Concat(target.Parts.Prepend(("status", "whether the guest runs")).Select(item => $"info {item.Item1,-14} {item.Item2}\n"));
    }

    private string Dump(string[] command, string addressText)
    {
        if (!Cli.Quantity.TryNumber(addressText, out var signed))
        {
            return $"{addressText} is no address; write 0x...\n";
        }

        var (count, kind, size) = ReadFormat(command.Length > 1 ? command[1] : "");
        var address = (ulong)signed;
        var perLine = kind == 'c' ? 16 : 16 / size;
        var text = new StringBuilder();
        Span<byte> unit = stackalloc byte[8];
        for (var i = 0; i < count; i++)
        {
            if (i % perLine == 0)
            {
                text.Append(i == 0 ? "" : "\n").Append(CultureInfo.InvariantCulture, $"{address:x16}:");
            }

            unit.Clear();
            if (command[0] == "xp")
            {
                target.ReadPhysical(address, unit[..size]);
            }
            else if (!target.TryReadLinear(address, unit[..size]))
            {
                return text.Append(" Cannot access memory\n").ToString();
            }

            text.Append(' ').Append(Format(BitConverter.ToUInt64(unit), kind, size));
            address += (ulong)size;
        }

        return text.Append('\n').ToString();
    }

    private static (int Count, char Kind, int Size) ReadFormat(string format)
    {
        var digits = format.TakeWhile(char.IsAsciiDigit).Count();
        var count = digits > 0 && int.TryParse(format.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 1;
        var (kind, size) = ('x', 4);
        foreach (var letter in format.AsSpan(digits))
        {
            (kind, size) = letter switch
            {
                'x' or 'd' or 'u' => (letter, size),
                'c' => ('c', 1),
                'b' => (kind, 1),
                'h' => (kind, 2),
                'w' => (kind, 4),
                'g' => (kind, 8),
                _ => (kind, size),
            };
        }

        return (Math.Clamp(count, 1, MaxUnits), kind, size);
    }

    private static string Format(ulong value, char kind, int size)
    {
        var shift = 64 - (size * 8);
        return kind switch
        {
            'd' => ((long)(value << shift) >> shift).ToString(CultureInfo.InvariantCulture),
            'u' => value.ToString(CultureInfo.InvariantCulture),
            'c' => value is >= 0x20 and < 0x7f ? $"'{(char)value}'" : string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
            _ => "0x" + value.ToString("x" + (size * 2).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        };
    }
}
