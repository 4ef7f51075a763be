using Emulator.Devices.Video;
using Emulator.Host.Cli;
using Emulator.Roms.Fonts;

namespace Emulator.Host.Machines;

/// <summary>The display adapter of <c>-vga</c> and <c>-device VGA</c>, and what firmware leaves in it.</summary>
internal static class VideoSelection
{
    private const string Driver = "VGA";
    private const string RomOfFirmware = "vgabios-stdvga.bin";
    private const int FontHeight = 16;
    private const int LargestRom = 16 << 20;

    /// <summary>The line in the table of <c>-device</c>.</summary>
    public static DeviceEntry Entry { get; } = new(Driver, "the display adapter, with properties (it is there without being named)",
    [
        new("vgamem_mb", "video memory in MiB: a power of two from 1 to 256 (default 16)"),
        new("xres", "the width that the monitor prefers (default 1280)"),
        new("yres", "the height that the monitor prefers (default 800)"),
        new("edid", "on|off: whether the monitor describes itself (default on)"),
        new("romfile", $"a VGA BIOS for the adapter's expansion ROM (default {RomOfFirmware} beside the file of -bios, if it is there; empty for none)"),
    ]);

    /// <summary>Checks the kind of <c>-vga</c>; the kinds of other machines are refused by name.</summary>
    public static bool ReadKind(string kind) => kind switch
    {
        "std" => true,
        "none" => false,
        _ => throw new UserErrorException($"-vga {kind}", "this display adapter is not supported", "use -vga std or -vga none"),
    };

    /// <summary>Whether the device is the display adapter, which is part of the board.</summary>
    public static bool IsDisplay(DeviceChoice choice) => choice.Driver == Driver;

    /// <summary>What the options say about the adapter.</summary>
    public static VideoOptions Read(MachineOptions options)
    {
        if (options.Devices.LastOrDefault(IsDisplay) is not { } choice)
        {
            return new VideoOptions { Rom = RomBeside(options.Bios) };
        }

        var defaults = new VideoOptions();
        var megabytes = Number(choice, "vgamem_mb", defaults.MemoryBytes >> 20, 1, 256);
        if (!long.IsPow2(megabytes))
        {
            throw new UserErrorException($"-device {Driver},vgamem_mb={megabytes}", "is no power of two", "give 1, 2, 4, ... 256");
        }

        return defaults with
        {
            MemoryBytes = (int)megabytes << 20,
            PreferredWidth = (int)Number(choice, "xres", defaults.PreferredWidth, 8, 4095),
            PreferredHeight = (int)Number(choice, "yres", defaults.PreferredHeight, 1, 4095),
            Edid = Switch(choice, "edid"),
            Rom = !choice.Properties.TryGetValue("romfile", out var file) ? RomBeside(options.Bios)
                : file.Length > 0 ? ReadRom(file)
                : default,
        };
    }

    /// <summary>Loads the text font, as firmware does; the text mode itself is the adapter's state after reset.</summary>
    public static void SetUpAsFirmware(Vga? vga) => vga?.Memory.LoadFont(TextFont.Glyphs(FontHeight), FontHeight);

    // SeaBIOS has INT 10h from the adapter's ROM alone; its builds for QEMU and the ROM are installed together.
    private static ReadOnlyMemory<byte> RomBeside(string? bios)
        => bios is not null && Path.Combine(Path.GetDirectoryName(bios) ?? "", RomOfFirmware) is var file && File.Exists(file) ? ReadRom(file) : default;

    private static byte[] ReadRom(string file) => InputFile.Read($"-device {Driver},romfile=", file, "give the path of a readable file", LargestRom);

    private static long Number(DeviceChoice choice, string property, long otherwise, long minimum, long maximum)
        => !choice.Properties.TryGetValue(property, out var text)
            ? otherwise
            : Quantity.TryNumber(text, out var value) && value >= minimum && value <= maximum
                ? value
                : throw new UserErrorException($"-device {Driver},{property}={text}", "is no number that fits", $"give {minimum} to {maximum}");

    private static bool Switch(DeviceChoice choice, string property)
        => !choice.Properties.TryGetValue(property, out var text) || text switch
        {
            "on" or "true" or "yes" => true,
            "off" or "false" or "no" => false,
            _ => throw new UserErrorException($"-device {Driver},{property}={text}", "is no switch", "give on or off"),
        };
}
