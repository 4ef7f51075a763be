namespace Emulator.Host.Cli;

/// <summary>Reads <c>-boot</c>.</summary>
public static class BootSyntax
{
    private const string Letters = "abcdn";
    private const int LongestTime = 0xffff;

    /// <summary>Reads the boot order; later options add to earlier ones.</summary>
    public static BootChoice Read(BootChoice former, string text)
    {
        var list = PropertyList.Parse("-boot", text, "order");
        var choice = former with
        {
            Order = CheckLetters(list, "order", list.Head) ?? former.Order,
            Once = CheckLetters(list, "once", list.Take("once")) ?? former.Once,
            Menu = list.TakeSwitch("menu", former.Menu),
            Strict = list.TakeSwitch("strict", former.Strict),
            SplashTime = TakeTime(list, "splash-time") ?? former.SplashTime,
            RebootTimeout = TakeTime(list, "reboot-timeout") ?? former.RebootTimeout,
        };
        list.RefuseRest("order", "once", "menu", "strict", "splash-time", "reboot-timeout");
        return choice;
    }

    private static string? CheckLetters(PropertyList list, string name, string? value)
    {
        if (value is null)
        {
            return null;
        }

        foreach (var letter in value)
        {
            if (!Letters.Contains(letter, StringComparison.Ordinal) || value.IndexOf(letter, StringComparison.Ordinal) != value.LastIndexOf(letter))
            {
                throw list.Error($"'{letter}' in {name}={value} is no boot device or stands there twice", "use a, b (floppy), c (disk), d (CD-ROM) and n (network), each once");
            }
        }

        return value;
    }

    private static int? TakeTime(PropertyList list, string name)
    {
        var time = list.TakeNumber(name, -1, -1, LongestTime);
        return time < 0 ? null : (int)time;
    }
}
