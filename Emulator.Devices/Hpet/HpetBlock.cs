using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Hpet;

/// <summary>How an HPET is wired.</summary>
/// <param name="IoApic">The I/O APIC's inputs 16 to 23, for comparators routed by Tn_INT_ROUTE_CNF.</param>
/// <param name="Irq0">A wire to the PC's IRQ 0 (8259A input 0 and I/O APIC input 2), for comparator 0 in legacy replacement.</param>
/// <param name="Irq8">A wire to the PC's IRQ 8, for comparator 1 in legacy replacement.</param>
/// <param name="LegacyReplacement">Told whether the 8254 and the RTC are cut off from IRQ 0 and IRQ 8.</param>
/// <param name="Messages">Takes FSB interrupts; null when the block has none.</param>
public sealed record HpetWiring(
    IInterruptSink IoApic,
    InterruptLine Irq0,
    InterruptLine Irq8,
    Action<bool> LegacyReplacement,
    IMessageInterrupts? Messages = null);

/// <summary>
/// A block of high precision event timers (IA-PC HPET Specification 1.0a): one 64-bit main counter of 10 ns and three or more
/// comparators.
/// </summary>
public sealed class HpetBlock : IMmioHandler, IDevice
{
    /// <summary>Where a PC has its HPET.</summary>
    public const ulong DefaultAddress = 0xfed0_0000;

    /// <summary>The main counter's period in nanoseconds.</summary>
    public const int NanosecondsPerTick = 10;

    private const ulong WindowLength = 0x400;
    private const ulong CapabilitiesOffset = 0x000;
    private const ulong ConfigurationOffset = 0x010;
    private const ulong StatusOffset = 0x020;
    private const ulong CounterOffset = 0x0f0;
    private const ulong ComparatorsOffset = 0x100;
    private const ulong Enable = 1;
    private const ulong LegacyRoute = 2;
    private const int NoLine = -1;

    // The I/O APIC inputs a comparator may use: those behind the ISA interrupts.
    private const uint Routes = 0x00ff_0000;

    private readonly HpetWiring _wiring;
    private readonly EventScheduler _scheduler;
    private readonly HpetComparator[] _comparators;
    private readonly int[] _drivenLine;
    private readonly bool[] _legacyLevel = new bool[2];
    private readonly ulong _capabilities;

    private ulong _configuration;
    private uint _status;

    // While running, the counter was _counter at the virtual time _since.
    private ulong _counter;
    private long _since;

    /// <summary>Makes the block and claims its window.</summary>
    public HpetBlock(MemoryMap map, EventScheduler scheduler, HpetWiring wiring, int comparators = 3, ulong address = DefaultAddress)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(comparators, 3);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(comparators, 24);
        _wiring = wiring;
        _scheduler = scheduler;
        _comparators = new HpetComparator[comparators];
        _drivenLine = new int[comparators];
        for (var i = 0; i < comparators; i++)
        {
            _drivenLine[i] = NoLine;
            _comparators[i] = new HpetComparator(this, scheduler, i, Routes, wiring.Messages is not null);
        }

