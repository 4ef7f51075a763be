using Emulator.Devices.Input;
using Emulator.Devices.Video;
using Emulator.Host.Cli;
using Emulator.Host.Display;

namespace Emulator.Host.Monitors;

/// <summary>Keys, mouse and pictures of the screen.</summary>
internal sealed class ScreenCommands(IDisplaySource? display, IGuestInput input) : IMonitorGroup
{
    private const int DefaultHold = 100;

    /// <inheritdoc/>
    public IEnumerable<MonitorCommand> Commands =>
    [
        new("sendkey", "KEY[-KEY...] [HOLD]", "press keys together (ctrl-alt-delete) for some milliseconds", SendKey),
        new("mouse_move", "DX DY [DZ]", "move the mouse", MoveMouse),
        new("mouse_button", "STATE", "set the mouse's buttons: 1 left, 2 right, 4 middle", PressButtons),
        new("screendump", "FILE", "save the screen as PNG, or as PPM when FILE ends so", Dump),
    ];

    /// <summary>Saves what the screen shows; returns what went wrong, or null. Machine's thread.</summary>
    public string? Save(string path)
    {
        if (display is null)
        {
            return "the machine has no display";
        }

        var frame = new Frame();
        display.Render(frame);
        try
        {
            var isPpm = path.EndsWith(".ppm", StringComparison.OrdinalIgnoreCase);
            File.WriteAllBytes(path, isPpm ? PpmImage.Encode(frame) : PngImage.Encode(frame));
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"{path} cannot be written ({failure.Message})";
        }
    }

    /// <summary>Presses keys by name, holds them, and releases them backwards; returns the name that is no key, or null.</summary>
    public static string? Press(IGuestInput input, IReadOnlyList<string> names, int hold)
    {
        var keys = names.Select(KeyNames.Find).ToArray();
        if (Array.IndexOf(keys, PcKey.None) is var wrong and >= 0)
        {
            return names[wrong];
        }

        Array.ForEach(keys, key => input.Key(key, pressed: true));
        input.Wait(hold);
        foreach (var key in keys.Reverse())
        {
            input.Key(key, pressed: false);
        }

        return null;
    }

    private string SendKey(MonitorLine line)
    {
        var hold = DefaultHold;
        if (line.Words.Length is 0 or > 2 || (line.Words.Length == 2 && !int.TryParse(line[1], out hold)))
        {
            return "write KEY[-KEY...] and the milliseconds to hold them, such as ctrl-alt-delete 200\n";
        }

        var names = line[0].Split('-');
        return Press(input, names, hold) is { } wrong
            ? $"Unknown key: '{wrong}'; {Suggestion.Mend(wrong, KeyNames.All, "QEMU's names hold: a, ret, shift, f1")}\n"
            : "";
    }

    private string MoveMouse(MonitorLine line)
    {
        var dz = 0;
        if (!int.TryParse(line[0], out var dx) || !int.TryParse(line[1], out var dy) || (line[2].Length > 0 && !int.TryParse(line[2], out dz)))
        {
            return "write DX DY [DZ], such as 10 -5\n";
        }

        input.Mouse(dx, dy, dz, 0);
        return "";
    }

    private string PressButtons(MonitorLine line)
    {
        if (!byte.TryParse(line[0], out var buttons))
        {
            return "write the sum of 1 left, 2 right, 4 middle\n";
        }

        input.Mouse(0, 0, 0, buttons);
        return "";
    }

    private string Dump(MonitorLine line)
        => line.From(0) is { Length: > 0 } path ? (Save(path.Trim('"')) is { } problem ? problem + "; give a path that can\n" : "") : "write the FILE\n";
}
