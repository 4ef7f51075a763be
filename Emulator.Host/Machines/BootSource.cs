using Emulator.Host.Boot;
using Emulator.Host.Cli;
using Emulator.Roms;
using Emulator.Roms.Bios;

namespace Emulator.Host.Machines;

/// <summary>What a machine starts from, ready to be loaded at every reset.</summary>
public sealed class BootSource
{
    private const int MaxFirmware = 16 << 20;

    private readonly MachineOptions _options;
    private readonly Func<HostFile> _openKernel;

    private BootSource(MachineOptions options, string? kernel, Func<HostFile> openKernel, ReadOnlyMemory<byte> firmware)
    {
        StartsFirmware = !firmware.IsEmpty || HasFlash(options);
        _options = options;
        Kernel = kernel;
        _openKernel = openKernel;
        Firmware = firmware;
    }

    /// <summary>Whether the firmware is the project's own BIOS.</summary>
    public bool IsOwnBios { get; private init; }

    /// <summary>Whether the machine starts at its reset vector: from a ROM, or from flash. A kernel is then the firmware's to start.</summary>
    public bool StartsFirmware { get; }

    /// <summary>The kernel's path as typed; null when none is given.</summary>
    public string? Kernel { get; }

    /// <summary>The firmware's image; empty when a kernel starts or the firmware is in flash.</summary>
    public ReadOnlyMemory<byte> Firmware { get; }

    /// <summary>
    /// Reads the firmware, or prepares to read the kernel, which the own BIOS starts if it needs one; without either, the own BIOS if there is a
    /// medium, else the demo guest.
    /// </summary>
    public static BootSource From(MachineOptions options)
    {
        var firmware = options.Bios is { } bios ? ReadFirmware(options, bios) : [];
        return options.Kernel is { } kernel
            ? FromKernel(options, kernel, firmware)
            : firmware.Length > 0 || HasFlash(options)
                ? new BootSource(options, null, () => new HostFile([]), firmware)
                : options.Drives.Any(drive => drive.File is not null) ? OwnBios(options)
                : new BootSource(options, "demo", () => new HostFile(DemoGuest.Build()), default);
    }

    /// <summary>The kernel's file.</summary>
    public HostFile OpenKernel() => _openKernel();

    /// <summary>The project's own BIOS, which boots from drives.</summary>
    public static BootSource OwnBios(MachineOptions options) => new(options, null, () => new HostFile([]), BiosRom.Build()) { IsOwnBios = true };

    private static BootSource FromKernel(MachineOptions options, string kernel, byte[] firmware)
    {
        HostFile? opened = Open();
        var ownBios = firmware.Length == 0 && !HasFlash(options) && LinuxSetupHeader.NeedsBios(opened.Head(LinuxSetupHeader.MinimumLength));
        return new BootSource(options, kernel, Take, ownBios ? BiosRom.Build() : firmware) { IsOwnBios = ownBios };

        HostFile Open() => InputFile.Open("-kernel", kernel, KernelLoader.Kinds);

        // A pipe is read once.
        HostFile Take()
        {
            var file = opened ?? Open();
            opened = null;
            return file;
        }
    }

    /// <summary>A request to load the kernel. The file is read anew each time, so that its bytes are not kept while the guest runs.</summary>
    public BootRequest ToRequest(RamLayout layout, ulong rsdp) => new(layout, Kernel!, _openKernel())
    {
        InitrdPath = _options.Initrd,
        CommandLine = _options.Append ?? "",
        RsdpAddress = rsdp,
        LongModeCapable = CpuSelection.Resolve(_options.Cpu).Model!.HasLongMode,
    };

    /// <summary>Whether firmware starts in flash.</summary>
    internal static bool HasFlash(MachineOptions options) => options.Drives.Any(drive => drive.Interface == DriveInterface.Pflash && drive.Unit == 0);

    private static byte[] ReadFirmware(MachineOptions options, string bios)
    {
        const string Mend = "give a raw firmware image of up to 16 MiB, such as SeaBIOS's bios.bin";
        if (HasFlash(options))
        {
            throw new BootException($"-bios {bios}", "there is firmware in flash already", "give one of -bios and -drive if=pflash,unit=0");
        }

        var image = InputFile.Read("-bios", bios, Mend, MaxFirmware);
        return image.Length >= 16 ? image : throw new BootException($"-bios {bios}", $"a ROM of {image.Length} bytes", Mend);
    }
}
