using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.ControlFlow;

/// <summary>LOOP, LOOPE, LOOPNE, JCXZ, JECXZ, JRCXZ: the address size selects CX, ECX or RCX.</summary>
public static unsafe class Loops
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Loop, new Row<Loop> { EndsBlock = true });
        table.Add(Mnemonic.Loope, new Row<LoopIfEqual> { EndsBlock = true });
        table.Add(Mnemonic.Loopne, new Row<LoopIfNotEqual> { EndsBlock = true });
        table.Add(Mnemonic.Jcxz, new Row<JumpIfZero> { EndsBlock = true });
        table.Add(Mnemonic.Jecxz, new Row<JumpIfZero> { EndsBlock = true });
        table.Add(Mnemonic.Jrcxz, new Row<JumpIfZero> { EndsBlock = true });
    }

    private sealed class Row<TForm> : InstructionRow
        where TForm : struct, IWidthForm
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            NearBranches.SetOperandSize(instruction, op);
            return HandlerPicker.Width<TForm>(instruction.Code.ToOpCode().AddressSize / 8);
        }
    }

    private static int CountRegister(CpuState* s) => (int)((byte*)&s->Rcx - (byte*)s);

    // The count is committed only when the branch can be taken.
    private static Op* LoopWhile<T>(CpuState* s, Op* op, bool condition)
        where T : unmanaged, IBinaryInteger<T>
    {
        var count = CpuState.Get<T>(s, CountRegister(s)) - T.One;
        var taken = count != T.Zero && condition;
        if (taken && !Branches.CanGoTo(s, NearBranches.Target(s, op)))
        {
            return Exits.Faulted(s, op);
        }

        CpuState.Set(s, CountRegister(s), count);
        return taken ? Branches.To(s, NearBranches.Target(s, op)) : op + 1;
    }

    private readonly struct Loop : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => LoopWhile<T>(s, op, condition: true);
    }

    private readonly struct LoopIfEqual : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => LoopWhile<T>(s, op, s->Flags.ZF);
    }

    private readonly struct LoopIfNotEqual : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => LoopWhile<T>(s, op, !s->Flags.ZF);
    }

    private readonly struct JumpIfZero : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            => CpuState.Get<T>(s, CountRegister(s)) == T.Zero ? NearBranches.GoChecked(s, op) : op + 1;
    }
}
