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
    private readonly LocalBuilder? _linear;
    private readonly LocalBuilder? _host;
    private readonly LocalBuilder? _value;

    private DestinationOperand(EmitContext context, Register register, int width, LocalBuilder? linear, LocalBuilder? host, LocalBuilder? value)
    {
        _context = context;
        _register = register;
        _width = width;
        _linear = linear;
        _host = host;
        _value = value;
    }

    /// <summary>Makes operand 0 ready; false when it lies in memory that needs checks.</summary>
    public static bool TryOpen(EmitContext c, in Instruction instruction, int width, bool writes, out DestinationOperand operand)
    {
        operand = new DestinationOperand(c, instruction.Op0Register, width, null, null, null);
        if (instruction.Op0Kind == OpKind.Register)
        {
            return true;
        }

        if (!c.Memory.IsFlat(instruction))
        {
            return false;
        }

        var linear = c.Memory.Address(instruction);
        if (writes)
        {
            operand = new DestinationOperand(c, Register.None, width, linear, c.Memory.Modify(linear, width), null);
            return true;
        }

        var value = c.Rent(width);
        c.Memory.Load(linear, value, width);
        operand = new DestinationOperand(c, Register.None, width, linear, null, value);
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
        if (_value is { } value)
        {
            _context.Cil.Load(value);
        }
        else if (_host is { } host)
        {
            _context.Memory.LoadIndirect(host, _width);
        }
        else
        {
            _context.Registers.Read(_register);
        }
    }

    /// <summary>Writes a local to it.</summary>
    public void Write(LocalBuilder result)
    {
        if (_host is { } host)
        {
            _context.Memory.StoreIndirect(host, result, _width);
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
        foreach (var local in (ReadOnlySpan<LocalBuilder?>)[_linear, _host, _value])
        {
            if (local is not null)
            {
                _context.Cil.Return(local);
            }
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

        var linear = c.Memory.Address(instruction);
        var value = c.Rent(width);
        c.Memory.Load(linear, value, width);
        c.Cil.Load(value);
        c.Cil.Return(value);
        c.Cil.Return(linear);
        return true;
    }
}
