using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Iced.Intel;

namespace Emulator.Core.Instructions.BitManipulation;

/// <summary>BMI1 and BMI2 (SDM Vol. 2; VEX-encoded, general registers): ANDN, BEXTR, BLSI, BLSMSK, BLSR, BZHI, PDEP, PEXT, RORX, SARX, SHLX, SHRX.</summary>
public static unsafe class Bmi
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Andn, new Row(new SourceRow<AndNot>(2)));
        table.Add(Mnemonic.Bextr, new Row(new SourceRow<Extract>(1)));
        table.Add(Mnemonic.Blsi, new Row(new SourceRow<IsolateLowest>(1)));
        table.Add(Mnemonic.Blsmsk, new Row(new SourceRow<MaskToLowest>(1)));
        table.Add(Mnemonic.Blsr, new Row(new SourceRow<ResetLowest>(1)));
        table.Add(Mnemonic.Bzhi, new Row(new SourceRow<ZeroHigh>(1)));
        table.Add(Mnemonic.Pdep, new Row(new SourceRow<Deposit>(2)));
        table.Add(Mnemonic.Pext, new Row(new SourceRow<ExtractParallel>(2)));
        table.Add(Mnemonic.Rorx, new Row(new SourceRow<RotateRightImmediate>(1)));
        table.Add(Mnemonic.Sarx, new Row(new SourceRow<ShiftArithmeticRightVariable>(1)));
        table.Add(Mnemonic.Shlx, new Row(new SourceRow<ShiftLeftVariable>(1)));
        table.Add(Mnemonic.Shrx, new Row(new SourceRow<ShiftRightVariable>(1)));
    }

    // VEX encodings do not exist in real and virtual-8086 mode.
    private sealed class Row(InstructionRow inner) : InstructionRow
    {
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        {
            if ((context.Mode & (CpuMode.Real | CpuMode.Virtual8086)) != 0)
            {
                return null;
            }

            // Where operand 2 is the control (BEXTR, BZHI, the shifts), it stands in Third whatever operand 1 is.
            if (instruction.OpCount == 3 && instruction.GetOpKind(2) == OpKind.Register)
            {
                op->Third = OperandBinder.OffsetOf(instruction.GetOpRegister(2));
            }

            return inner.Bind(instruction, context, op);
        }
    }

    private static Op* Finish<T>(CpuState* s, Op* op, T result, bool carry)
        where T : unmanaged, IBinaryInteger<T>
    {
        CpuState.Set(s, op->Destination, result);
        s->Flags.SetResult(result, carry, overflow: false, auxiliary: false);
        return op + 1;
    }

    private readonly struct AndNot : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            => Finish(s, op, ~CpuState.Get<T>(s, op->Source) & source, carry: false);
    }

    private readonly struct Extract : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var control = ulong.CreateTruncating(CpuState.Get<T>(s, op->Third));
            var start = (int)(control & 0xff);
            var length = (int)((control >> 8) & 0xff);
            var value = start < 64 ? ulong.CreateTruncating(source) >> start : 0;
            return Finish(s, op, T.CreateTruncating(length < 64 ? value & ((1ul << length) - 1) : value), carry: false);
        }
    }

    private readonly struct IsolateLowest : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            => Finish(s, op, source & (T.Zero - source), source != T.Zero);
    }

    private readonly struct MaskToLowest : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            => Finish(s, op, source ^ (source - T.One), source == T.Zero);
    }

    private readonly struct ResetLowest : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            => Finish(s, op, source & (source - T.One), source == T.Zero);
    }

    private readonly struct ZeroHigh : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var index = (int)(byte)ulong.CreateTruncating(CpuState.Get<T>(s, op->Third));
            var bits = 8 * sizeof(T);
            var mask = index < bits ? T.CreateTruncating((1ul << index) - 1) : ~T.Zero;
            return Finish(s, op, source & mask, index >= bits);
        }
    }

    private readonly struct Deposit : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var value = ulong.CreateTruncating(CpuState.Get<T>(s, op->Source));
            var result = 0ul;
            for (var mask = ulong.CreateTruncating(source); mask != 0; mask &= mask - 1)
            {
                result |= (value & 1) != 0 ? mask & (0 - mask) : 0;
                value >>= 1;
            }

            CpuState.Set(s, op->Destination, T.CreateTruncating(result));
            return op + 1;
        }
    }

    private readonly struct ExtractParallel : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var value = ulong.CreateTruncating(CpuState.Get<T>(s, op->Source));
            var result = 0ul;
            var next = 1ul;
            for (var mask = ulong.CreateTruncating(source); mask != 0; mask &= mask - 1)
            {
                result |= (value & mask & (0 - mask)) != 0 ? next : 0;
                next <<= 1;
            }

            CpuState.Set(s, op->Destination, T.CreateTruncating(result));
            return op + 1;
        }
    }

    private readonly struct RotateRightImmediate : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, Bits.RotateLeft(source, -(int)op->Immediate & ((8 * sizeof(T)) - 1)));
            return op + 1;
        }
    }

    private readonly struct ShiftArithmeticRightVariable : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, T.CreateTruncating(Bits.SignExtend(source) >> Amount<T>(s, op)));
            return op + 1;
        }
    }

    private readonly struct ShiftLeftVariable : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, T.CreateTruncating(ulong.CreateTruncating(source) << Amount<T>(s, op)));
            return op + 1;
        }
    }

    private readonly struct ShiftRightVariable : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, T.CreateTruncating(ulong.CreateTruncating(source) >> Amount<T>(s, op)));
            return op + 1;
        }
    }

    private static int Amount<T>(CpuState* s, Op* op)
        where T : unmanaged, IBinaryInteger<T>
        => (int)ulong.CreateTruncating(CpuState.Get<T>(s, op->Third)) & ((8 * sizeof(T)) - 1);
}
