namespace Emulator.Devices.Apic;

/// <content>Accepting interrupts and choosing the one to deliver (SDM Vol. 3A, 11.5, 11.6 and 11.8).</content>
public sealed partial class LocalApic
{
    private const int FirstLegalVector = 16;
    private const uint SuppressEoiBroadcast = 1 << 12;
    private const uint SpuriousEnable = 1 << 8;

    /// <summary>An 8259A interrupt waits: through the CPU's own pin, through LINT0 as ExtINT, or by an ExtINT message.</summary>
    private bool PicRequests
    {
        get
        {
            if (!Enabled)
            {
                return _lint[0];
            }

            var lint0 = _lvt[LocalApicRegister.LvtLint0];
            return _extIntLatched
                || (_lint[0] && (lint0 & LocalVectorTable.Masked) == 0 && LocalVectorTable.ModeOf(lint0) == DeliveryMode.ExtInt);
        }
    }

    /// <summary>The vector that outranks the processor priority; -1 when none does.</summary>
    private int Deliverable
    {
        get
        {
            var vector = Enabled ? _request.Highest : -1;
            return vector >> 4 > ProcessorPriority >> 4 ? vector : -1;
        }
    }

    // SDM Vol. 3A, 11.8.3.1 (P6 family and Pentium).
    private int ArbitrationPriority
    {
        get
        {
            var request = Math.Max(_request.Highest, 0) & 0xf0;
            var service = Math.Max(_service.Highest, 0) & 0xf0;
            var task = _taskPriority & 0xf0;
            return task >= request && task > service ? _taskPriority : Math.Max(task, Math.Max(request, service));
        }
    }

    /// <summary>Whether a message addresses this local APIC (SDM Vol. 3A, 11.6.2, 11.12.9 and 11.12.10).</summary>
    internal bool Matches(in ApicMessage message)
    {
        if (!Enabled)
        {
            return false;
        }

        var destination = message.Destination;
        if (destination == ApicMessage.Broadcast)
        {
            return true;
        }

        if (!message.Logical)
        {
            return destination == _id;
        }

        if (IsX2Apic)
        {
            return destination >> 16 == _logicalDestination >> 16 && (destination & _logicalDestination & 0xffff) != 0;
        }

        if (destination > 0xff)
        {
            return false;
        }

        var own = _logicalDestination >> 24;
        return (_destinationFormat >> 28) switch
        {
            0xf => (own & destination) != 0,
            0x0 => own >> 4 == destination >> 4 && (own & destination & 0xf) != 0,
            _ => false,
        };
    }

    /// <summary>Takes a message that <see cref="Matches"/>; false when it is turned away.</summary>
    internal bool Accept(in ApicMessage message)
    {
        var accepted = true;
        switch (message.Mode)
        {
            case DeliveryMode.Fixed:
            case DeliveryMode.LowestPriority:
                accepted = SoftwareEnabled && AcceptFixed(message.Vector, message.Level);
                break;
            case DeliveryMode.Nmi:
                _cpu.RaiseNmi();
                break;
            case DeliveryMode.Init:
                AcceptInit();
                break;
            case DeliveryMode.StartUp:
                _cpu.RaiseStartup(message.Vector);
                break;
            case DeliveryMode.ExtInt:
                _extIntLatched = true;
                break;
            default:
                break; // SMI: there is no system management mode.
        }

        Update();
        return accepted;
    }

    private bool AcceptFixed(byte vector, bool level)
    {
        if (vector < FirstLegalVector)
        {
            Report(ApicErrors.ReceivedIllegalVector);
            return false;
        }

        _request[vector] = true;
        _trigger[vector] = level;
        return true;
    }

    private void AcceptInit()
    {
        ResetRegisters();
        if (IsX2Apic)
        {
            _logicalDestination = X2ApicLogicalId(_id);
        }

        _cpu.RaiseInit();
        DriveAnew();
    }

    /// <summary>Delivers what an LVT entry says, for an event that is an edge.</summary>
    private void DeliverLocal(int register)
    {
        var entry = _lvt[register];
        if ((entry & LocalVectorTable.Masked) != 0)
        {
            return;
        }

        switch (LocalVectorTable.ModeOf(entry))
        {
            case DeliveryMode.Fixed:
                AcceptFixed((byte)entry, level: false);
                break;
            case DeliveryMode.Nmi:
                _cpu.RaiseNmi();
                break;
            case DeliveryMode.Init:
                AcceptInit();
                break;
            default:
                break; // ExtINT is a level (PicRequests); SMI and reserved modes do nothing.
        }
    }

    /// <summary>A LINT pin changed, or its entry did. Only LINT0 in fixed mode can be level-sensitive (SDM Vol. 3A, 11.5.1).</summary>
    private void ServeLint(int line, bool rising)
    {
        var register = LocalApicRegister.LvtLint0 + line;
        var entry = _lvt[register];
        var isLevel = line == 0 && (entry & LocalVectorTable.LevelTriggered) != 0
            && LocalVectorTable.ModeOf(entry) == DeliveryMode.Fixed;
        if (!isLevel)
        {
            if (rising)
            {
                DeliverLocal(register);
            }
        }
        else if (_lint[line] && (entry & (LocalVectorTable.Masked | LocalVectorTable.RemoteIrr)) == 0)
        {
            _lvt.SetRemoteIrr(register, true);
            AcceptFixed((byte)entry, level: true);
        }
    }

    private void EndOfInterrupt()
    {
        var vector = _service.Highest;
        if (vector < 0)
        {
            return;
        }

        _service[vector] = false;
        if (_trigger[vector])
        {
            var lint0 = _lvt[LocalApicRegister.LvtLint0];
            if ((lint0 & LocalVectorTable.RemoteIrr) != 0 && (byte)lint0 == vector)
            {
                _lvt.SetRemoteIrr(LocalApicRegister.LvtLint0, false);
                ServeLint(0, rising: false);
            }

            if ((_spurious & SuppressEoiBroadcast) == 0)
            {
                _bus.BroadcastEoi((byte)vector);
            }
        }

        Update();
    }

    /// <summary>
    /// Records an error for the next write of the ESR. The first one since that write interrupts: the write re-arms (SDM Vol. 3A, 11.5.3).
    /// </summary>
    private void Report(ApicErrors error)
    {
        var armed = _pendingErrors == ApicErrors.None;
        _pendingErrors |= error;
        if (armed)
        {
            DeliverLocal(LocalApicRegister.LvtError);
        }
    }

    /// <summary>Drives the pin whatever it was: the CPU was reset and may have forgotten its level.</summary>
    private void DriveAnew()
    {
        _interruptPin = PicRequests || Deliverable >= 0;
        _cpu.SetInterruptRequest(_interruptPin);
    }

    private void Update()
    {
        var pin = PicRequests || Deliverable >= 0;
        if (pin != _interruptPin)
        {
            _interruptPin = pin;
            _cpu.SetInterruptRequest(pin);
        }
    }
}
