namespace Emulator.Guests.Tests.Bios;

/// <summary>The BIOSes under which the same medium is booted.</summary>
internal static class Firmware
{
    /// <summary>The project's own.</summary>
    public const string Own = "own";

    /// <summary>Debian's SeaBIOS.</summary>
    public const string SeaBios = "seabios";

    /// <summary>Both.</summary>
    public static IReadOnlyList<string> Names { get; } = [Own, SeaBios];

    /// <summary>The options that start one.</summary>
    public static string[] Options(string name)
        => name == SeaBios ? ["-bios", BootDisc.FileOf("seabios", "usr/share/seabios/bios-256k.bin")] : [];
}
