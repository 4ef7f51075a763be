using System.Reflection.Emit;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>
/// Operand 0 of an instruction that reads it and perhaps writes it, in a register or in memory. Once it is open, nothing of the instruction can fault any more
/// but the read of a source in memory, which excludes a destination in memory.
/// </summary>
internal readonly struct DestinationOperand
{
    private readonly EmitContext _context;
    private readonly Register _register;
    private readonly int _width;
    private readonly HostAddress? _memory;

    private DestinationOperand(EmitContext context, Register register, int width, HostAddress? memory)
    {
        _context = context;
        _register = register;
        _width = width;
        _memory = memory;
    }

    /// <summary>Makes operand 0 ready; false when it lies in memory that needs checks.</summary>
    public static bool TryOpen(EmitContext c, in Instruction instruction, int width, bool writes, out DestinationOperand operand)
    {
        operand = new DestinationOperand(c, instruction.Op0Register, width, null);
        if (instruction.Op0Kind == OpKind.Register)
        {
            return true;
        }

        if (!c.Memory.IsFlat(instruction))
        {
            return false;
        }

        operand = new DestinationOperand(c, Register.None, width, c.Memory.Open(instruction, width, writes));
        return true;
    }

    /// <summary>Pushes operand 1: a register, an immediate, or memory; false when it lies in memory that needs checks.</summary>
    public bool TryPushSource(in Instruction instruction)
    {
        if (instruction.Op1Kind != OpKind.Memory)
        {
            _context.PushOperand(instruction, 1, _width);
            return true;
        }

        return SourceOperand.TryPush(_context, instruction, 1, _width);
    }

    /// <summary>Pushes its value.</summary>
    public void Push()
    {
        if (_memory is { } address)
        {
            _context.Memory.Load(address, _width);
        }
        else
        {
            _context.Registers.Read(_register);
        }
    }

    /// <summary>Writes a local to it.</summary>
    public void Write(LocalBuilder result)
    {
        if (_memory is { } address)
        {
            _context.Memory.Store(address, result, _width);
        }
        else
        {
            _context.Cil.Load(result);
            _context.Registers.Write(_register);
        }
    }

    /// <summary>
    /// Takes operand 1 and then its own value into the locals of an operation, and pushes both in their order; false, and closed, when operand 1 lies in memory
    /// that needs checks.
    /// </summary>
    public bool TryTakeOperands(in Instruction instruction, PendingFlags operation)
    {
        if (!TryPushSource(instruction))
        {
            Close();
            return false;
        }

        _context.Cil.Store(operation.B!);
        Push();
        _context.Cil.Store(operation.A);
        _context.Cil.Load(operation.A);
        _context.Cil.Load(operation.B!);
        return true;
    }

    /// <summary>Takes the result from the stack into a local, writes it, and gives the locals of the operand back.</summary>
    public void Complete(LocalBuilder result)
    {
        _context.Cil.Store(result);
        Write(result);
        Close();
    }

    /// <summary>Completes an operation and leaves its flags pending if anybody needs them.</summary>
    public void Finish(PendingFlags pending)
    {
        Complete(pending.Result);
        if (_context.FlagsNeeded)
        {
            _context.Flags.Set(pending);
        }
    }

    /// <summary>Gives its locals back.</summary>
    public void Close()
    {
        if (_memory is { } address)
        {
            _context.Memory.Close(address);
        }
    }
}

/// <summary>An operand that is only read.</summary>
internal static class SourceOperand
{
    /// <summary>Pushes a register, immediate or memory operand; false when it lies in memory that needs checks.</summary>
    public static bool TryPush(EmitContext c, in Instruction instruction, int index, int width)
    {
        if (instruction.GetOpKind(index) != OpKind.Memory)
        {
            c.PushOperand(instruction, index, width);
            return true;
        }

        if (!c.Memory.IsFlat(instruction))
        {
            return false;
        }

        var address = c.Memory.Open(instruction, width, writes: false);
        c.Memory.Load(address, width);
        c.Memory.Close(address);
        return true;
    }
}
