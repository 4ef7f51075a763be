using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>PUSH, POP, PUSHA, POPA, ENTER, LEAVE (segment registers and flags are the system family's, but for PUSH of a selector).</summary>
public static unsafe class StackInstructions
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Push, new PushRow());
        table.Add(Mnemonic.Pop, new PopRow());
        table.Add(Mnemonic.Pusha, new FixedRow<PushAll>(2));
        table.Add(Mnemonic.Pushad, new FixedRow<PushAll>(4));
        table.Add(Mnemonic.Popa, new FixedRow<PopAll>(2));
        table.Add(Mnemonic.Popad, new FixedRow<PopAll>(4));
        table.Add(Mnemonic.Enter, new EnterLeaveRow<Enter>());
        table.Add(Mnemonic.Leave, new EnterLeaveRow<Leave>());
    }

    private sealed class FixedRow<TForm>(int width) : InstructionRow
        where TForm : struct, IStackForm
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
            => Stack.Pick<TForm>(width, context.Mode);
    }

    private sealed class EnterLeaveRow<TForm> : InstructionRow
        where TForm : struct, IStackForm
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
            => Stack.Pick<TForm>(WidthOf(instruction), context.Mode);

        // Iced does not know how LEAVE moves the stack pointer; its operand size is in the code.
        private static int WidthOf(in Instruction instruction) => instruction.Code switch
        {
            Code.Leavew or Code.Enterw_imm16_imm8 => 2,
            Code.Leaved or Code.Enterd_imm16_imm8 => 4,
            _ => 8,
        };
    }

    private sealed class PushRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = -instruction.StackPointerIncrement;
            return instruction.GetOpKind(0) switch
            {
                OpKind.Register when instruction.Op0Register.IsSegmentRegister() => Stack.Pick<PushSelector>(width, context.Mode),
                OpKind.Register => Stack.Pick<PushRegister>(width, context.Mode),
                OpKind.Memory => Stack.Pick<PushMemory>(width, context.Mode),
                _ => Stack.Pick<PushImmediate>(width, context.Mode),
            };
        }
    }

    private readonly struct PushRegister : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
            => Stack.TryPush<T, TStack>(s, CpuState.Get<T>(s, op->Destination)) ? op + 1 : Exits.Faulted(s, op);
    }

    private readonly struct PushSelector : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
            => Stack.TryPush<T, TStack>(s, T.CreateTruncating(CpuState.Get<ushort>(s, op->Destination))) ? op + 1 : Exits.Faulted(s, op);
    }

    private readonly struct PushImmediate : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
            => Stack.TryPush<T, TStack>(s, T.CreateTruncating(op->Immediate)) ? op + 1 : Exits.Faulted(s, op);
    }

    private readonly struct PushMemory : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
            => CheckedAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear)
                && GuestMemory.TryRead(s, op->Segment, linear, out T value)
                && Stack.TryPush<T, TStack>(s, value)
                ? op + 1
                : Exits.Faulted(s, op);
    }

    private sealed class PopRow : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            var width = instruction.StackPointerIncrement;
            return instruction.GetOpKind(0) == OpKind.Register
                ? Stack.Pick<PopRegister>(width, context.Mode)
                : Stack.Pick<PopMemory>(width, context.Mode);
        }
    }

    private readonly struct PopRegister : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
        {
            if (!Stack.TryPeek<T, TStack>(s, 0, out var value))
            {
                return Exits.Faulted(s, op);
            }

            // POP rSP: the popped value wins over the increment.
            TStack.SetPointer(s, TStack.Wrap(s, s->Rsp + (ulong)sizeof(T)));
            CpuState.Set(s, op->Destination, value);
            return op + 1;
        }
    }

    private readonly struct PopMemory : IStackForm
    {
        // An address that uses rSP is computed after the increment (SDM, POP).
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
        {
            var old = s->Rsp;
            if (!Stack.TryPeek<T, TStack>(s, 0, out var value))
            {
                return Exits.Faulted(s, op);
            }

            TStack.SetPointer(s, TStack.Wrap(s, old + (ulong)sizeof(T)));
            if (!CheckedAddress.TryGet(s, op, 0, sizeof(T), write: true, out var linear)
                || !GuestMemory.TryWrite(s, op->Segment, linear, value))
            {
                s->Rsp = old;
                return Exits.Faulted(s, op);
            }

            return op + 1;
        }
    }

    private readonly struct PushAll : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
        {
            var old = s->Rsp;
            for (var i = 0; i < 8; i++)
            {
                var value = i == 4 ? old : *CpuState.Gpr(s, i);
                if (!Stack.TryPush<T, TStack>(s, T.CreateTruncating(value)))
                {
                    s->Rsp = old;
                    return Exits.Faulted(s, op);
                }
            }

            return op + 1;
        }
    }

    private readonly struct PopAll : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
        {
            var values = stackalloc T[8];
            for (var i = 0; i < 8; i++)
            {
                if (!Stack.TryPeek<T, TStack>(s, (ulong)(i * sizeof(T)), out values[7 - i]))
                {
                    return Exits.Faulted(s, op);
                }
            }

            TStack.SetPointer(s, TStack.Wrap(s, s->Rsp + (ulong)(8 * sizeof(T))));
            for (var i = 0; i < 8; i++)
            {
                if (i != 4)
                {
                    CpuState.Set(s, i * 8, values[i]);
                }
            }

            return op + 1;
        }
    }

    private readonly struct Enter : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
        {
            var oldSp = s->Rsp;
            var level = (int)(op->Immediate >> 32) & 31;
            if (!TryFrame<T, TStack>(s, level, out var frame) || !TryProbe<T, TStack>(s, (ushort)op->Immediate))
            {
                s->Rsp = oldSp;
                return Exits.Faulted(s, op);
            }

            CpuState.Set(s, (int)((byte*)&s->Rbp - (byte*)s), T.CreateTruncating(frame));
            TStack.SetPointer(s, TStack.Wrap(s, s->Rsp - (ushort)op->Immediate));
            return op + 1;
        }

        private static bool TryFrame<T, TStack>(CpuState* s, int level, out ulong frame)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
        {
            frame = 0;
            if (!Stack.TryPush<T, TStack>(s, T.CreateTruncating(s->Rbp)))
            {
                return false;
            }

            frame = TStack.Wrap(s, s->Rsp);
            for (var i = 1; i < level; i++)
            {
                var pointer = TStack.Wrap(s, s->Rbp - (ulong)(i * sizeof(T)));
                if (!TStack.TryGet(s, pointer, sizeof(T), write: false, out var linear)
                    || !GuestMemory.TryRead(s, Segment.SS, linear, out T link)
                    || !Stack.TryPush<T, TStack>(s, link))
                {
                    return false;
                }
            }

            return level == 0 || Stack.TryPush<T, TStack>(s, T.CreateTruncating(frame));
        }

        // The SDM makes ENTER fault if a write at the final stack pointer would.
        private static bool TryProbe<T, TStack>(CpuState* s, ushort size)
            where T : unmanaged
            where TStack : struct, IStack
            => TStack.TryGet(s, TStack.Wrap(s, s->Rsp - size), sizeof(T), write: true, out var linear)
                && SlowMemory.Probe(s, Segment.SS, linear, sizeof(T), write: true);
    }

    private readonly struct Leave : IStackForm
    {
        public static Op* Execute<T, TStack>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TStack : struct, IStack
        {
            var pointer = TStack.Wrap(s, s->Rbp);
            if (!TStack.TryGet(s, pointer, sizeof(T), write: false, out var linear)
                || !GuestMemory.TryRead(s, Segment.SS, linear, out T value))
            {
                return Exits.Faulted(s, op);
            }

            TStack.SetPointer(s, TStack.Wrap(s, pointer + (ulong)sizeof(T)));
            CpuState.Set(s, (int)((byte*)&s->Rbp - (byte*)s), value);
            return op + 1;
        }
    }
}
