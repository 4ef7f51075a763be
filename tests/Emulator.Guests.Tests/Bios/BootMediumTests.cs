namespace Emulator.Guests.Tests.Bios;

/// <summary>Floppies of each format, and CDs that emulate a floppy or a disk (El Torito 1.0), read to their last sector by BIOS services.</summary>
public sealed class BootMediumTests
{
    private const string Text = "This is the last sector.";

    /// <summary>The formats, and both BIOSes.</summary>
    public static TheoryData<int, int, int, string> Floppies { get; } = new(
        from format in (ReadOnlyMemory<int>[])[new[] { 40, 1, 8 }, new[] { 40, 1, 9 }, new[] { 40, 2, 8 }, new[] { 40, 2, 9 }, new[] { 80, 2, 9 }, new[] { 80, 2, 15 }, new[] { 80, 2, 18 }, new[] { 80, 2, 36 }]
        from firmware in Firmware.Names
        select (format.Span[0], format.Span[1], format.Span[2], firmware));

    [Theory]
    [MemberData(nameof(Floppies))]
    public void Floppy_Booted_ReadsItsLastSector(int cylinders, int heads, int sectors, string firmware)
    {
        using var floppy = new TemporaryImage(SectorReader.Build(cylinders, heads, sectors, Text));
        using var guest = new ScreenGuest([.. Firmware.Options(firmware), "-m", "16", "-drive", $"if=floppy,format=raw,file={floppy.Path}", "-boot", "a"]);
        guest.WaitFor(Text);
    }

    [Theory]
    [InlineData(15, Firmware.Own)]
    [InlineData(18, Firmware.Own)]
    [InlineData(36, Firmware.Own)]
    [InlineData(15, Firmware.SeaBios)]
    [InlineData(18, Firmware.SeaBios)]
    [InlineData(36, Firmware.SeaBios)]
    public void CdThatEmulatesAFloppy_Booted_ReadsItsLastSector(int sectors, string firmware)
    {
        const int Cylinders = 80;
        const int Heads = 2;
        using var floppy = new TemporaryImage(SectorReader.Build(Cylinders, Heads, sectors, Text));
        using var disc = new BootDisc().Add("boot.img", floppy.Path).WithEmulation("boot.img");
        Boot(disc, firmware);
    }

    [Theory]
    [InlineData(Firmware.Own)]
    [InlineData(Firmware.SeaBios)]
    public void CdThatEmulatesADisk_Booted_ReadsItsLastSector(string firmware)
    {
        const int Cylinders = 20;
        const int Heads = 16;
        const int Sectors = 63;
        using var disk = new TemporaryImage(SectorReader.WithPartition(SectorReader.Build(Cylinders, Heads, Sectors, Text), Cylinders, Heads, Sectors));
        using var disc = new BootDisc().Add("boot.img", disk.Path).WithEmulation("boot.img", "-hard-disk-boot");
        Boot(disc, firmware);
    }

    private static void Boot(BootDisc disc, string firmware)
    {
        using var guest = new ScreenGuest([.. Firmware.Options(firmware), "-m", "16", "-cdrom", disc.Path]);
        guest.WaitFor(Text);
    }
}
