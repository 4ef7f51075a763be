using System.Collections.Immutable;
using Emulator.Core.Memory;
using Emulator.Host.Cli;

namespace Emulator.Host.Boot;

/// <summary>
/// Loads a Multiboot 1 kernel (Multiboot Specification 0.6.96): 32-bit protected mode, EAX = 0x2BADB002, EBX = the information
/// block, which stands clear of the kernel and of its modules.
/// </summary>
internal static class MultibootLoader
{
    private const uint LoaderMagic = 0x2bad_b002;
    private const ulong PageMask = 0xfff;

    private readonly record struct LoadedKernel(uint Entry, ImmutableArray<(ulong Start, ulong End)> Ranges, string Kind);

    /// <summary>Loads the kernel, its modules, and the information block.</summary>
    public static BootState Load(BootRequest request, MemoryMap memory, MultibootHeader header)
    {
        if (header.UnknownRequirements != 0)
        {
            throw new BootException(
                request.Subject, $"its Multiboot header requires flags 0x{header.UnknownRequirements:x}, which nobody has defined", "clear them in the kernel");
        }

        var kernel = header.HasAddresses ? LoadByAddresses(request, memory, header) : LoadElf(request, memory);
        var end = Math.Max(RamLayout.HighStart, kernel.Ranges.Max(range => range.End));
        var modules = LoadModules(request, memory, end);
        var builder = new MultibootInfo(request, modules, (header.Flags & MultibootHeader.VideoFlag) != 0);
        var taken = kernel.Ranges.AddRange(modules.Select(module => (module.Start, module.End)));
        var block = FindRoom(request, taken, (ulong)builder.Length);
        builder.WriteTo(memory, block);
        return new BootState(BootMode.Protected32, kernel.Entry)
        {
            Rax = LoaderMagic,
            Rbx = block + MultibootInfo.InfoOffset,
            GdtBase = block,
            GdtLimit = LowMemory.GdtLimit,
            CodeSelector = LowMemory.CodeSelector,
            DataSelector = LowMemory.DataSelector,
            Description = $"Multiboot kernel, {kernel.Kind}",
        };
    }

    private static LoadedKernel LoadElf(BootRequest request, MemoryMap memory)
    {
        if (!ElfImage.IsPresent(request.Kernel))
        {
            throw new BootException(
                request.Subject, "a Multiboot kernel that is no ELF file and has no load addresses (header flag 16)", "link it as ELF");
        }

        var elf = ElfImage.Read(request);
        var entry = elf.ToPhysical(elf.Entry);
        if (entry > uint.MaxValue)
        {
            throw new BootException(request.Subject, $"its entry point 0x{entry:x} lies above 4 GiB", "link it with an entry point below");
        }

        elf.LoadInto(memory);
        return new LoadedKernel(
            (uint)entry, [.. elf.Segments.Select(segment => (segment.Physical, segment.End))], elf.Is64 ? "ELF64" : "ELF32");
    }

    private static LoadedKernel LoadByAddresses(BootRequest request, MemoryMap memory, MultibootHeader header)
    {
        const string Mend = "mend the address fields of its Multiboot header, or link it as ELF without flag 16";
        var image = request.Kernel;
        if (header.ReadAddresses(image) is not { } fields)
        {
            throw new BootException(request.Subject, "truncated within its Multiboot header", "give the whole kernel");
        }

        var start = header.Offset - ((long)fields.Header - fields.Load);
        if (fields.Load > fields.Header || start < 0)
        {
            throw new BootException(request.Subject, $"its load address 0x{fields.Load:x} does not fit its header address 0x{fields.Header:x}", Mend);
        }

        var length = fields.LoadEnd == 0 ? image.Length - start : (long)fields.LoadEnd - fields.Load;
        if (length <= 0 || start + length > image.Length)
        {
            throw new BootException(
                request.Subject, $"truncated: its header wants {start + length} bytes of file, and {image.Length} are there", Mend);
        }

        var loadEnd = fields.Load + (ulong)length;
        var end = fields.BssEnd == 0 ? loadEnd : fields.BssEnd;
        if (end < loadEnd)
        {
            throw new BootException(request.Subject, $"its BSS ends at 0x{end:x}, before its data at 0x{loadEnd:x}", Mend);
        }

        ElfImage.RequireRam(request, fields.Load, end - fields.Load);
        memory.Write(fields.Load, image.AsSpan((int)start, (int)length));
        LowMemory.Clear(memory, loadEnd, end - loadEnd);
        return new LoadedKernel(fields.Entry, [(fields.Load, end)], "by its header's addresses");
    }

    // "file args,file2 args": a double comma is a comma of a file's name or arguments.
    private static ImmutableArray<MultibootModule> LoadModules(BootRequest request, MemoryMap memory, ulong kernelEnd)
    {
        if (request.InitrdPath is not { } list)
        {
            return [];
        }

        var modules = ImmutableArray.CreateBuilder<MultibootModule>();
        var next = (kernelEnd + PageMask) & ~PageMask;
        foreach (var item in PropertyList.Split(list))
        {
            var text = item.TrimStart(' ');
            var space = text.IndexOf(' ', StringComparison.Ordinal);
            var path = space < 0 ? text : text[..space];
            var file = InputFile.Open("-initrd", path, "give the modules as \"FILE ARGS,FILE2 ARGS\"");
            if (!request.Layout.IsUsable(next, (ulong)file.Length))
            {
                throw new BootException(
                    $"-initrd {path}", $"{Quantity.Format(file.Length)} do not fit above 0x{next:x}", "give more memory by -m, or a smaller module");
            }

            file.CopyTo(memory, next, 0, file.Length);
            modules.Add(new MultibootModule(next, next + (ulong)file.Length, text));
            next = (next + (ulong)file.Length + PageMask) & ~PageMask;
        }

        return modules.ToImmutable();
    }

    // The highest free place in conventional memory; a kernel that fills that gets it above everything loaded.
    private static ulong FindRoom(BootRequest request, ImmutableArray<(ulong Start, ulong End)> taken, ulong length)
    {
        length = (length + PageMask) & ~PageMask;
        for (var start = (RamLayout.ConventionalEnd & ~PageMask) - length; start is >= 0x1000 and < RamLayout.ConventionalEnd; start -= 0x1000)
        {
            if (!taken.Any(range => start < range.End && range.Start < start + length))
            {
                return start;
            }
        }

        var above = (Math.Max(RamLayout.HighStart, taken.Max(range => range.End)) + PageMask) & ~PageMask;
        return request.Layout.IsUsable(above, length)
            ? above
            : throw new BootException(request.Subject, "no memory is left for the information block", "give more memory by -m");
    }
}
