using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Apic;

/// <summary>
/// The I/O APIC (Intel 82093AA data sheet 290566, with the EOI register of version 20H). A line's level means asserted: the
/// polarity bits are kept for the guest but the wires carry no voltage to invert.
/// </summary>
public sealed class IoApic : IMmioHandler, IInterruptSink, IDevice
{
    /// <summary>Where a PC has its first I/O APIC.</summary>
    public const ulong DefaultAddress = 0xfec0_0000;

    /// <summary>The number of interrupt inputs.</summary>
    public const int LineCount = 24;

    private const ulong WindowLength = 0x1000;
    private const ulong SelectOffset = 0x00;
    private const ulong DataOffset = 0x10;
    private const ulong EoiOffset = 0x40;
    private const byte IdIndex = 0;
    private const byte VersionIndex = 1;
    private const byte ArbitrationIndex = 2;
    private const byte FirstRedirection = 0x10;
    private const uint VersionValue = (LineCount - 1) << 16 | 0x20;

    // Redirection entry (3.2.4): remote IRR and delivery status are read-only.
    private const ulong Masked = 1 << 16;
    private const ulong LevelTriggered = 1 << 15;
    private const ulong RemoteIrr = 1 << 14;
    private const ulong Logical = 1 << 11;
    private const ulong Writable = 0xff00_0000_0001_afff;

    private readonly ApicBus _bus;
    private readonly byte _initialId;
    private readonly ulong[] _redirection = new ulong[LineCount];
    private uint _asserted;
    private byte _select;
    private byte _id;

    /// <summary>Makes an I/O APIC and claims its window.</summary>
    public IoApic(ApicBus bus, MemoryMap map, byte id = 0, ulong address = DefaultAddress)
    {
        _bus = bus;
        _initialId = (byte)(id & 15);
        map.MapMmio("ioapic", address, WindowLength, this);
        bus.Attach(this);
        Reset();
    }

    /// <inheritdoc/>
    public string StateName => "ioapic";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public void Reset()
    {
        foreach (ref var entry in _redirection.AsSpan())
        {
            entry = Masked;
        }

        _asserted = 0;
        _select = 0;
        _id = _initialId;
    }

    /// <inheritdoc/>
    public void SetLine(int line, bool level)
    {
        if ((uint)line >= LineCount)
        {
            return;
        }

        var bit = 1u << line;
        var rising = level && (_asserted & bit) == 0;
        _asserted = level ? _asserted | bit : _asserted & ~bit;
        if (IsLevel(_redirection[line]))
        {
            ServeLevel(line);
        }
        else if (rising)
        {
            // Edges at a masked input are ignored, not held (3.2.4, bit 16).
            Send(_redirection[line]);
        }
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size) => offset switch
    {
        SelectOffset => _select,
        DataOffset => ReadRegister(_select),
        _ => 0,
    };

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        switch (offset)
        {
            case SelectOffset:
                _select = (byte)value;
                break;
            case DataOffset when size >= 4:
                WriteRegister(_select, (uint)value);
                break;
            case EoiOffset:
                EndOfInterrupt((byte)value);
                break;
            default:
                break;
        }
    }

    /// <summary>A level-triggered interrupt ended at a CPU: an input that is still asserted interrupts again.</summary>
    internal void EndOfInterrupt(byte vector)
    {
        for (var line = 0; line < LineCount; line++)
        {
            ref var entry = ref _redirection[line];
            if ((byte)entry == vector && (entry & RemoteIrr) != 0)
            {
                entry &= ~RemoteIrr;
                ServeLevel(line);
            }
        }
    }

    /// <summary>Sends level-triggered interrupts that no local APIC has accepted yet, as the chip does until one does.</summary>
    internal void RetryLevels()
    {
        for (var line = 0; line < LineCount; line++)
        {
            ServeLevel(line);
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_asserted);
        writer.Write(_select);
        writer.Write(_id);
        foreach (var entry in _redirection)
        {
            writer.Write(entry);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        _asserted = reader.ReadUInt32();
        _select = reader.ReadByte();
        _id = reader.ReadByte();
        for (var line = 0; line < LineCount; line++)
        {
            _redirection[line] = reader.ReadUInt64();
        }
    }

    private static bool IsLevel(ulong entry)
        => (entry & LevelTriggered) != 0 && ModeOf(entry) is DeliveryMode.Fixed or DeliveryMode.LowestPriority;

    private static DeliveryMode ModeOf(ulong entry) => (DeliveryMode)(entry >> 8 & 7);

    private uint ReadRegister(byte index)
    {
        switch (index)
        {
            case IdIndex or ArbitrationIndex:
                return (uint)_id << 24;
            case VersionIndex:
                return VersionValue;
            case >= FirstRedirection and < FirstRedirection + 2 * LineCount:
                var entry = _redirection[(index - FirstRedirection) >> 1];
                return (uint)((index & 1) == 0 ? entry : entry >> 32);
            default:
                return 0;
        }
    }

    private void WriteRegister(byte index, uint value)
    {
        if (index == IdIndex)
        {
            _id = (byte)(value >> 24 & 15);
        }
        else if (index is >= FirstRedirection and < FirstRedirection + 2 * LineCount)
        {
            WriteRedirection((index - FirstRedirection) >> 1, (index & 1) != 0, value);
        }
    }

    private void WriteRedirection(int line, bool high, uint value)
    {
        ref var entry = ref _redirection[line];
        var written = high ? (ulong)value << 32 | (uint)entry : entry >> 32 << 32 | value;
        entry = written & Writable | entry & RemoteIrr;
        if (!IsLevel(entry))
        {
            entry &= ~RemoteIrr;
        }
        else
        {
            ServeLevel(line);
        }
    }

    private void ServeLevel(int line)
    {
        ref var entry = ref _redirection[line];
        if (IsLevel(entry) && (_asserted >> line & 1) != 0 && (entry & (Masked | RemoteIrr)) == 0 && Send(entry))
        {
            entry |= RemoteIrr;
        }
    }

    private bool Send(ulong entry)
    {
        var mode = ModeOf(entry);
        return (entry & Masked) == 0 && mode is not (DeliveryMode.Reserved or DeliveryMode.StartUp) && _bus.Deliver(new ApicMessage(
            ApicMessage.FromXApic((byte)(entry >> 56)), (entry & Logical) != 0, mode, (byte)entry, IsLevel(entry)));
    }
}
