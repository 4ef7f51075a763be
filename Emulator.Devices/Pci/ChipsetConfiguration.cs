using System.Buffers.Binary;
using Emulator.Core.Bus;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Pci;

/// <summary>
/// Chipset configuration registers of the ICH9 (data sheet 316972, chapter 10): 16 KiB that RCBA places. Those that are here route the
/// interrupt pins of slots 25 to 31 (D25IR to D31IR), name the I/O APIC's range (OIC), and keep the watchdog's strap (GCS).
/// </summary>
internal sealed class ChipsetConfiguration : IMmioHandler
{
    private const int Length = 0x4000;
    private const int InterruptPins = 0x3100;
    private const int InterruptRoutes = 0x3140;
    private const int InterruptEnd = 0x3160;
    private const int OtherInterruptControl = 0x31ff;
    private const int General = 0x3400;
    private const int GeneralEnd = 0x3420;
    private const int GeneralControlAndStatus = 0x3410;
    private const uint NoRebootBit = 1 << 5;
    private const ushort StraightRoute = 0x3210;

    // Slots below 25 have a fixed wiring on this board, to PIRQE-H in turn; slot 30 has no route register.
    private const int FirstRoutedSlot = 25;
    private const int BridgeSlot = 30;

    private readonly MemoryMap _memory;
    private readonly Action _routesChanged;
    private readonly MemoryRegion _region;
    private readonly byte[] _registers = new byte[Length];

    /// <summary>Makes the registers; they are nowhere yet.</summary>
    public ChipsetConfiguration(MemoryMap memory, Action routesChanged)
    {
        _memory = memory;
        _routesChanged = routesChanged;
        _region = memory.MapMmio("ich9-rcba", 0, Length, this, PcPlatform.ChipsetConfigurationPriority);
        Place(0, enabled: false);
        SetInitialValues();
    }

    /// <summary>Whether a watchdog that runs out leaves the machine alone.</summary>
    public bool NoReboot => (BinaryPrimitives.ReadUInt32LittleEndian(_registers.AsSpan(GeneralControlAndStatus)) & NoRebootBit) != 0;

    /// <summary>The PIRQ (0-7) of a slot's pin.</summary>
    public int PirqOf(int slot, int pin)
    {
        if (slot < FirstRoutedSlot)
        {
            return 4 + ((slot + pin) & 3);
        }

        return slot == BridgeSlot
            ? 4 + pin
            : BinaryPrimitives.ReadUInt16LittleEndian(_registers.AsSpan(RouteRegister(slot))) >> (4 * pin) & 7;
    }

    /// <summary>Moves the registers, or takes them away.</summary>
    public void Place(ulong address, bool enabled) => _memory.Update(_region, address, enabled);

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size)
    {
        var value = 0ul;
        for (var i = 0; i < size; i++)
        {
            value |= (ulong)_registers[(int)offset + i] << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        for (var i = 0; i < size; i++)
        {
            if (IsRegister((int)offset + i))
            {
                _registers[(int)offset + i] = (byte)(value >> (8 * i));
            }
        }

        if (offset < InterruptEnd && offset + (ulong)size > InterruptRoutes)
        {
            _routesChanged();
        }
    }

    /// <summary>Puts every register back.</summary>
    public void Reset()
    {
        Array.Clear(_registers);
        SetInitialValues();
    }

    /// <summary>Writes the registers.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(_registers.AsSpan(InterruptPins, InterruptEnd - InterruptPins));
        writer.Write(_registers[OtherInterruptControl]);
        writer.Write(_registers.AsSpan(General, GeneralEnd - General));
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        reader.ReadBytes(_registers.AsSpan(InterruptPins, InterruptEnd - InterruptPins));
        _registers[OtherInterruptControl] = reader.ReadByte();
        reader.ReadBytes(_registers.AsSpan(General, GeneralEnd - General));
    }

    private static bool IsRegister(int offset)
        => offset is (>= InterruptPins and < InterruptEnd) or OtherInterruptControl or (>= General and < GeneralEnd);

    // 10.1.30 to 10.1.36: D31IR is first; D26IR and D25IR leave a word free before them.
    private static int RouteRegister(int slot) => slot switch
    {
        26 => 0x314c,
        25 => 0x3150,
        _ => InterruptRoutes + (2 * (31 - slot)),
    };

    private void SetInitialValues()
    {
        for (var slot = FirstRoutedSlot; slot < 32; slot++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_registers.AsSpan(RouteRegister(slot)), slot == BridgeSlot ? (ushort)0 : StraightRoute);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_registers.AsSpan(GeneralControlAndStatus), NoRebootBit);
    }
}
