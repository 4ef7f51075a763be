using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Acpi;

/// <summary>
/// ACPI fixed hardware as the PIIX4's power management function has it (82371AB data sheet 290562, 7.1; ACPI 6.5, 4.8): the PM1
/// and general-purpose event registers, the PM timer, and the SMI command port through which a guest takes ACPI over. It answers
/// at port offsets; <see cref="AcpiPorts"/> places it.
/// </summary>
public sealed class AcpiFixedHardware : IDevice
{
    // PM1_STS and PM1_EN bits (4.8.3.1).
    private const ushort TimerStatus = 1 << 0;
    private const ushort GlobalStatus = 1 << 5;
    private const ushort PowerButtonStatus = 1 << 8;
    private const ushort RtcStatus = 1 << 10;
    private const ushort WakeStatus = 1 << 15;
    private const ushort StatusBits = TimerStatus | GlobalStatus | PowerButtonStatus | RtcStatus | WakeStatus;
    private const ushort EnableBits = TimerStatus | GlobalStatus | PowerButtonStatus | RtcStatus;

    // PM1_CNT bits (4.8.3.2).
    private const ushort SciEnable = 1 << 0;
    private const ushort SleepEnable = 1 << 13;
    private const ushort ControlBits = SciEnable | 1 << 1 | 7 << 10;

    private readonly PowerManagementTimer _timer;
    private readonly InterruptLine _sci;
    private readonly Action _powerOff;
    private readonly Action<int>? _sleepRefused;

    private ushort _status;
    private ushort _enable;
    private ushort _control;
    private ushort _generalStatus;
    private ushort _generalEnable;
    private byte _smiCommand;
    private byte _smiStatus;

    /// <summary>Makes the registers.</summary>
    /// <param name="scheduler">The machine's time.</param>
    /// <param name="sci">The system control interrupt, a level.</param>
    /// <param name="powerOff">Called when the guest enters S5.</param>
    /// <param name="sleepRefused">Called with SLP_TYP when the guest asks for a sleep that this machine does not have, such as S3.</param>
    public AcpiFixedHardware(EventScheduler scheduler, InterruptLine sci, Action powerOff, Action<int>? sleepRefused = null)
    {
        _sleepRefused = sleepRefused;
        _sci = sci;
        _powerOff = powerOff;
        _timer = new PowerManagementTimer(scheduler, UpdateSci);
    }

    /// <inheritdoc/>
    public string StateName => "acpi";

    /// <inheritdoc/>
    public int StateVersion => 1;

    private ushort Status => (ushort)(_status | (_timer.Carried ? TimerStatus : 0));

    /// <inheritdoc/>
    public void Reset()
    {
        _status = 0;
        _enable = 0;
        _control = 0;
        _generalStatus = 0;
        _generalEnable = 0;
        _smiCommand = 0;
        _smiStatus = 0;
        _timer.ClearCarry();
        UpdateSci();
    }

    /// <summary>What firmware hands to a kernel started without firmware: ACPI mode, so that the SCI works at once.</summary>
    public void EnterAcpiMode()
    {
        _control |= SciEnable;
        UpdateSci();
    }

    /// <summary>Presses the power button: the guest sees an event and decides.</summary>
    public void PressPowerButton()
    {
        _status |= PowerButtonStatus;
        UpdateSci();
    }

    /// <summary>Raises a general-purpose event (0 to 15), edge-like: its status bit stays until the guest clears it.</summary>
    public void RaiseGeneralPurposeEvent(int number)
    {
        _generalStatus |= (ushort)(1 << (number & 15));
        UpdateSci();
    }

    /// <summary>Reads an aligned double word of the PM I/O space, so that no read tears the timer.</summary>
    internal uint ReadPm(int offset) => offset switch
    {
        0x00 => (uint)(Status | _enable << 16),
        0x04 => _control,
        0x08 => _timer.Value,
        _ => 0,
    };

    /// <summary>Writes a byte of the PM I/O space.</summary>
    internal void WritePm(int offset, byte value)
    {
        switch (offset)
        {
            case 0x00 or 0x01:
                ClearStatus((ushort)(value << ((offset & 1) << 3)));
                break;
            case 0x02 or 0x03:
                _enable = (ushort)(Merge(_enable, offset, value) & EnableBits);
                break;
            case 0x04 or 0x05:
                WriteControl(Merge(_control, offset, value));
                break;
            default:
                break;
        }

        UpdateSci();
    }

    /// <summary>Reads the GPE0 block: two status bytes, two enable bytes.</summary>
    internal uint ReadGpe(int offset) => offset == 0 ? (uint)(_generalStatus | _generalEnable << 16) : 0;

    /// <summary>Writes a byte of the GPE0 block; status bits are cleared by writing ones.</summary>
    internal void WriteGpe(int offset, byte value)
    {
        if (offset < 2)
        {
            _generalStatus &= (ushort)~(value << ((offset & 1) << 3));
        }
        else
        {
            _generalEnable = Merge(_generalEnable, offset, value);
        }

        UpdateSci();
    }

    /// <summary>Reads APMC or APMS (290562, 4.2.6).</summary>
    internal uint ReadSmi(int offset) => offset == 0 ? (uint)(_smiCommand | _smiStatus << 8) : 0;

    /// <summary>Writes APMC, where two values switch ACPI on and off, or APMS.</summary>
    internal void WriteSmi(int offset, byte value)
    {
        if (offset != 0)
        {
            _smiStatus = value;
            return;
        }

        _smiCommand = value;
        if (value == AcpiPorts.AcpiEnableCommand)
        {
            _control |= SciEnable;
        }
        else if (value == AcpiPorts.AcpiDisableCommand)
        {
            _control &= unchecked((ushort)~SciEnable);
        }

        UpdateSci();
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_status);
        writer.Write(_enable);
        writer.Write(_control);
        writer.Write(_generalStatus);
        writer.Write(_generalEnable);
        writer.Write(_smiCommand);
        writer.Write(_smiStatus);
        _timer.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        _status = reader.ReadUInt16();
        _enable = reader.ReadUInt16();
        _control = reader.ReadUInt16();
        _generalStatus = reader.ReadUInt16();
        _generalEnable = reader.ReadUInt16();
        _smiCommand = reader.ReadByte();
        _smiStatus = reader.ReadByte();
        _timer.Load(reader);
    }

    private static ushort Merge(ushort word, int offset, byte value)
    {
        var shift = (offset & 1) << 3;
        return (ushort)(word & ~(0xff << shift) | value << shift);
    }

    private void ClearStatus(ushort ones)
    {
        _status = (ushort)(Status & ~ones & StatusBits & ~TimerStatus);
        if ((ones & TimerStatus) != 0)
        {
            _timer.ClearCarry();
        }
    }

    // SLP_EN is write-only: it starts the sleep whose type stands in SLP_TYP. 0 is soft off, 2 suspend to disk: off as well. There is no
    // other sleep, and the tables offer none: a guest that asks for one wakes at once.
    private void WriteControl(ushort value)
    {
        _control = (ushort)(value & ControlBits);
        if ((value & SleepEnable) == 0)
        {
            return;
        }

        var type = value >> 10 & 7;
        if (type is 0 or 2)
        {
            _powerOff();
            return;
        }

        _sleepRefused?.Invoke(type);
        _status |= WakeStatus;
    }

    private void UpdateSci()
    {
        _timer.Watch((_enable & TimerStatus) != 0);
        var pending = (Status & _enable) != 0 || (_generalStatus & _generalEnable) != 0;
        _sci.Set(pending && (_control & SciEnable) != 0);
    }
}
