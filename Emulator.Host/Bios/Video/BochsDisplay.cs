using Emulator.Core.Bus;
using Emulator.Core.Memory;
using Emulator.Devices.Pci;

namespace Emulator.Host.Bios.Video;

/// <summary>The Bochs display interface of a "std" VGA (QEMU's docs/specs/standard-vga.rst): an index and a data port, and its PCI function.</summary>
internal sealed class BochsDisplay(IoPortBus ports, PciBus pci, MemoryMap memory)
{
    public const int Width = 1;
    public const int Height = 2;
    public const int Depth = 3;
    public const int Enable = 4;
    public const int Bank = 5;
    public const int VirtualWidth = 6;
    public const int OffsetX = 8;
    public const int OffsetY = 9;

    public const ushort Enabled = 0x01;
    public const ushort EightBitDac = 0x20;
    public const ushort LinearFrameBuffer = 0x40;
    public const ushort KeepMemory = 0x80;

    private const ushort IndexPort = 0x1ce;
    private const ushort DataPort = 0x1cf;
    private const int Id = 0;
    private const int MemoryBlocks = 10;
    private const ushort OldestId = 0xb0c0;
    private const ushort IdMask = 0xfff0;
    private const uint StandardVga = 0x1111_1234;
    private const int RegisterBar = PciRegister.BaseAddress + 8;

    /// <summary>Whether there is one.</summary>
    public bool IsPresent => (this[Id] & IdMask) == OldestId;

    /// <summary>Bytes of video memory.</summary>
    public uint MemoryLength => (uint)this[MemoryBlocks] << 16;

    /// <summary>The physical address of the frame buffer; 0 while it has none.</summary>
    public uint FrameBuffer => Function is { } devfn ? pci.ReadConfig(devfn, PciRegister.BaseAddress, 4) & ~0xfu : 0;

    private int? Function => pci.Devices.FirstOrDefault(device => device.ReadConfig(0, 4) == StandardVga)?.Devfn;

    /// <summary>A register.</summary>
    public ushort this[int index]
    {
        get
        {
            ports.Write(IndexPort, 2, (uint)index);
            return (ushort)ports.Read(DataPort, 2);
        }

        set
        {
            ports.Write(IndexPort, 2, (uint)index);
            ports.Write(DataPort, 2, value);
        }
    }

    /// <summary>Reads the monitor's EDID; false if there is none.</summary>
    public bool TryReadEdid(Span<byte> edid)
    {
        if (Function is not { } devfn || (pci.ReadConfig(devfn, RegisterBar, 4) & ~0xfu) is not (not 0 and var registers))
        {
            return false;
        }

        memory.Read(registers, edid);
        return edid is [0x00, 0xff, 0xff, ..];
    }
}
