using Emulator.Core.Bus;
using Emulator.Core.Snapshots;
using Emulator.Devices.Pci;

namespace Emulator.Devices.Video;

/// <summary>
/// The PCI adapter 1234:1111 ("std" VGA; QEMU's docs/specs/standard-vga) around a <see cref="Vga"/>: BAR 0 is its memory, which the
/// guest reads and writes directly; BAR 2 has the EDID, the VGA's ports, the display interface's registers and the byte order.
/// </summary>
public sealed class BochsVga : PciDevice, IMmioHandler
{
    private const int WindowLength = 0x1000;
    private const int EdidArea = 0x000;
    private const int PortArea = 0x400;
    private const int PortAreaLength = 0x20;
    private const int DispiArea = 0x500;
    private const int ExtensionArea = 0x600;
    private const int ExtensionLength = 8;
    private const int ByteOrderRegister = 4;
    private const uint LittleEndian = 0x1e1e1e1e;

    private readonly Vga _vga;
    private readonly byte[] _edid;

    /// <summary>Attaches to the bus.</summary>
    public unsafe BochsVga(PciBus bus, int devfn, Vga vga, VideoOptions options)
        : base(bus, devfn, "vga.pci", new PciIdentity(0x1234, 0x1111, 0x030000) { Revision = 2, SubsystemVendorId = 0x1af4, SubsystemId = 0x1100 })
    {
        _vga = vga;
        _edid = options.Edid ? Edid.Describe(options.PreferredWidth, options.PreferredHeight) : [];
        AddHostMemoryBar(0, PciBarKind.Memory32, (ulong)vga.Video.Length, vga.Video.Pointer);
        AddMemoryBar(2, PciBarKind.Memory32, WindowLength, this);
        if (!options.Rom.IsEmpty)
        {
            AddRom(options.Rom.Span);
        }
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size)
    {
        var value = 0ul;
        for (var i = 0; i < size; i++)
        {
            value |= (ulong)ReadByte((int)offset + i) << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        var at = (int)offset;
        if (at is >= PortArea and < PortArea + PortAreaLength)
        {
            for (var i = 0; i < size && at + i < PortArea + PortAreaLength; i++)
            {
                _vga.WritePort(PortOf(at + i), 1, (byte)(value >> (8 * i)));
            }

            return;
        }

        // The display interface has words; a double word is two of them.
        for (var i = 0; i + 1 < size && (at & 1) == 0; i += 2)
        {
            var register = (at + i - DispiArea) >> 1;
            if (register is >= 0 and < BochsDispi.Count)
            {
                _vga.WriteDispi(register, (ushort)(value >> (8 * i)));
            }
        }
    }

    /// <inheritdoc/>
    protected override void ResetDevice()
    {
        // All that changes belongs to the VGA, which is reset by itself.
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer)
    {
        // All that changes belongs to the VGA, which is saved by itself.
    }

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        // All that changes belongs to the VGA, which is loaded by itself.
    }

    // Ports from 0x3c0 on, at their offsets from 0x3b0.
    private static ushort PortOf(int at) => (ushort)(at - PortArea + 0x10);

    private byte ReadByte(int at) => at switch
    {
        _ when at - EdidArea < _edid.Length => _edid[at - EdidArea],
        >= PortArea and < PortArea + PortAreaLength => (byte)_vga.ReadPort(PortOf(at), 1),
        >= DispiArea and < DispiArea + (2 * BochsDispi.Count) => (byte)(_vga.Dispi.Read((at - DispiArea) >> 1) >> (8 * (at & 1))),
        >= ExtensionArea and < ExtensionArea + ByteOrderRegister => (byte)(ExtensionLength >> (8 * (at - ExtensionArea))),
        >= ExtensionArea + ByteOrderRegister and < ExtensionArea + ExtensionLength => unchecked((byte)LittleEndian),
        _ => at < PortArea ? (byte)0 : (byte)0xff,
    };
}
