using Emulator.Core.Memory;
using Emulator.Host.Cli;

namespace Emulator.Host.Boot;

/// <summary>
/// Loads a Linux bzImage as Documentation/arch/x86/boot.rst says, and enters it by its 64-bit protocol when it and the processor
/// have one, else by its 32-bit protocol.
/// </summary>
internal static class LinuxLoader
{
    private const int Entry64Offset = 0x200;
    private const int E820Entries = 0x1e8;
    private const int E820Table = 0x2d0;
    private const ulong CommandLineRoom = RamLayout.ConventionalEnd - LowMemory.CommandLine;

    /// <summary>Loads the kernel, its command line and its initrd.</summary>
    public static BootState Load(BootRequest request, MemoryMap memory)
    {
        var header = LinuxSetupHeader.Read(request);
        var length = request.File.Length - header.SetupLength;
        var use64 = request.LongModeCapable && header.Has64BitEntry;
        var address = ChooseAddress(request, header, length);
        var runEnd = Math.Max(address, Math.Min(header.PreferredAddress, request.Layout.UsableEnd)) + Math.Max(header.InitSize, (uint)length);
        request.File.CopyTo(memory, address, header.SetupLength, length);
        var commandLine = WriteCommandLine(request, header, memory);
        var (initrd, initrdLength) = LoadInitrd(request, header, memory, Math.Max(runEnd, address + (ulong)length));
        WriteBootParams(request, header, memory, address, commandLine, initrd, initrdLength);

        var mode = use64 ? BootMode.Long64 : BootMode.Protected32;
        LowMemory.WriteGdt(memory, LowMemory.Gdt, mode);
        if (use64)
        {
            LowMemory.WriteIdentityPageTables(memory);
        }

        var entry = header.IsRelocatable || use64 ? address : header.Code32Start;
        return new BootState(mode, use64 ? address + Entry64Offset : entry)
        {
            Rsi = LowMemory.InfoBlock,
            Rsp = LowMemory.StackTop,
            Cr3 = use64 ? LowMemory.PageTables : 0,
            GdtBase = LowMemory.Gdt,
            GdtLimit = LowMemory.GdtLimit,
            CodeSelector = LowMemory.CodeSelector,
            DataSelector = LowMemory.DataSelector,
            Description = $"Linux bzImage, boot protocol {header.Version >> 8}.{header.Version & 0xff:00}, {(use64 ? 64 : 32)}-bit entry",
        };
    }

    private static ulong ChooseAddress(BootRequest request, LinuxSetupHeader header, int length)
    {
        var need = Math.Max(header.InitSize, (ulong)length);
        var preferred = header.PreferredAddress;
        if (header.IsRelocatable && preferred is >= RamLayout.HighStart and < RamLayout.Above4G
            && request.Layout.IsUsable(preferred, need))
        {
            return preferred;
        }

        if (!request.Layout.IsUsable(RamLayout.HighStart, need))
        {
            var total = RamLayout.HighStart + need;
            throw new BootException(
                request.Subject, $"the kernel needs {Quantity.Format((long)total)} of memory, and the machine has {Quantity.Format((long)request.Layout.UsableEnd)}",
                $"give more by -m, such as -m {Math.Max(64, (total >> 20) + 32)}");
        }

        return RamLayout.HighStart;
    }

    private static ulong WriteCommandLine(BootRequest request, LinuxSetupHeader header, MemoryMap memory)
    {
        var text = LowMemory.Text(request.CommandLine);
        var room = Math.Min(header.CommandLineMax, CommandLineRoom - 1);
        if ((ulong)text.Length - 1 > room)
        {
            throw new BootException(
                "-append", $"a command line of {text.Length - 1} bytes is longer than the {room} that {request.KernelPath} takes", "shorten it");
        }

        memory.Write(LowMemory.CommandLine, text);
        return LowMemory.CommandLine;
    }

    private static (ulong Address, ulong Length) LoadInitrd(BootRequest request, LinuxSetupHeader header, MemoryMap memory, ulong kernelEnd)
    {
        if (request.InitrdPath is not { } path)
        {
            return (0, 0);
        }

        var file = InputFile.Open("-initrd", path, "give the path of an initramfs (cpio, possibly compressed)");
        var length = (ulong)file.Length;
        var limit = Math.Min((ulong)header.InitrdAddressMax + 1, request.Layout.UsableEnd);
        if (length > limit || ((limit - length) & ~0xffful) < kernelEnd)
        {
            throw new BootException(
                $"-initrd {path}",
                $"{Quantity.Format(file.Length)} do not fit between the kernel's end at {Quantity.Format((long)kernelEnd)} and {Quantity.Format((long)limit)}",
                "give more memory by -m, or a smaller initrd");
        }

        var address = (limit - length) & ~0xffful;
        file.CopyTo(memory, address, 0, file.Length);
        return (address, length);
    }

    private static void WriteBootParams(
        BootRequest request, LinuxSetupHeader header, MemoryMap memory, ulong address, ulong commandLine, ulong initrd, ulong initrdLength)
    {
        const ulong Block = LowMemory.InfoBlock;
        LowMemory.Clear(memory, Block, 0x1000);
        memory.Write(Block + LinuxSetupHeader.Start, request.Head.AsSpan(LinuxSetupHeader.Start, header.End - LinuxSetupHeader.Start));
        WriteScreenInfo(memory, Block);
        memory.Write(Block + 0x070, header.Version >= 0x20e ? request.RsdpAddress : 0);
        memory.Write(Block + 0x1fa, (ushort)0xffff);
        memory.Write(Block + 0x210, (byte)0xff);
        memory.Write(Block + 0x211, (byte)(request.Head[0x211] | 0x80));
        memory.Write(Block + 0x214, (uint)address);
        memory.Write(Block + 0x218, (uint)initrd);
        memory.Write(Block + 0x21c, (uint)initrdLength);
        memory.Write(Block + 0x224, (ushort)0xfe00);
        memory.Write(Block + 0x226, (ushort)0);
        memory.Write(Block + 0x228, (uint)commandLine);

        // INT 15h AH=88h and AX=E801h as old kernels want them: kilobytes above 1 MiB.
        var extended = request.Layout.ExtendedKilobytes;
        memory.Write(Block + 0x002, (ushort)Math.Min(extended, 0xfc00));
        memory.Write(Block + 0x1e0, (uint)extended);
        var entry = Block + E820Table;
        foreach (var range in request.Layout.E820)
        {
            memory.Write(entry, range.Start);
            memory.Write(entry + 8, range.Length);
            memory.Write(entry + 16, (uint)range.Type);
            entry += 20;
        }

        memory.Write(Block + E820Entries, (byte)request.Layout.E820.Length);
    }

    // struct screen_info: VGA text mode 3, 80x25, 16-line font.
    private static void WriteScreenInfo(MemoryMap memory, ulong block)
    {
        memory.Write(block + 0x06, (byte)3);
        memory.Write(block + 0x07, (byte)80);
        memory.Write(block + 0x0a, (ushort)3);
        memory.Write(block + 0x0e, (byte)25);
        memory.Write(block + 0x0f, (byte)1);
        memory.Write(block + 0x10, (ushort)16);
    }
}
