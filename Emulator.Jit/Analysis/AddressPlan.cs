using Iced.Intel;

namespace Emulator.Jit.Analysis;

/// <summary>A memory access that an instruction of a block makes.</summary>
/// <param name="Instruction">The instruction's number in the block.</param>
/// <param name="Address">Where.</param>
/// <param name="Size">How many bytes.</param>
/// <param name="Writes">Whether it writes.</param>
internal readonly record struct PlannedAccess(int Instruction, SymbolicAddress Address, int Size, bool Writes);

/// <summary>
/// The memory accesses of a block, by what is known of their addresses; and of the blocks that only it leads to, which go on with what it has found out.
/// </summary>
internal sealed class AddressPlan
{
    private readonly SymbolicAddress?[] _operands;
    private readonly SymbolicAddress?[] _stack;
    private readonly List<PlannedAccess> _accesses = [];
    private readonly List<AddressPlan> _successors = [];

    /// <summary>Goes through a block's instructions, given what registers hold before them.</summary>
    public AddressPlan(ReadOnlySpan<Instruction> instructions, RegisterValues before, RegisterUse use)
    {
        _operands = new SymbolicAddress?[instructions.Length];
        _stack = new SymbolicAddress?[instructions.Length];
        After = before.Copy();
        for (var i = 0; i < instructions.Length; i++)
        {
            ref readonly var instruction = ref instructions[i];
            var access = use.MemoryAccess(instruction);
            if (access is not (OpAccess.None or OpAccess.NoMemAccess) && After.Operand(instruction) is { } operand)
            {
                _operands[i] = operand;
                Add(i, operand, instruction.MemorySize.GetSize(), access is not (OpAccess.Read or OpAccess.CondRead));
            }

            if (After.Stack(instruction) is { } stack)
            {
                _stack[i] = stack.Address;
                Add(i, stack.Address, stack.Size, stack.Writes);
            }

            After.Step(instruction, use.Of(instruction).Written);
        }
    }

    /// <summary>What registers hold after the block.</summary>
    public RegisterValues After { get; }

    /// <summary>The address of an instruction's memory operand, if anything is known of it.</summary>
    public SymbolicAddress? Operand(int instruction) => _operands[instruction];

    /// <summary>The address of an instruction's access to the stack.</summary>
    public SymbolicAddress? Stack(int instruction) => _stack[instruction];

    /// <summary>Adds a block that only this one leads to.</summary>
    public void Precede(AddressPlan successor) => _successors.Add(successor);

    /// <summary>The accesses of the block after an instruction, that instruction's own among them.</summary>
    public IEnumerable<PlannedAccess> From(int instruction) => _accesses.Where(access => access.Instruction >= instruction);

    /// <summary>Whether an access after an instruction, in this block or those that it alone leads to, is within bytes from an address.</summary>
    public bool IsUsedAgain(int instruction, SymbolicAddress start, int length)
        => _accesses.Exists(access => access.Instruction > instruction && access.Address.IsComparable(start)
                && access.Address.Distance >= start.Distance && access.Address.Distance + access.Size <= start.Distance + length)
            || _successors.Exists(successor => successor.IsUsedAgain(-1, start, length));

    private void Add(int instruction, SymbolicAddress address, int size, bool writes)
    {
        if (size > 0)
        {
            _accesses.Add(new PlannedAccess(instruction, address, size, writes));
        }
    }
}
