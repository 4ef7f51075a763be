using Register = Emulator.Devices.Apic.LocalApicRegister;

namespace Emulator.Devices.Apic;

/// <content>The registers as both interfaces share them, and the memory-mapped one (SDM Vol. 3A, table 11-1).</content>
public sealed partial class LocalApic
{
    // Version 14H, six LVT entries, and the SVR's EOI-broadcast suppression (SDM Vol. 3A, 11.4.8).
    private const uint VersionValue = 0x0105_0014;

    /// <summary>The page of the memory-mapped registers; null when they are not mapped (disabled, or in x2APIC mode).</summary>
    internal ulong? WindowAddress => Enabled && !IsX2Apic ? _base & BaseAddressMask : null;

    /// <summary>Reads a memory-mapped register; what the SDM leaves undefined reads as zero.</summary>
    internal ulong ReadWindow(ulong offset, int size)
    {
        var register = (int)(offset >> 4);
        var shift = (int)(offset & 15) << 3;
        if (!IsReadable(register))
        {
            Report(ApicErrors.IllegalRegisterAddress);
            Update();
            return 0;
        }

        return shift >= 32 ? 0 : ReadRegister(register) >> shift;
    }

    /// <summary>Writes a memory-mapped register. Registers take 32-bit aligned writes; others are ignored (SDM Vol. 3A, 11.4.1).</summary>
    internal void WriteWindow(ulong offset, int size, ulong value)
    {
        if ((offset & 15) != 0 || size < 4)
        {
            return;
        }

        var register = (int)(offset >> 4);
        if (IsReadable(register) || register == Register.Eoi)
        {
            WriteXApic(register, (uint)value);
        }
        else
        {
            Report(ApicErrors.IllegalRegisterAddress);
        }

        Update();
    }

    private static bool IsReadable(int register) => register switch
    {
        Register.Id or Register.Version => true,
        >= Register.TaskPriority and < Register.InterruptRequest + 8 => true,
        Register.ErrorStatus => true,
        >= Register.CommandLow and <= Register.CurrentCount => true,
        Register.DivideConfiguration => true,
        _ => false,
    };

    private uint ReadRegister(int register) => register switch
    {
        Register.Id => IsX2Apic ? _id : _id << 24,
        Register.Version => VersionValue,
        Register.TaskPriority => _taskPriority,
        Register.ArbitrationPriority => (uint)ArbitrationPriority,
        Register.ProcessorPriority => (uint)ProcessorPriority,
        Register.LogicalDestination => _logicalDestination,
        Register.DestinationFormat => _destinationFormat,
        Register.SpuriousVector => _spurious,
        >= Register.InService and < Register.TriggerMode => _service.Word(register - Register.InService),
        >= Register.TriggerMode and < Register.InterruptRequest => _trigger.Word(register - Register.TriggerMode),
        >= Register.InterruptRequest and < Register.ErrorStatus => _request.Word(register - Register.InterruptRequest),
        Register.ErrorStatus => (uint)_errors,
        Register.CommandLow => _commandLow,
        Register.CommandHigh => _commandHigh,
        >= Register.LvtTimer and <= Register.LvtError => _lvt[register],
        Register.InitialCount => _timer.InitialCount,
        Register.CurrentCount => _timer.CurrentCount,
        Register.DivideConfiguration => _timer.DivideConfiguration,
        _ => 0,
    };

    // What only the memory-mapped interface can write; reserved bits are ignored, read-only registers too.
    private void WriteXApic(int register, uint value)
    {
        switch (register)
        {
            case Register.Id:
                _id = value >> 24;
                break;
            case Register.LogicalDestination:
                _logicalDestination = value & 0xff00_0000;
                break;
            case Register.DestinationFormat:
                _destinationFormat = value | 0x0fff_ffff;
                break;
            case Register.CommandLow:
                _commandLow = value & CommandWritable;
                SendCommand(ApicMessage.FromXApic((byte)(_commandHigh >> 24)));
                break;
            case Register.CommandHigh:
                _commandHigh = value & 0xff00_0000;
                break;
            default:
                WriteShared(register, value);
                break;
        }
    }

    // Registers that mean the same through either interface.
    private void WriteShared(int register, uint value)
    {
        switch (register)
        {
            case Register.TaskPriority:
                _taskPriority = (byte)value;
                break;
            case Register.Eoi:
                EndOfInterrupt();
                break;
            case Register.SpuriousVector:
                WriteSpurious(value);
                break;
            case Register.ErrorStatus:
                _errors = _pendingErrors;
                _pendingErrors = ApicErrors.None;
                break;
            case >= Register.LvtTimer and <= Register.LvtError:
                WriteLvt(register, value);
                break;
            case Register.InitialCount:
                _timer.WriteInitialCount(value);
                break;
            case Register.DivideConfiguration:
                _timer.WriteDivideConfiguration(value);
                break;
            default:
                break;
        }
    }

    private void WriteSpurious(uint value)
    {
        var wasEnabled = SoftwareEnabled;
        _spurious = value & SpuriousWritable;
        if ((_spurious & SpuriousEnable) == 0)
        {
            _lvt.MaskAll();
        }
        else if (!wasEnabled)
        {
            _bus.RetryLevels();
        }
    }

    private void WriteLvt(int register, uint value)
    {
        var forceMask = (_spurious & SpuriousEnable) == 0;
        _lvt.Write(register, value, forceMask);
        if (register == Register.LvtTimer)
        {
            _timer.SetMode(value);
        }
        else if (register == Register.LvtLint0)
        {
            ServeLint(0, rising: false);
        }
    }
}
