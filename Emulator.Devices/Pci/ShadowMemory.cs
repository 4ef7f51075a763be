using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Emulator.Core.Bus;
using Emulator.Core.Memory;

namespace Emulator.Devices.Pci;

/// <summary>
/// The 256 KiB below 1 MiB, where each of 13 segments reads from ROM or RAM and writes to RAM or nowhere, as the host bridge's PAM
/// registers say (Intel 440FX PCIset data sheet, order 290549, 3.2.18). Also opens SMRAM over VGA memory.
/// </summary>
internal sealed unsafe class ShadowMemory
{
    /// <summary>Segments governed by PAM nibbles.</summary>
    public const int Segments = 13;

    private const int SmallSegment = 0x4000;
    private const int LargestSegment = 0x10000;
    private const byte ReadEnable = 1;
    private const byte WriteEnable = 2;

    private readonly MemoryMap _memory;

    // Segments without ROM read as all ones, from one place: filling all of them would be the longest step of building a board.
    private readonly ulong* _blank = (ulong*)NativeMemory.Alloc(LargestSegment);
    private readonly bool[] _isLoaded = new bool[Segments];
    private readonly MemoryRegion?[] _overlays = new MemoryRegion?[Segments];
    private readonly byte[] _access = new byte[Segments];
    private byte[]? _rom;
    private MemoryRegion? _smram;

    public ShadowMemory(MemoryMap memory)
    {
        _memory = memory;
        for (var i = 0; i < LargestSegment / sizeof(ulong); i++)
        {
            _blank[i] = ulong.MaxValue;
        }

        for (var i = 0; i < Segments; i++)
        {
            Map(i);
        }
    }

    /// <summary>Releases the memory.</summary>
    ~ShadowMemory() => NativeMemory.Free(_blank);

    /// <summary>Puts ROM contents at a physical address from 0xc0000 on.</summary>
    public void LoadRom(ulong address, ReadOnlySpan<byte> contents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(address, PcPlatform.ShadowStart);
        if (_rom is null)
        {
            _rom = GC.AllocateArray<byte>(PcPlatform.ShadowLength, pinned: true);
            Array.Fill(_rom, (byte)0xff);
        }

        var offset = (int)(address - PcPlatform.ShadowStart);
        contents.CopyTo(_rom.AsSpan(offset));
        for (var i = 0; i < Segments; i++)
        {
            if (!_isLoaded[i] && i * SmallSegment < offset + contents.Length && (i * SmallSegment) + LengthOf(i) > offset)
            {
                _isLoaded[i] = true;
                Map(i);
            }
        }
    }

    /// <summary>Sets what a segment does: bit 0 reads RAM, bit 1 writes RAM. Segment 12 is 0xf0000-0xfffff.</summary>
    public void SetAccess(int segment, byte access)
    {
        access &= ReadEnable | WriteEnable;
        if (_access[segment] != access)
        {
            _access[segment] = access;
            Map(segment);
        }
    }

    /// <summary>Shows RAM in place of VGA memory.</summary>
    public void OpenSmram(bool open)
    {
        if (open && _smram is null && HasRam(PcPlatform.VgaWindow, PcPlatform.VgaWindowLength))
        {
            _smram = _memory.MapHost("smram", PcPlatform.VgaWindow, _memory.Ram.Pointer + PcPlatform.VgaWindow,
                PcPlatform.VgaWindowLength, RegionKind.Ram, PcPlatform.ShadowPriority);
        }
        else if (!open && _smram is not null)
        {
            _memory.Remove(_smram);
            _smram = null;
        }
    }

    private static int LengthOf(int segment) => segment == Segments - 1 ? LargestSegment : SmallSegment;

    private bool HasRam(ulong start, ulong length) => start + length <= (ulong)_memory.Ram.Size;

    private void Map(int segment)
    {
        if (_overlays[segment] is { } old)
        {
            _memory.Remove(old);
            _overlays[segment] = null;
        }

        var start = PcPlatform.ShadowStart + ((ulong)segment * SmallSegment);
        var length = (ulong)LengthOf(segment);
        var access = HasRam(start, length) ? _access[segment] : (byte)0;
        var rom = _isLoaded[segment] ? (byte*)Unsafe.AsPointer(ref _rom![segment * SmallSegment]) : (byte*)_blank;
        var name = $"pam.{start:x5}";
        _overlays[segment] = access switch
        {
            0 => _memory.MapHost(name, start, rom, length, RegionKind.Rom, PcPlatform.ShadowPriority),
            ReadEnable => _memory.MapHost(name, start, _memory.Ram.Pointer + start, length, RegionKind.Rom, PcPlatform.ShadowPriority),
            WriteEnable => _memory.MapMmio(name, start, length, new WriteThrough(_memory, start, rom), PcPlatform.ShadowPriority),
            _ => null,
        };
    }

    /// <summary>Reads ROM, writes the RAM behind it.</summary>
    private sealed class WriteThrough(MemoryMap memory, ulong start, byte* rom) : IMmioHandler
    {
        public ulong ReadMmio(ulong offset, int size)
        {
            var value = 0ul;
            Buffer.MemoryCopy(rom + offset, &value, sizeof(ulong), size);
            return value;
        }

        public void WriteMmio(ulong offset, int size, ulong value)
        {
            var target = memory.Ram.Pointer + start + offset;
            memory.MarkWritten(target, size);
            Buffer.MemoryCopy(&value, target, size, size);
        }
    }
}
