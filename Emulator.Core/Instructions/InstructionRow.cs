using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions;

/// <summary>
/// One row per guest instruction: how it binds to a handler. Rows are keyed by Iced's <see cref="Code"/> (usually a whole
/// <see cref="Mnemonic"/> at once); what Iced knows (flags, registers, memory use) is asked of Iced, never retyped here.
/// </summary>
public abstract unsafe class InstructionRow
{
    /// <summary>Whether a block ends after it: it may change control flow, mode, paging, privilege or the interrupt flag.</summary>
    public bool EndsBlock { get; init; }

    /// <summary>
    /// Picks the handler. The op's operands are already filled in by <see cref="OperandBinder"/>; a row may change them.
    /// Null means that this form does not exist in the current mode: #UD.
    /// </summary>
    public abstract delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op);
}

/// <summary>A row whose one handler serves every form of the instruction, looking at the op's operand kinds itself.</summary>
public sealed unsafe class HandlerRow(delegate*<CpuState*, Op*, Op*> handler) : InstructionRow
{
    private readonly delegate*<CpuState*, Op*, Op*> _handler = handler;

    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op) => _handler;
}

/// <summary>A row with a handler for the register form and a form for the memory one.</summary>
public sealed unsafe class RegisterOrMemoryRow<TMemory>(delegate*<CpuState*, Op*, Op*> register) : InstructionRow
    where TMemory : IMemoryForm
{
    private readonly delegate*<CpuState*, Op*, Op*> _register = register;

    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        => OperandBinder.HasMemoryOperand(instruction) ? HandlerPicker.Memory<TMemory>(context.Address) : _register;
}