        // Period in femtoseconds, vendor 8086H, legacy replacement, 64-bit counter, revision 1 (2.3.4).
        _capabilities = (ulong)NanosecondsPerTick * 1_000_000 << 32 | 0x8086_a001 | (uint)(comparators - 1) << 8;
        map.MapMmio("hpet", address, WindowLength, this);
    }

    /// <inheritdoc/>
    public string StateName => "hpet";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>The event timer block ID that the ACPI HPET table repeats: the low half of the capabilities.</summary>
    public uint BlockId => (uint)_capabilities;

    internal bool Running => (_configuration & Enable) != 0;

    internal ulong Counter => Running ? _counter + (ulong)(_scheduler.Now - _since) / NanosecondsPerTick : _counter;

    private bool LegacyReplacement => (_configuration & LegacyRoute) != 0;

    /// <inheritdoc/>
    public void Reset()
    {
        _configuration = 0;
        _status = 0;
        _counter = 0;
        _since = 0;
        foreach (var comparator in _comparators)
        {
            comparator.Reset();
            Drive(comparator);
        }

        _wiring.LegacyReplacement(false);
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size) => ReadRegister(offset & ~7ul) >> ((int)(offset & 7) << 3);

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        var shift = (int)(offset & 7) << 3;
        var lanes = (size == 8 ? ulong.MaxValue : (1ul << (size << 3)) - 1) << shift;
        WriteRegister(offset & ~7ul, value << shift, lanes);
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_configuration);
        writer.Write(_status);
        writer.Write(_counter);
        writer.Write(_since);
        for (var i = 0; i < 2; i++)
        {
            writer.Write(_legacyLevel[i]);
        }

        foreach (var comparator in _comparators)
        {
            comparator.Save(writer);
            writer.Write(_drivenLine[comparator.Index]);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        _configuration = reader.ReadUInt64();
        _status = reader.ReadUInt32();
        _counter = reader.ReadUInt64();
        _since = reader.ReadInt64();
        for (var i = 0; i < 2; i++)
        {
            _legacyLevel[i] = reader.ReadBoolean();
        }

        foreach (var comparator in _comparators)
        {
            comparator.Load(reader);
            _drivenLine[comparator.Index] = reader.ReadInt32();
        }
    }

    /// <summary>The virtual time at which the running counter will have counted <paramref name="ticks"/> more.</summary>
    internal long TimeIn(ulong ticks)
    {
        var tickStart = _since + (_scheduler.Now - _since) / NanosecondsPerTick * NanosecondsPerTick;
        var limit = (ulong)(long.MaxValue - tickStart) / NanosecondsPerTick;
        return tickStart + (long)Math.Min(ticks, limit) * NanosecondsPerTick;
    }

    /// <summary>A comparator matched the main counter: raises its status bit (level) or a pulse (edge).</summary>
    internal void Matched(HpetComparator comparator)
    {
        if (comparator.Has(HpetComparator.LevelTriggered))
        {
            _status |= 1u << comparator.Index;
            if (UsesMessage(comparator))
            {
                SendMessage(comparator);
            }

            Drive(comparator);
        }
        else if (comparator.Has(HpetComparator.InterruptEnable))
        {
            Pulse(comparator);
        }
    }

    private static bool UsesMessage(HpetComparator comparator)
        => comparator.Has(HpetComparator.FsbEnable) && comparator.Has(HpetComparator.InterruptEnable);

    private ulong ReadRegister(ulong register)
    {
        switch (register)
        {
            case CapabilitiesOffset:
                return _capabilities;
            case ConfigurationOffset:
                return _configuration;
            case StatusOffset:
                return _status;
            case CounterOffset:
                return Counter;
        }

        return ComparatorAt(register) is not { } comparator ? 0 : (register & 0x1f) switch
        {
            0x00 => comparator.Configuration,
            0x08 => comparator.Value,
            0x10 => comparator.FsbRoute,
            _ => 0,
        };
    }

    private void WriteRegister(ulong register, ulong value, ulong lanes)
    {
        switch (register)
        {
            case CapabilitiesOffset:
                return;
            case ConfigurationOffset:
                WriteConfiguration((_configuration & ~lanes | value & lanes) & (Enable | LegacyRoute));
                return;
            case StatusOffset:
                _status &= ~(uint)(value & lanes);
                DriveAll();
                return;
            case CounterOffset:
                _counter = Counter & ~lanes | value & lanes;
                _since = _scheduler.Now;
                ArmAll();
                return;
        }

        if (ComparatorAt(register) is { } comparator)
        {
            WriteComparator(comparator, register & 0x1f, value, lanes);
        }
    }

    private void WriteComparator(HpetComparator comparator, ulong register, ulong value, ulong lanes)
    {
        switch (register)
        {
            case 0x00:
                comparator.WriteConfiguration(comparator.Configuration & ~lanes | value & lanes);
                if (!comparator.Has(HpetComparator.LevelTriggered))
                {
                    _status &= ~(1u << comparator.Index);
                }

                Drive(comparator);
                break;
            case 0x08:
                comparator.WriteValue(value, lanes);
                break;
            case 0x10:
                comparator.FsbRoute = comparator.FsbRoute & ~lanes | value & lanes;
                break;
            default:
                break;
        }
    }

    private HpetComparator? ComparatorAt(ulong register)
    {
        var index = (register - ComparatorsOffset) >> 5;
        return register >= ComparatorsOffset && index < (ulong)_comparators.Length ? _comparators[index] : null;
    }

    private void WriteConfiguration(ulong value)
    {
        var counter = Counter;
        var wasRunning = Running;
        _configuration = value;
        if (wasRunning != Running)
        {
            _counter = counter;
            _since = _scheduler.Now;
            ArmAll();
        }

        _wiring.LegacyReplacement(LegacyReplacement);
        DriveAll();
    }

    private void ArmAll()
    {
        foreach (var comparator in _comparators)
        {
            comparator.Arm();
        }
    }

    private void DriveAll()
    {
        foreach (var comparator in _comparators)
        {
            Drive(comparator);
        }
    }

    private bool IsLegacy(HpetComparator comparator) => LegacyReplacement && comparator.Index < 2;

    private bool Asserts(HpetComparator comparator)
        => Running && (_status >> comparator.Index & 1) != 0 && comparator.Has(HpetComparator.InterruptEnable)
            && !comparator.Has(HpetComparator.FsbEnable);

    /// <summary>Makes the I/O APIC input of a level-triggered comparator follow its status bit, wherever it is routed now.</summary>
    private void Drive(HpetComparator comparator)
    {
        ref var driven = ref _drivenLine[comparator.Index];
        var line = Asserts(comparator) && !IsLegacy(comparator) ? comparator.Route : NoLine;
        if (driven != line)
        {
            var old = driven;
            driven = line;
            if (old != NoLine && Array.IndexOf(_drivenLine, old) < 0)
            {
                _wiring.IoApic.SetLine(old, false);
            }

            if (line != NoLine)
            {
                _wiring.IoApic.SetLine(line, true);
            }
        }

        if (comparator.Index < 2)
        {
            DriveLegacy(comparator);
        }
    }

    private void DriveLegacy(HpetComparator comparator)
    {
        ref var driven = ref _legacyLevel[comparator.Index];
        var level = LegacyReplacement && Asserts(comparator);
        if (driven != level)
        {
            driven = level;
            LegacyLine(comparator.Index).Set(level);
        }
    }

    private void Pulse(HpetComparator comparator)
    {
        if (UsesMessage(comparator))
        {
            SendMessage(comparator);
        }
        else if (IsLegacy(comparator))
        {
            LegacyLine(comparator.Index).Pulse();
        }
        else if (comparator.Route != NoLine && Array.IndexOf(_drivenLine, comparator.Route) < 0)
        {
            _wiring.IoApic.SetLine(comparator.Route, true);
            _wiring.IoApic.SetLine(comparator.Route, false);
        }
    }

    private void SendMessage(HpetComparator comparator)
        => _wiring.Messages?.Deliver(comparator.FsbRoute >> 32, (uint)comparator.FsbRoute);

    private InterruptLine LegacyLine(int index) => index == 0 ? _wiring.Irq0 : _wiring.Irq8;
}
