using System.Collections.Immutable;
using Emulator.Core.Memory;

namespace Emulator.Host.Boot;

/// <summary>A loaded module: its range and its text.</summary>
internal readonly record struct MultibootModule(ulong Start, ulong End, string Text);

/// <summary>
/// The boot information of Multiboot Specification 0.6.96, 3.3, laid out in one block: descriptor table, information structure,
/// module list, memory map, strings.
/// </summary>
internal sealed class MultibootInfo
{
    /// <summary>Where in the block the information structure stands.</summary>
    public const ulong InfoOffset = 0x20;

    private const int ModulesOffset = 0xa0;
    private const int ModuleSize = 16;
    private const int MapEntrySize = 24;

    private const uint HasMemory = 1u << 0;
    private const uint HasCommandLine = 1u << 2;
    private const uint HasModules = 1u << 3;
    private const uint HasMap = 1u << 6;
    private const uint HasLoaderName = 1u << 9;
    private const uint HasFrameBuffer = 1u << 12;

    private readonly BootRequest _request;
    private readonly ImmutableArray<MultibootModule> _modules;
    private readonly bool _video;
    private readonly byte[] _commandLine;
    private readonly byte[] _loaderName;
    private readonly byte[][] _moduleTexts;

    /// <summary>Prepares the block.</summary>
    public MultibootInfo(BootRequest request, ImmutableArray<MultibootModule> modules, bool video)
    {
        _request = request;
        _modules = modules;
        _video = video;
        _commandLine = LowMemory.Text(request.CommandLine.Length == 0 ? request.KernelPath : $"{request.KernelPath} {request.CommandLine}");
        _loaderName = LowMemory.Text("emulator " + typeof(MultibootInfo).Assembly.GetName().Version?.ToString(3));
        _moduleTexts = [.. modules.Select(module => LowMemory.Text(module.Text))];
    }

    /// <summary>The block's length in bytes.</summary>
    public int Length => StringsOffset + _commandLine.Length + _loaderName.Length + _moduleTexts.Sum(text => text.Length);

    private int MapOffset => ModulesOffset + (_modules.Length * ModuleSize);

    private int StringsOffset => MapOffset + (_request.Layout.E820.Length * MapEntrySize);

    /// <summary>Writes the block.</summary>
    public void WriteTo(MemoryMap memory, ulong block)
    {
        LowMemory.Clear(memory, block, (ulong)Length);
        LowMemory.WriteGdt(memory, block, BootMode.Protected32);
        var strings = block + (ulong)StringsOffset;
        var commandLine = Append(memory, ref strings, _commandLine);
        var loaderName = Append(memory, ref strings, _loaderName);
        WriteModules(memory, block + ModulesOffset, ref strings);
        WriteMap(memory, block + (ulong)MapOffset);

        var info = block + InfoOffset;
        memory.Write(info, HasMemory | HasCommandLine | HasModules | HasMap | HasLoaderName | (_video ? HasFrameBuffer : 0));
        memory.Write(info + 4, (uint)(RamLayout.ConventionalEnd >> 10));
        memory.Write(info + 8, (uint)_request.Layout.ExtendedKilobytes);
        memory.Write(info + 16, (uint)commandLine);
        memory.Write(info + 20, (uint)_modules.Length);
        memory.Write(info + 24, (uint)(block + ModulesOffset));
        memory.Write(info + 44, (uint)(_request.Layout.E820.Length * MapEntrySize));
        memory.Write(info + 48, (uint)(block + (ulong)MapOffset));
        memory.Write(info + 64, (uint)loaderName);
        if (_video)
        {
            WriteTextScreen(memory, info);
        }
    }

    private static ulong Append(MemoryMap memory, ref ulong position, byte[] text)
    {
        var start = position;
        memory.Write(start, text);
        position += (ulong)text.Length;
        return start;
    }

    private void WriteModules(MemoryMap memory, ulong position, ref ulong strings)
    {
        for (var i = 0; i < _modules.Length; i++)
        {
            memory.Write(position, (uint)_modules[i].Start);
            memory.Write(position + 4, (uint)_modules[i].End);
            memory.Write(position + 8, (uint)Append(memory, ref strings, _moduleTexts[i]));
            position += ModuleSize;
        }
    }

    private void WriteMap(MemoryMap memory, ulong position)
    {
        foreach (var range in _request.Layout.E820)
        {
            memory.Write(position, (uint)(MapEntrySize - sizeof(uint)));
            memory.Write(position + 4, range.Start);
            memory.Write(position + 12, range.Length);
            memory.Write(position + 20, (uint)range.Type);
            position += MapEntrySize;
        }
    }

    // A kernel that asks for a video mode is told what there is: EGA text, 80x25 (framebuffer_type 2).
    private static void WriteTextScreen(MemoryMap memory, ulong info)
    {
        memory.Write(info + 88, 0xb8000ul);
        memory.Write(info + 96, 160u);
        memory.Write(info + 100, 80u);
        memory.Write(info + 104, 25u);
        memory.Write(info + 108, (byte)16);
        memory.Write(info + 109, (byte)2);
    }
}
