using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Apic;

/// <summary>
/// A CPU's local APIC (SDM Vol. 3A, ch. 11), as xAPIC and x2APIC. This part holds the state, receives messages and drives the
/// CPU's pins; the register file is in the other parts. The guest reaches it through <see cref="LocalApicWindow"/> and the MSRs.
/// As an <see cref="IInterruptSink"/>, line 0 is LINT0 and line 1 is LINT1. A line's level means asserted: polarity bits are
/// kept for the guest but the wires carry no voltage to invert.
/// </summary>
public sealed partial class LocalApic : ILocalApic, IInterruptSink, IDevice
{
    private readonly ApicBus _bus;
    private readonly ICpuSignals _cpu;
    private readonly LocalApicOptions _options;
    private readonly LocalApicTimer _timer;
    private readonly LocalVectorTable _lvt = new();
    private readonly VectorRegister _request = new();
    private readonly VectorRegister _service = new();
    private readonly VectorRegister _trigger = new();
    private readonly bool[] _lint = new bool[2];

    private ulong _base;
    private uint _id;
    private uint _logicalDestination;
    private uint _destinationFormat;
    private uint _spurious;
    private uint _commandLow;
    private uint _commandHigh;
    private byte _taskPriority;
    private ApicErrors _errors;
    private ApicErrors _pendingErrors;
    private bool _extIntLatched;
    private bool _interruptPin;

    /// <summary>Wires a local APIC between the bus and its CPU.</summary>
    public LocalApic(ApicBus bus, ICpuSignals cpu, EventScheduler scheduler, LocalApicOptions options)
    {
        _bus = bus;
        _cpu = cpu;
        _options = options;
        StateName = $"lapic.{options.Id}";
        _timer = new LocalApicTimer(scheduler, StateName + ".timer", TimerExpired, options.TimestampOffset);
        bus.Attach(this);
        PowerUp();
    }

    /// <inheritdoc/>
    public string StateName { get; }

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public uint ApicId => _options.Id;

    /// <summary>Called whenever IA32_APIC_BASE may have changed; the window follows it.</summary>
    internal Action? BaseChanged { get; set; }

    internal int ProcessorPriority
    {
        get
        {
            var service = Math.Max(_service.Highest, 0) & 0xf0;
            return (_taskPriority & 0xf0) >= service ? _taskPriority : service;
        }
    }

    private bool Enabled => (_base & ApicBaseEnable) != 0;

    private bool IsX2Apic => (_base & ApicBaseExtended) != 0;

    /// <summary>Both enables: IA32_APIC_BASE bit 11 and SVR bit 8 (SDM Vol. 3A, 11.4.3 and 11.9).</summary>
    internal bool SoftwareEnabled => Enabled && (_spurious & SpuriousEnable) != 0;

    /// <inheritdoc/>
    public void Reset()
    {
        PowerUp();
        Array.Clear(_lint);
        _cpu.SetApicEnabled(true);
        BaseChanged?.Invoke();
        DriveAnew();
    }

    /// <summary>The guest wrote its TSC or TSC_ADJUST: an armed TSC deadline is measured anew.</summary>
    public void TimestampChanged() => _timer.ArmDeadline();

    /// <summary>
    /// What firmware leaves behind for an operating system in virtual wire mode (MultiProcessor Specification 1.4, 3.6.2.2):
    /// enabled, LINT0 as ExtINT on the bootstrap processor, LINT1 as NMI. For loaders that start a kernel without firmware.
    /// </summary>
    public void EnterVirtualWireMode()
    {
        _spurious = SpuriousEnable | 0xff;
        _lvt.Write(LocalApicRegister.LvtLint0, (uint)DeliveryMode.ExtInt << 8 | (_options.Bootstrap ? 0 : LocalVectorTable.Masked), false);
        _lvt.Write(LocalApicRegister.LvtLint1, (uint)DeliveryMode.Nmi << 8, false);
        Update();
    }

