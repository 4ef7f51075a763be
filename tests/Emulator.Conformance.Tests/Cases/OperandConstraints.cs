using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>General registers whose values a case needs as they are (addresses, counts): nothing later may change them.</summary>
public sealed unsafe class OperandConstraints
{
    private MachineState* _state;
    private int _pinned;

    /// <summary>A register that the instructions before the one under test write, and that holds no address: R8 to R15; -1 when none.</summary>
    public int Scratch { get; private set; }

    /// <summary>Starts a new case.</summary>
    public void Begin(MachineState* state, int scratch)
    {
        _state = state;
        _pinned = 0;
        Scratch = scratch;
    }

    /// <summary>Whether a register's value is fixed.</summary>
    public bool IsPinned(int number) => ((_pinned >> number) & 1) != 0;

    /// <summary>The value that a register will have.</summary>
    public ulong Value(int number) => _state->Gpr[number];

    /// <summary>Fixes a register's value unless it is fixed already.</summary>
    public void Pin(Register register, ulong value) => Pin(register.GetFullRegister().GetNumber(), value);

    /// <summary>Fixes a register's value unless it is fixed already.</summary>
    public void Pin(int number, ulong value)
    {
        if (!IsPinned(number))
        {
            _pinned |= 1 << number;
            _state->Gpr[number] = value;
        }
    }

    /// <summary>A register that can hold an address.</summary>
    public int AddressRegister(CaseRandom random)
    {
        int number;
        do
        {
            number = random.Below(16);
        }
        while (number == Scratch);
        return number;
    }
}
