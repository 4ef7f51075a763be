using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Mmx;
using Iced.Intel;

namespace Emulator.Core.Instructions.Sse;

/// <summary>
/// The base of every MMX, SSE and AVX row: decides from the mode whether the instruction is there at all
/// (SDM Vol. 2A, 2.4; Vol. 3A, 14.1) before the form is picked.
/// </summary>
public abstract unsafe class VectorRow : InstructionRow
{
    /// <inheritdoc/>
    public sealed override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
    {
        var refusal = Refusal(instruction, context.Mode);
        if (refusal != null)
        {
            return refusal;
        }

        MmxRegisters.Resolve(instruction, op);
        return BindAvailable(instruction, context, op);
    }

    /// <summary>Picks the handler of an instruction that the mode allows.</summary>
    protected abstract delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op);

    /// <summary>Whether a mode allows an instruction.</summary>
    public static bool IsAvailable(in Instruction instruction, CpuMode mode) => Refusal(instruction, mode) == null;

    /// <summary>The handler that raises #UD or #NM; null when the instruction is available.</summary>
    private static delegate*<CpuState*, Op*, Op*> Refusal(in Instruction instruction, CpuMode mode)
    {
        if (instruction.Encoding == EncodingKind.VEX)
        {
            if ((mode & CpuMode.AvxEnabled) == 0 || (mode & (CpuMode.Real | CpuMode.Virtual8086)) != 0)
            {
                return &Undefined.InvalidOpcode;
            }
        }
        else if (instruction.Encoding != EncodingKind.Legacy || (mode & CpuMode.FpuEmulated) != 0)
        {
            return &Undefined.InvalidOpcode;
        }
        else if (NeedsSseState(instruction) && (mode & CpuMode.SseEnabled) == 0)
        {
            return &Undefined.InvalidOpcode;
        }

        return (mode & CpuMode.TaskSwitched) != 0 ? &Undefined.DeviceNotAvailable : null;
    }

    // CR4.OSFXSR guards XMM registers and MXCSR; instructions on MMX registers alone need no more than CR0.EM clear.
    private static bool NeedsSseState(in Instruction instruction)
    {
        if (instruction.Mnemonic == Mnemonic.Emms)
        {
            return false;
        }

        var usesMmx = false;
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Register)
            {
                if (instruction.GetOpRegister(i).IsXMM())
                {
                    return true;
                }

                usesMmx |= instruction.GetOpRegister(i).IsMM();
            }
        }

        return !usesMmx;
    }
}

/// <summary>A row with one handler and no form to pick.</summary>
public sealed unsafe class PlainVectorRow(delegate*<CpuState*, Op*, Op*> handler) : VectorRow
{
    private readonly delegate*<CpuState*, Op*, Op*> _handler = handler;

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op) => _handler;
}

/// <summary>The operand size that an encoding selects.</summary>
public enum VectorKind
{
    /// <summary>MMX registers.</summary>
    Mmx,

    /// <summary>XMM registers, the rest of the destination kept.</summary>
    Legacy,

    /// <summary>VEX.128 (or LIG): the rest of the destination zeroed.</summary>
    Vex128,

    /// <summary>VEX.256.</summary>
    Vex256,
}

/// <summary>Classification and operand order of decoded instructions.</summary>
public static unsafe class VectorOperands
{
    /// <summary>The kind by encoding and destination register (or the first register, for stores).</summary>
    public static VectorKind KindOf(in Instruction instruction)
    {
        var isWide = false;
        var isMmx = false;
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Register)
            {
                isWide |= instruction.GetOpRegister(i).IsYMM();
                isMmx |= instruction.GetOpRegister(i).IsMM();
            }
        }

        if (instruction.Encoding == EncodingKind.VEX)
        {
            // VCVTPD2PS xmm, m256 names no YMM register.
            return isWide || (OperandBinder.HasMemoryOperand(instruction) && instruction.MemorySize.GetSize() == 32) ? VectorKind.Vex256 : VectorKind.Vex128;
        }

        return isMmx && instruction.GetOpKind(0) == OpKind.Register && instruction.GetOpRegister(0).IsMM() ? VectorKind.Mmx : VectorKind.Legacy;
    }

    /// <summary>
    /// Brings registers into one order for all encodings: first source in <see cref="Op.Source"/>, second (if not memory) in
    /// <see cref="Op.Third"/>. A legacy destination is its own first source.
    /// </summary>
    public static void Order(in Instruction instruction, Op* op)
    {
        var registers = 0;
        for (var i = 1; i < instruction.OpCount; i++)
        {
            registers += instruction.GetOpKind(i) == OpKind.Register ? 1 : 0;
        }

        var hasMemory = OperandBinder.HasMemoryOperand(instruction);
        if (registers + (hasMemory ? 1 : 0) < 2)
        {
            op->Third = registers + (hasMemory ? 1 : 0) == 0 ? op->Destination : op->Source;
            op->Source = op->Destination;
        }
    }
}
