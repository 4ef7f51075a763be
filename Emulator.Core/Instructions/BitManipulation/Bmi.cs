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
        table.Add(Mnemonic.Blsi, new Row(new SourceRow<Unary<IsolateLowest>>(1)));
        table.Add(Mnemonic.Blsmsk, new Row(new SourceRow<Unary<MaskToLowest>>(1)));
        table.Add(Mnemonic.Blsr, new Row(new SourceRow<Unary<ResetLowest>>(1)));
        table.Add(Mnemonic.Bzhi, new Row(new SourceRow<ZeroHighForm>(1)));
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
            => Finish(s, op, T.CreateTruncating(BitFields.Extract(ulong.CreateTruncating(source), ulong.CreateTruncating(CpuState.Get<T>(s, op->Third)))), carry: false);
    }

    private readonly struct Unary<TOperation> : ISourceOperation
        where TOperation : struct, IUnaryOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, TOperation.Apply(s, source));
            return op + 1;
        }
    }

    private readonly struct ZeroHighForm : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, ZeroHigh.Apply(s, source, CpuState.Get<T>(s, op->Third)));
            return op + 1;
        }
    }

    private readonly struct Deposit : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var value = ulong.CreateTruncating(CpuState.Get<T>(s, op->Source));
            CpuState.Set(s, op->Destination, T.CreateTruncating(BitFields.Deposit(value, ulong.CreateTruncating(source))));
            return op + 1;
        }
    }

    private readonly struct ExtractParallel : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var value = ulong.CreateTruncating(CpuState.Get<T>(s, op->Source));
            CpuState.Set(s, op->Destination, T.CreateTruncating(BitFields.ExtractParallel(value, ulong.CreateTruncating(source))));
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
