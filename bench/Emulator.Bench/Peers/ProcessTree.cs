using System.Globalization;

namespace Emulator.Bench.Peers;

/// <summary>The processor time of a process and of those that it started, as Linux tells it (proc(5)): some emulators are started by a script.</summary>
internal static class ProcessTree
{
    // USER_HZ, which is the same on every machine.
    private const double TicksOfASecond = 100;

    // Behind the program's name in parentheses, which may hold anything.
    private const int ParentField = 1;
    private const int UserField = 11;
    private const int SystemField = 12;

    /// <summary>Seconds in user and kernel mode; 0 on other hosts.</summary>
    public static double ProcessorSeconds(int process)
    {
        if (!OperatingSystem.IsLinux())
        {
            return 0;
        }

        var processes = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(name => (Id: int.Parse(name!, CultureInfo.InvariantCulture), Fields: Fields(name!)))
            .Where(item => item.Fields.Length > SystemField).ToArray();
        return Sum(process);

        double Sum(int id) => processes.Where(item => item.Id == id).Sum(item => (Number(item.Fields[UserField]) + Number(item.Fields[SystemField])) / TicksOfASecond)
            + processes.Where(item => (int)Number(item.Fields[ParentField]) == id).Sum(item => Sum(item.Id));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string[] Fields(string process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            // It has ended since the list was read.
            return [];
        }
    }
}
