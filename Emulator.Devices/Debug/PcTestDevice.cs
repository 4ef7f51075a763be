using System.Buffers.Binary;
using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Debug;

/// <summary>
/// QEMU's pc-testdev, for kernel test programs: a 32-bit latch at 0xe0-0xe3 and, split into bytes, at 0xe8-0xeb; a page flush at
/// 0xe4 (the double word written is a physical address); 24 interrupt lines at 0x2000; 64 KiB of memory-like MMIO at 0xff000000.
/// A port that another device has, such as isa-debugcon's 0xe9, stays that device's.
/// </summary>
public sealed class PcTestDevice : IDevice, IPortHandler, IMmioHandler
{
    private const int MemoryLength = 0x10000;
    private const int FlushOffset = 4;

    private readonly Action<ulong> _flushPage;
    private readonly InterruptLine[] _lines = new InterruptLine[PcPlatform.InterruptLines];
    private readonly byte[] _memory = new byte[MemoryLength];
    private uint _latch;

    /// <summary>Claims ports and memory.</summary>
    /// <param name="ports">The port bus.</param>
    /// <param name="memory">The memory map.</param>
    /// <param name="router">The interrupt lines.</param>
    /// <param name="flushPage">Drops what is cached of the page at a physical address.</param>
    public PcTestDevice(IoPortBus ports, MemoryMap memory, Chipset.InterruptRouter router, Action<ulong> flushPage)
    {
        _flushPage = flushPage;
        for (var i = 0; i < _lines.Length; i++)
        {
            _lines[i] = router.Connect(i);
        }

        ports.Claim("pc-testdev", PcPlatform.TestDeviceLatchPort, 8, this);
        for (var port = PcPlatform.TestDeviceByteLatchPort; port < PcPlatform.TestDeviceByteLatchPort + 4; port++)
        {
            if (ports.ClaimAt(port) is null)
            {
                ports.Claim("pc-testdev.byte", port, 1, new BytePort(this, port & 3));
            }
        }

        ports.Claim("pc-testdev.irq", PcPlatform.TestDeviceIrqPort, PcPlatform.InterruptLines, new IrqPorts(this));
        memory.MapMmio("pc-testdev", PcPlatform.TestDeviceMemory, MemoryLength, this, PcPlatform.SystemRomPriority + 1);
    }

    /// <inheritdoc/>
    public string StateName => "pc-testdev";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size) => offset < FlushOffset ? ReadLatch(offset, size) : 0;

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        if (offset < FlushOffset)
        {
            WriteLatch(offset, size, value);
        }
        else if (offset == FlushOffset && size == 4)
        {
            _flushPage(value & ~0xffful);
        }
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        bytes.Clear();
        _memory.AsSpan((int)offset, size).CopyTo(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..size].CopyTo(_memory.AsSpan((int)offset));
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _latch = 0;
        Array.Clear(_memory);
        foreach (var line in _lines)
        {
            line.Set(false);
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_latch);
        writer.Write(_memory.AsSpan());
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        _latch = reader.ReadUInt32();
        reader.ReadBytes(_memory);
    }

    private uint ReadLatch(int offset, int size) => (_latch & LatchMask(offset, size)) >> (8 * offset);

    private void WriteLatch(int offset, int size, uint value)
    {
        var mask = LatchMask(offset, size);
        _latch = (_latch & ~mask) | ((value << (8 * offset)) & mask);
    }

    private static uint LatchMask(int offset, int size) => (uint)((1ul << (8 * size)) - 1) << (8 * offset);

    private sealed class BytePort(PcTestDevice device, int index) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => device.ReadLatch(index, 1);

        public void WritePort(ushort offset, int size, uint value) => device.WriteLatch(index, 1, value);
    }

    private sealed class IrqPorts(PcTestDevice device) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => 0;

        public void WritePort(ushort offset, int size, uint value)
        {
            if (size == 1)
            {
                device._lines[offset].Set(value != 0);
            }
        }
    }
}