    /// <inheritdoc/>
    public int Acknowledge()
    {
        if (PicRequests)
        {
            _extIntLatched = false;
            var fromPic = _bus.AcknowledgePic?.Invoke() ?? -1;
            Update();
            if (fromPic >= 0)
            {
                return fromPic;
            }
        }

        var vector = Deliverable;
        if (vector >= 0)
        {
            _request[vector] = false;
            _service[vector] = true;
        }

        Update();
        return vector;
    }

    /// <inheritdoc/>
    public byte TaskPriorityClass
    {
        get => (byte)(_taskPriority >> 4);
        set
        {
            _taskPriority = (byte)(value << 4);
            Update();
        }
    }

    /// <inheritdoc/>
    public void SetLine(int line, bool level)
    {
        if ((uint)line > 1 || _lint[line] == level)
        {
            return;
        }

        _lint[line] = level;
        if (!Enabled)
        {
            // The pins are the CPU's own INTR and NMI (SDM Vol. 3A, 11.4.3).
            if (line == 1 && level)
            {
                _cpu.RaiseNmi();
            }
        }
        else
        {
            ServeLint(line, rising: level);
        }

        Update();
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_base);
        writer.Write(_id);
        writer.Write(_logicalDestination);
        writer.Write(_destinationFormat);
        writer.Write(_spurious);
        writer.Write(_commandLow);
        writer.Write(_commandHigh);
        writer.Write(_taskPriority);
        writer.Write((byte)_errors);
        writer.Write((byte)_pendingErrors);
        writer.Write(_extIntLatched);
        writer.Write(_interruptPin);
        writer.Write(_lint[0]);
        writer.Write(_lint[1]);
        _request.Save(writer);
        _service.Save(writer);
        _trigger.Save(writer);
        _lvt.Save(writer);
        _timer.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        _base = reader.ReadUInt64();
        _id = reader.ReadUInt32();
        _logicalDestination = reader.ReadUInt32();
        _destinationFormat = reader.ReadUInt32();
        _spurious = reader.ReadUInt32();
        _commandLow = reader.ReadUInt32();
        _commandHigh = reader.ReadUInt32();
        _taskPriority = reader.ReadByte();
        _errors = (ApicErrors)reader.ReadByte();
        _pendingErrors = (ApicErrors)reader.ReadByte();
        _extIntLatched = reader.ReadBoolean();
        _interruptPin = reader.ReadBoolean();
        _lint[0] = reader.ReadBoolean();
        _lint[1] = reader.ReadBoolean();
        _request.Load(reader);
        _service.Load(reader);
        _trigger.Load(reader);
        _lvt.Load(reader);
        _timer.Load(reader);
        BaseChanged?.Invoke();
    }

    private void PowerUp()
    {
        _base = DefaultBase | ApicBaseEnable | (_options.Bootstrap ? ApicBaseBootstrap : 0);
        _id = _options.Id;
        ResetRegisters();
    }

    // SDM Vol. 3A, 11.4.7.1; also the state after INIT (11.4.7.3), which keeps the ID and IA32_APIC_BASE.
    private void ResetRegisters()
    {
        _request.Clear();
        _service.Clear();
        _trigger.Clear();
        _lvt.Reset();
        _timer.Reset();
        _logicalDestination = 0;
        _destinationFormat = uint.MaxValue;
        _spurious = 0xff;
        _commandLow = 0;
        _commandHigh = 0;
        _taskPriority = 0;
        _errors = ApicErrors.None;
        _pendingErrors = ApicErrors.None;
        _extIntLatched = false;
        if (_options is { Bootstrap: true, VirtualWireAtReset: true })
        {
            _lvt.Write(LocalApicRegister.LvtLint0, (uint)DeliveryMode.ExtInt << 8, forceMask: false);
        }
    }

    private void TimerExpired()
    {
        DeliverLocal(LocalApicRegister.LvtTimer);
        Update();
    }
}
