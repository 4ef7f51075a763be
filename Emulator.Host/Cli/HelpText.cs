using System.Text;

namespace Emulator.Host.Cli;

/// <summary>Help, version and catalogue lists, all made from the tables.</summary>
public static class HelpText
{
    /// <summary>The whole help.</summary>
    public static string Usage()
    {
        var text = new StringBuilder();
        text.Append("usage: emulator [OPTION...]          boot what the options say; without any, the demo guest\n");
        text.Append("       emulator linux [OPTION...]    fetch Debian's kernel and busybox, and boot them to a shell\n");
        text.Append("       emulator img COMMAND ...      make, look at, check and change disk images, as qemu-img does\n\n");
        text.Append("Options are QEMU's, with one dash or two:\n");
        foreach (var option in OptionTable.All.Where(option => option.Support != OptionSupport.Refused))
        {
            text.Append("  ").Append(option.Spelling).Append(option.Syntax is null ? "" : " " + option.Syntax).Append('\n');
            text.Append("      ").Append(option.Summary).Append('\n');
        }

        text.Append("\nNot supported by this version, and refused by name: ");
        text.AppendJoin(" ", OptionTable.All.Where(option => option.Support == OptionSupport.Refused).Select(option => option.Spelling));
        text.Append('\n');
        return text.ToString();
    }

    /// <summary>The options as a page of documentation in Markdown.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder("# Options\n\nMade by `emulator -help markdown` from the program's own table.\n\n");
        text.Append("| option | value | what it does |\n| --- | --- | --- |\n");
        foreach (var option in OptionTable.All)
        {
            var summary = option.Support switch
            {
                OptionSupport.Works => option.Summary,
                OptionSupport.Refused => $"refused ({option.Summary}): {option.Advice}",
                _ => $"accepted as far as it holds ({option.Summary})",
            };
            text.Append("| `").Append(option.Spelling).Append("` | ")
                .Append(option.Syntax is null ? "" : $"`{option.Syntax.Replace("|", "\\|", StringComparison.Ordinal)}`")
                .Append(" | ").Append(summary.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
        }

        return text.ToString();
    }

    /// <summary>The answer to a request for help among the arguments; null when there is none.</summary>
    public static string? Answer(ParsedArguments parsed, Catalog catalog)
    {
        if (parsed.Has("help"))
        {
            return parsed.Operands is ["markdown"] ? Markdown() : Usage();
        }

        if (parsed.Has("version"))
        {
            return $"emulator version {typeof(HelpText).Assembly.GetName().Version?.ToString(3)}\n";
        }

        if (IsHelp(parsed.Last("machine")))
        {
            return List("Machines:", Catalog.Machines);
        }

        if (IsHelp(parsed.Last("accel")))
        {
            return List("Accelerators:", Catalog.Engines) + List("Strategies of jit (-accel jit,strategy=NAME):", catalog.Strategies)
                + List("Options of jit:", ModelSyntax.JitOptions);
        }

        if (IsHelp(parsed.Last("d")))
        {
            return List("Log items (-d ITEM[,...]):", LogSyntax.Items);
        }

        if (IsHelp(parsed.Last("cpu")))
        {
            return List("CPU models:", catalog.CpuModels)
                + "Features (+NAME, -NAME, NAME=on|off):\n" + Wrap(catalog.CpuFeatures);
        }

        return parsed.All("device").Select(text => DeviceHelp(text, catalog)).FirstOrDefault(text => text is not null);
    }

    private static string? DeviceHelp(string text, Catalog catalog)
    {
        var parts = PropertyList.Split(text);
        if (IsHelp(parts[0]))
        {
            return List("Devices:", catalog.Devices.Select(device => new CatalogEntry(device.Name, device.Summary)));
        }

        return parts.Skip(1).Any(IsHelp) && catalog.Devices.FirstOrDefault(device => device.Name == parts[0]) is { } entry
            ? List($"Properties of {entry.Name}:", entry.Properties)
            : null;
    }

    private static bool IsHelp(string? value) => value is "help" or "?";

    private static string List(string title, IEnumerable<CatalogEntry> entries)
        => title + "\n" + string.Concat(entries.Select(entry => $"  {entry.Name,-20} {entry.Summary}".TrimEnd() + "\n"));

    private static string Wrap(IEnumerable<string> words)
    {
        var text = new StringBuilder(" ");
        var column = 1;
        foreach (var word in words)
        {
            if (column + word.Length > 78)
            {
                text.Append("\n ");
                column = 1;
            }

            text.Append(' ').Append(word);
            column += word.Length + 1;
        }

        return text.Append('\n').ToString();
    }
}
