using Register = Emulator.Devices.Apic.LocalApicRegister;

namespace Emulator.Devices.Apic;

/// <content>IA32_APIC_BASE, IA32_TSC_DEADLINE and the x2APIC registers with their #GP rules (SDM Vol. 3A, 11.12).</content>
public sealed partial class LocalApic
{
    private const uint TscDeadlineMsr = 0x6e0;
    private const uint FirstX2ApicMsr = 0x800;
    private const ulong DefaultBase = 0xfee0_0000;
    private const ulong ApicBaseBootstrap = 1 << 8;
    private const ulong ApicBaseExtended = 1 << 10;
    private const ulong ApicBaseEnable = 1 << 11;
    private const ulong BaseAddressMask = ~0xffful;
    private const uint SpuriousWritable = 0x13ff;

    // SDM Vol. 3A, figure 11-28: bits 31:20, 17:16 and 13 of the 64-bit ICR are reserved; the busy bit 12 is ignored.
    private const uint X2ApicCommandReserved = 0xfff3_2000;

    /// <inheritdoc/>
    public ulong ApicBase => _base;

    /// <inheritdoc/>
    public bool TryWriteApicBase(ulong value)
    {
        var extended = _options.X2Apic ? ApicBaseExtended : 0;
        var address = ((1ul << _options.PhysicalAddressBits) - 1) & BaseAddressMask;
        if ((value & ~(address | ApicBaseBootstrap | extended | ApicBaseEnable)) != 0 || !IsLegalTransition(value))
        {
            return false;
        }

        var wasEnabled = Enabled;
        var wasX2Apic = IsX2Apic;
        _base = value;
        if (wasEnabled && !Enabled)
        {
            _id = _options.Id;
            ResetRegisters();
        }
        else if (IsX2Apic && !wasX2Apic)
        {
            _id = _options.Id;
            _logicalDestination = X2ApicLogicalId(_id);
            _commandHigh = 0;
        }

        if (wasEnabled != Enabled)
        {
            _cpu.SetApicEnabled(Enabled);
        }

        BaseChanged?.Invoke();
        Update();
        return true;
    }

    /// <inheritdoc/>
    public bool TryReadMsr(uint index, out ulong value)
    {
        if (index == TscDeadlineMsr)
        {
            value = _timer.Deadline;
            return _options.TscDeadline;
        }

        value = 0;
        var register = (int)(index - FirstX2ApicMsr);
        if (!IsX2Apic || register is < 0 or > 0xff or Register.ArbitrationPriority or Register.Eoi or Register.RemoteRead
            or Register.DestinationFormat or Register.CommandHigh || !IsReadable(register))
        {
            return false;
        }

        value = register == Register.CommandLow ? (ulong)_commandHigh << 32 | _commandLow : ReadRegister(register);
        return true;
    }

    /// <inheritdoc/>
    public bool TryWriteMsr(uint index, ulong value)
    {
        if (index == TscDeadlineMsr)
        {
            if (_options.TscDeadline)
            {
                _timer.WriteDeadline(value);
            }

            return _options.TscDeadline;
        }

        var register = (int)(index - FirstX2ApicMsr);
        if (!IsX2Apic || register is < 0 or > 0xff || !IsLegalX2ApicWrite(register, value))
        {
            return false;
        }

        WriteX2Apic(register, value);
        Update();
        return true;
    }

    private static uint X2ApicLogicalId(uint id) => id >> 4 << 16 | 1u << (int)(id & 15);

    // SDM Vol. 3A, figure 11-27: x2APIC is entered from xAPIC only and left by disabling only.
    private bool IsLegalTransition(ulong value)
    {
        var enable = (value & ApicBaseEnable) != 0;
        var extended = (value & ApicBaseExtended) != 0;
        return (enable, extended) switch
        {
            (false, true) => false,
            (true, true) => Enabled,
            (true, false) => !IsX2Apic,
            _ => true,
        };
    }

    // False for what raises #GP(0): registers that do not exist or are read-only, and reserved bits (SDM Vol. 3A, 11.12.1.2 and .3).
    private static bool IsLegalX2ApicWrite(int register, ulong value)
    {
        var reserved = register switch
        {
            Register.TaskPriority or Register.SelfIpi => ~0xfful,
            Register.Eoi or Register.ErrorStatus => ulong.MaxValue,
            Register.SpuriousVector => ~(ulong)SpuriousWritable,
            Register.CommandLow => X2ApicCommandReserved,
            Register.InitialCount => ~(ulong)uint.MaxValue,
            Register.DivideConfiguration => ~0xbul,
            >= Register.LvtTimer and <= Register.LvtError
                => LocalVectorTable.SetsReserved(register, (uint)value) ? ulong.MaxValue : ~(ulong)uint.MaxValue,
            _ => (ulong?)null,
        };
        return reserved is { } mask && (value & mask) == 0;
    }

    private void WriteX2Apic(int register, ulong value)
    {
        switch (register)
        {
            case Register.CommandLow:
                _commandHigh = (uint)(value >> 32);
                _commandLow = (uint)value & CommandWritable;
                SendCommand(_commandHigh);
                break;
            case Register.SelfIpi:
                SendSelf((byte)value);
                break;
            default:
                WriteShared(register, (uint)value);
                break;
        }
    }

    // SDM Vol. 3A, 11.12.11: like a fixed, edge-triggered IPI with the self shorthand; the ICR does not change.
    private void SendSelf(byte vector)
    {
        if (vector < FirstLegalVector)
        {
            Report(ApicErrors.SendIllegalVector);
        }
        else
        {
            Accept(new ApicMessage(_id, Logical: false, DeliveryMode.Fixed, vector, Level: false));
        }
    }
}
