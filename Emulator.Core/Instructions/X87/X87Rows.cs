using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.X87;

/// <summary>What x87 rows share: #NM by CR0.EM and CR0.TS, the i of ST(i), and FOP.</summary>
internal abstract unsafe class X87Row : InstructionRow
{
    public sealed override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
    {
        if ((context.Mode & (CpuMode.FpuEmulated | CpuMode.TaskSwitched)) != 0)
        {
            return &Undefined.DeviceNotAvailable;
        }

        OpCodeInfo info = instruction.Code.ToOpCode();
        int index = StackIndex(instruction, info);
        op->Source = (ushort)index;
        op->Fourth = (ushort)Opcode(instruction, info, index);
        return Choose(context, op);
    }

    protected abstract delegate*<CpuState*, Op*, Op*> Choose(DecodeContext context, Op* op);

    private static int StackIndex(in Instruction instruction, OpCodeInfo info)
    {
        for (int operand = 0; operand < info.OpCount; operand++)
        {
            if (info.GetOpKind(operand) == OpCodeOperandKind.sti_opcode)
            {
                return instruction.GetOpRegister(operand).GetNumber();
            }
        }

        return 0;
    }

    /// <summary>FOP: three bits of the first opcode byte and the ModR/M byte.</summary>
    private static uint Opcode(in Instruction instruction, OpCodeInfo info, int index)
    {
        if (info.OpCodeLength == 2)
        {
            return ((info.OpCode & 0x7FF) + (uint)index) & 0x7FF;
        }

        return ((info.OpCode & 7) << 8) | ((uint)Math.Max(0, info.GroupIndex) << 3) | ModAndRm(instruction);
    }

    /// <summary>Mod and R/M rebuilt from the addressing form (SDM Vol. 2A, tables 2-1 and 2-2).</summary>
    private static uint ModAndRm(in Instruction instruction)
    {
        Register baseRegister = instruction.MemoryBase, index = instruction.MemoryIndex;
        bool address16 = baseRegister.GetSize() == 2 || index.GetSize() == 2 || instruction.MemoryDisplSize == 2;
        uint mod = instruction.MemoryDisplSize switch { 0 => 0, 1 => 1u, _ => 2 };
        if (baseRegister is Register.RIP or Register.EIP)
        {
            return 5;
        }

        if (address16)
        {
            uint rm = (baseRegister, index) switch
            {
                (Register.BX, Register.SI) => 0,
                (Register.BX, Register.DI) => 1,
                (Register.BP, Register.SI) => 2,
                (Register.BP, Register.DI) => 3,
                (Register.SI, _) => 4,
                (Register.DI, _) => 5,
                (Register.BX, _) => 7,
                _ => 6,
            };
            return baseRegister == Register.None && index == Register.None ? 6 : (mod << 6) | rm;
        }

        bool sib = index != Register.None || (baseRegister.GetNumber() & 7) == 4;
        if (baseRegister == Register.None)
        {
            return sib || instruction.CodeSize == CodeSize.Code64 ? 4u : 5;
        }

        return (mod << 6) | (sib ? 4 : (uint)baseRegister.GetNumber() & 7);
    }
}

/// <summary>An instruction without a memory operand, bound to its meaning, and perhaps to a handler with a short way before it.</summary>
internal sealed unsafe class X87RegisterRow(delegate*<ref X87State, int, void> meaning, delegate*<CpuState*, Op*, Op*> handler) : X87Row
{
    private readonly delegate*<ref X87State, int, void> _meaning = meaning;
    private readonly delegate*<CpuState*, Op*, Op*> _handler = handler;

    /// <summary>An instruction without a short way.</summary>
    public X87RegisterRow(delegate*<ref X87State, int, void> meaning)
        : this(meaning, &X87Forms.Register)
    {
    }

    protected override delegate*<CpuState*, Op*, Op*> Choose(DecodeContext context, Op* op)
    {
        op->Immediate = (ulong)_meaning;
        return _handler;
    }
}

/// <summary>An instruction with a handler of its own and a parameter for it.</summary>
internal sealed unsafe class X87HandlerRow(delegate*<CpuState*, Op*, Op*> handler, ulong parameter = 0) : X87Row
{
    private readonly delegate*<CpuState*, Op*, Op*> _handler = handler;

    protected override delegate*<CpuState*, Op*, Op*> Choose(DecodeContext context, Op* op)
    {
        op->Immediate = parameter;
        return _handler;
    }
}

/// <summary>An instruction that reads a <typeparamref name="T"/> through <typeparamref name="TForm"/>.</summary>
internal sealed unsafe class X87LoadRow<T, TForm>(delegate*<ref X87State, T, void> meaning) : X87Row
    where T : unmanaged
    where TForm : IMemoryForm
{
    private readonly delegate*<ref X87State, T, void> _meaning = meaning;

    protected override delegate*<CpuState*, Op*, Op*> Choose(DecodeContext context, Op* op)
    {
        op->Immediate = (ulong)_meaning;
        return HandlerPicker.Memory<TForm>(context.Address);
    }
}

/// <summary>An instruction that writes a <typeparamref name="T"/> through <typeparamref name="TForm"/> and perhaps pops.</summary>
internal sealed unsafe class X87StoreRow<T, TForm>(delegate*<ref X87State, out T, bool> meaning, bool pop) : X87Row
    where T : unmanaged
    where TForm : IMemoryForm
{
    private readonly delegate*<ref X87State, out T, bool> _meaning = meaning;

    protected override delegate*<CpuState*, Op*, Op*> Choose(DecodeContext context, Op* op)
    {
        op->Immediate = (ulong)_meaning;
        op->Source = pop ? (ushort)1 : (ushort)0;
        return HandlerPicker.Memory<TForm>(context.Address);
    }
}

/// <summary>A control instruction with a memory operand; the operand size chooses the layout of images.</summary>
internal sealed unsafe class X87ControlRow<TForm>(byte operandSize = 0) : X87Row
    where TForm : IMemoryForm
{
    protected override delegate*<CpuState*, Op*, Op*> Choose(DecodeContext context, Op* op)
    {
        op->OperandSize = operandSize;
        return HandlerPicker.Memory<TForm>(context.Address);
    }
}

/// <summary>WAIT: #NM needs CR0.MP beside CR0.TS.</summary>
internal sealed unsafe class WaitRow : InstructionRow
{
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
    {
        const CpuMode Both = CpuMode.TaskSwitched | CpuMode.MonitorCoprocessor;
        if ((context.Mode & Both) == Both)
        {
            return &Undefined.DeviceNotAvailable;
        }

        return &X87Control.Wait;
    }
}
