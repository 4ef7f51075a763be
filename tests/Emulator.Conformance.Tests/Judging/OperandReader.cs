using Emulator.Conformance.Tests.Cases;
using Iced.Intel;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>Reads an instruction's operands from a case's initial state.</summary>
public static unsafe class OperandReader
{
    /// <summary>Width in bytes of an operand.</summary>
    public static int Width(in Instruction instruction, int operand) => instruction.GetOpKind(operand) == OpKind.Register
        ? instruction.GetOpRegister(operand).GetSize()
        : instruction.MemorySize.GetSize();

    /// <summary>The linear address of the memory operand.</summary>
    public static ulong Address(in Instruction instruction, TestCase test)
    {
        var segment = instruction.MemorySegment switch { Register.FS => test.FsBase, Register.GS => test.GsBase, _ => 0ul };
        return segment + Offset(instruction, test.Initial);
    }

    private static ulong Offset(in Instruction instruction, MachineState* state)
    {
        if (instruction.IsIPRelativeMemoryOperand)
        {
            return instruction.IPRelativeMemoryAddress;
        }

        var address = instruction.MemoryDisplacement64 + Full(instruction.MemoryBase, state)
            + (Full(instruction.MemoryIndex, state) * (ulong)instruction.MemoryIndexScale);
        var is32 = instruction.MemoryBase.IsGPR32() || instruction.MemoryIndex.IsGPR32();
        return is32 ? (uint)address : address;
    }

    /// <summary>The value of a general register, immediate or memory operand.</summary>
    public static ulong Value(in Instruction instruction, int operand, TestCase test)
    {
        switch (instruction.GetOpKind(operand))
        {
            case OpKind.Register:
                var register = instruction.GetOpRegister(operand);
                var value = Full(register, test.Initial);
                return register is >= Register.AH and <= Register.BH ? (value >> 8) & 0xff : Cut(value, register.GetSize());
            case OpKind.Memory:
                var address = Address(instruction, test);
                var size = instruction.MemorySize.GetSize();
                return TestCase.IsData(address, 8) ? Cut(*(ulong*)test.DataAt(address), size) : 0;
            default:
                return instruction.GetImmediate(operand);
        }
    }

    private static ulong Cut(ulong value, int size) => size >= 8 ? value : value & ((1ul << (size * 8)) - 1);

    private static ulong Full(Register register, MachineState* state)
        => register == Register.None ? 0
            : register is >= Register.AH and <= Register.BH ? state->Gpr[register - Register.AH]
            : state->Gpr[register.GetFullRegister().GetNumber()];
}
