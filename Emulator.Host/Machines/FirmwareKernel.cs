using System.Buffers.Binary;
using System.Text;
using Emulator.Core.Memory;
using Emulator.Devices.Firmware;
using Emulator.Host.Boot;
using Emulator.Host.Cli;
using Emulator.Roms;

namespace Emulator.Host.Machines;

/// <summary>
/// Hands a kernel to firmware through <c>fw_cfg</c>: of Linux the set-up code, kernel, initrd and command line with the addresses at which QEMU's
/// loaders want them, which OVMF starts by its EFI stub and a BIOS by the option ROM that comes with it; of Multiboot an option ROM alone.
/// </summary>
internal static class FirmwareKernel
{
    /// <summary>The option ROM as SeaBIOS's boot order names it.</summary>
    public const string BootOrderEntry = "/rom@" + RomFile;

    private const string RomFile = "genroms/linuxboot.bin";
    private const ushort StackTop = 0xfff0;
    private const uint SetupAddress = 0x1_0000;
    private const uint CommandLineAddress = 0x2_0000;
    private const uint KernelAddress = 0x10_0000;
    private const byte LoaderQemu = 0xb0;
    private const byte CanUseHeap = 0x80;

    /// <summary>Adds the items; returns the option ROM.</summary>
    /// <param name="files"><c>fw_cfg</c>.</param>
    /// <param name="options">What the machine was asked for.</param>
    /// <param name="request">A request for the kernel, whose file is read anew each time.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="failed">Called when the kernel cannot be placed at its time.</param>
    public static byte[] AddTo(FwCfg files, MachineOptions options, Func<BootRequest> request, MemoryMap memory, Action<UserErrorException> failed)
    {
        var first = request();
        var rom = LinuxSetupHeader.IsPresent(first.Head) ? AddLinux(files, options, first)
            : !BootSource.HasFlash(options) && MultibootHeader.Find(first.Kernel) is not null ? AddMultiboot(files, request, memory, failed)
            : throw new BootException(
                first.Subject, "no Linux kernel, and in flash firmware starts no other, a BIOS Multiboot ones", "leave -bios or -drive if=pflash out, or give a bzImage");
        files.AddFile(RomFile, rom);
        return rom;
    }

    // The kernel is placed when the ROM asks for it: a BIOS uses and tests memory before.
    private static byte[] AddMultiboot(FwCfg files, Func<BootRequest> request, MemoryMap memory, Action<UserErrorException> failed)
    {
        var entry = new byte[MultibootRom.EntryLength];
        files.AddWritableItem(FwCfgKey.KernelEntry, entry, () =>
        {
            try
            {
                var state = KernelLoader.LoadMultiboot(request(), memory);
                Put(entry, 0, state.GdtLimit, 2);
                Put(entry, 2, (uint)state.GdtBase, 4);
                Put(entry, 6, (uint)state.EntryPoint, 4);
                Put(entry, 10, (uint)state.Rbx, 4);
            }
            catch (UserErrorException reason)
            {
                failed(reason);
            }
        });
        return MultibootRom.Build(FwCfgKey.KernelEntry, LowMemory.CodeSelector, LowMemory.DataSelector);
    }

    private static byte[] AddLinux(FwCfg files, MachineOptions options, BootRequest request)
    {
        var header = LinuxSetupHeader.Read(request);
        var image = request.Kernel;
        var setup = image[..header.SetupLength];
        var kernel = image[header.SetupLength..];
        var initrd = options.Initrd is { } path ? InputFile.Read("-initrd", path, "give the path of an initramfs (cpio, possibly compressed)") : [];
        var commandLine = Encoding.UTF8.GetBytes((options.Append ?? "") + "\0");
        var initrdAddress = PlaceInitrd(request, header, initrd.Length);

        setup[0x210] = LoaderQemu;
        setup[0x211] |= CanUseHeap;
        Put(setup, 0x224, (ushort)(CommandLineAddress - SetupAddress - 0x200), 2);
        Put(setup, 0x228, CommandLineAddress, 4);
        Put(setup, 0x218, initrdAddress, 4);
        Put(setup, 0x21c, (uint)initrd.Length, 4);

        files.AddUInt32(FwCfgKey.SetupAddress, SetupAddress);
        files.AddUInt32(FwCfgKey.SetupSize, (uint)setup.Length);
        files.AddItem(FwCfgKey.SetupData, setup);
        files.AddUInt32(FwCfgKey.KernelAddress, KernelAddress);
        files.AddUInt32(FwCfgKey.KernelSize, (uint)kernel.Length);
        files.AddItem(FwCfgKey.KernelData, kernel);
        files.AddUInt32(FwCfgKey.InitrdAddress, initrdAddress);
        files.AddUInt32(FwCfgKey.InitrdSize, (uint)initrd.Length);
        files.AddItem(FwCfgKey.InitrdData, initrd);
        files.AddUInt32(FwCfgKey.CommandLineAddress, CommandLineAddress);
        files.AddUInt32(FwCfgKey.CommandLineSize, (uint)commandLine.Length);
        files.AddItem(FwCfgKey.CommandLineData, commandLine);
        return LinuxBootRom.Build(
            SetupAddress, StackTop,
            new BootPart(FwCfgKey.SetupData, (uint)setup.Length, SetupAddress),
            new BootPart(FwCfgKey.CommandLineData, (uint)commandLine.Length, CommandLineAddress),
            new BootPart(FwCfgKey.KernelData, (uint)kernel.Length, KernelAddress),
            new BootPart(FwCfgKey.InitrdData, (uint)initrd.Length, initrdAddress));
    }

    // As high as the kernel takes it and firmware leaves room: SeaBIOS keeps its tables in the last pages of RAM below 4 GiB.
    private static uint PlaceInitrd(BootRequest request, LinuxSetupHeader header, int length)
    {
        const ulong FirmwareRoom = 0x8_0000;
        var limit = Math.Min((ulong)header.InitrdAddressMax + 1, request.Layout.Below4G - FirmwareRoom);
        return (ulong)length + KernelAddress < limit
            ? (uint)((limit - (ulong)length) & ~0xffful)
            : throw new BootException("-initrd", $"{Quantity.Format(length)} do not fit into the machine's memory", "give more memory by -m, or a smaller initrd");
    }

    private static void Put(byte[] bytes, int offset, uint value, int size)
    {
        Span<byte> little = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(little, value);
        little[..size].CopyTo(bytes.AsSpan(offset));
    }
}
