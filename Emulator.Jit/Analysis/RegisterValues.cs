using Iced.Intel;

namespace Emulator.Jit.Analysis;

/// <summary>
/// What the general registers hold along a path through blocks: numbered values of which nothing is known, plus distances that are. Only moves and sums of the
/// width of addresses keep a value; whatever else writes a register gives it a new one.
/// </summary>
internal sealed class RegisterValues
{
    private const int Rsp = 4;
    private const int Rbp = 5;

    private readonly (int Value, long Distance)[] _registers = new (int, long)[16];
    private readonly int _width;
    private readonly bool _hasStack;
    private readonly Counter _counter;

    /// <summary>Registers of which nothing is known yet.</summary>
    /// <param name="width">The width of addresses in bytes: 4 or 8.</param>
    /// <param name="hasStack">Whether the stack pointer has that width too.</param>
    public RegisterValues(int width, bool hasStack)
        : this(width, hasStack, new Counter())
    {
    }

    private RegisterValues(int width, bool hasStack, Counter counter)
    {
        _width = width;
        _hasStack = hasStack;
        _counter = counter;
        for (var i = 0; i < _registers.Length; i++)
        {
            Forget(i);
        }
    }

    // Values are numbered through all copies.
    private sealed class Counter
    {
        public int Last { get; set; }
    }

    /// <summary>The same, to go on apart.</summary>
    public RegisterValues Copy()
    {
        var copy = Fresh();
        _registers.CopyTo(copy._registers, 0);
        return copy;
    }

    /// <summary>New values for every register.</summary>
    public RegisterValues Fresh() => new(_width, _hasStack, _counter);

    /// <summary>The address of an instruction's memory operand; null when it is not of the width of addresses.</summary>
    public SymbolicAddress? Operand(in Instruction instruction)
    {
        var segment = instruction.MemorySegment is Register.FS or Register.GS ? instruction.MemorySegment : Register.None;
        if (instruction.MemoryBase == (_width == 8 ? Register.RIP : Register.EIP))
        {
            return new SymbolicAddress(SymbolicAddress.InstructionPointer, SymbolicAddress.None, 0, segment, (long)instruction.IPRelativeMemoryAddress);
        }

        var isAbsolute = instruction.MemoryBase == Register.None && instruction.MemoryIndex == Register.None;
        if (!IsAddress(instruction.MemoryBase) || !IsAddress(instruction.MemoryIndex) || (isAbsolute && instruction.MemoryDisplSize != _width))
        {
            return null;
        }

        var sum = new SymbolicAddress(SymbolicAddress.None, SymbolicAddress.None, 0, segment, (long)instruction.MemoryDisplacement64);
        if (instruction.MemoryBase != Register.None)
        {
            var (value, distance) = _registers[instruction.MemoryBase.GetNumber()];
            sum = sum with { Base = value, Distance = sum.Distance + distance };
        }

        if (instruction.MemoryIndex != Register.None)
        {
            var (value, distance) = _registers[instruction.MemoryIndex.GetNumber()];
            var scale = instruction.MemoryIndexScale;
            sum = sum with { Index = value, Scale = scale, Distance = sum.Distance + (distance * scale) };
        }

        return sum with { Distance = Wrap(sum.Distance) };
    }

    /// <summary>The access to the stack that an instruction makes beside its operands: its address and size; null when it makes none that is known.</summary>
    public (SymbolicAddress Address, int Size, bool Writes)? Stack(in Instruction instruction)
    {
        switch (instruction.Mnemonic)
        {
            case var _ when !_hasStack:
                return null;
            case Mnemonic.Push or Mnemonic.Call when instruction.StackPointerIncrement < 0:
                return (At(Rsp, instruction.StackPointerIncrement), -instruction.StackPointerIncrement, true);
            case Mnemonic.Pop when instruction.StackPointerIncrement > 0:
                return (At(Rsp, 0), instruction.StackPointerIncrement, false);
            case Mnemonic.Ret:
                return (At(Rsp, 0), _width, false);
            case Mnemonic.Leave:
                return (At(Rbp, 0), _width, false);
            default:
                return null;
        }
    }

    /// <summary>Goes past an instruction that writes a set of registers.</summary>
    public void Step(in Instruction instruction, uint written)
    {
        var kept = Kept(instruction);
        var stack = _registers[Rsp];
        for (var i = 0; i < _registers.Length; i++)
        {
            if ((written & (1u << i)) != 0)
            {
                Forget(i);
            }
        }

        if (kept is { } value)
        {
            _registers[instruction.Op0Register.GetNumber()] = value;
        }

        var popsStackPointer = instruction.Mnemonic == Mnemonic.Pop && instruction.Op0Kind == OpKind.Register && instruction.Op0Register.GetFullRegister() == Register.RSP;
        if (_hasStack && !popsStackPointer && instruction.Mnemonic is Mnemonic.Push or Mnemonic.Call or Mnemonic.Pop)
        {
            _registers[Rsp] = (stack.Value, Wrap(stack.Distance + instruction.StackPointerIncrement));
        }
    }

    private SymbolicAddress At(int register, int distance)
    {
        var (value, known) = _registers[register];
        return new SymbolicAddress(value, SymbolicAddress.None, 0, Register.None, Wrap(known + distance));
    }

    // What operand 0, a register, holds afterwards as far as it is known.
    private (int Value, long Distance)? Kept(in Instruction instruction)
    {
        if (instruction.OpCount == 0 || instruction.Op0Kind != OpKind.Register || !instruction.Op0Register.IsGPR() || instruction.Op0Register.GetSize() != _width)
        {
            return null;
        }

        var old = _registers[instruction.Op0Register.GetNumber()];
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Mov when instruction.Op1Kind == OpKind.Register && instruction.Op1Register.IsGPR():
                return _registers[instruction.Op1Register.GetNumber()];
            case Mnemonic.Lea when Operand(instruction) is { Index: SymbolicAddress.None } address:
                return (address.Base, address.Distance);
            case Mnemonic.Add when instruction.Op1Kind is not (OpKind.Register or OpKind.Memory):
                return (old.Value, Wrap(old.Distance + (long)instruction.GetImmediate(1)));
            case Mnemonic.Sub when instruction.Op1Kind is not (OpKind.Register or OpKind.Memory):
                return (old.Value, Wrap(old.Distance - (long)instruction.GetImmediate(1)));
            case Mnemonic.Inc:
                return (old.Value, Wrap(old.Distance + 1));
            case Mnemonic.Dec:
                return (old.Value, Wrap(old.Distance - 1));
            default:
                return null;
        }
    }

    private void Forget(int register) => _registers[register] = (++_counter.Last, 0);

    private bool IsAddress(Register register) => register == Register.None || (register.IsGPR() && register.GetSize() == _width);

    private long Wrap(long distance) => _width == 8 ? distance : (int)distance;
}
