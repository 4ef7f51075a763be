using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.Strings;

/// <summary>
/// A string instruction as elements and runs: what REP repeats. Everything that REP means (count, interruption between iterations,
/// the ZF condition) is in <see cref="StringForms{TOperation}"/> once.
/// </summary>
public unsafe interface IStringOperation
{
    /// <summary>Whether REPE and REPNE end on ZF (CMPS, SCAS).</summary>
    static virtual bool Compares => false;

    /// <summary>Whether <see cref="TryRun"/> goes downward too when DF is set.</summary>
    static virtual bool RunsBackward => false;

    /// <summary>Whether the count is RCX as it is.</summary>
    static virtual bool IsFlat => false;

    /// <summary>Does one element and moves the index registers; false means a fault was recorded.</summary>
    static abstract bool TryElement<T>(CpuState* s, Op* op)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;

    /// <summary>Does up to <paramref name="count"/> elements at once and moves the index registers; returns how many, 0 if none can be.</summary>
    static abstract ulong TryRun<T>(CpuState* s, Op* op, ulong count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;
}

/// <summary>The handlers of a string instruction.</summary>
internal static unsafe class StringForms<TOperation>
    where TOperation : struct, IStringOperation
{
    /// <summary>The handler for a width: repeated if the op has a prefix that says so.</summary>
    public static delegate*<CpuState*, Op*, Op*> Pick(Op* op, int width)
        => (op->Prefixes & (OpPrefixes.Rep | OpPrefixes.Repne)) == 0
            ? HandlerPicker.Width<Once>(width)
            : HandlerPicker.Width<Repeated>(width);

    private readonly struct Once : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            => TOperation.TryElement<T>(s, op) ? op + 1 : Exits.Faulted(s, op);
    }

    private readonly struct Repeated : IWidthForm
    {
        public static Op* Execute<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            for (var count = TOperation.IsFlat ? s->Rcx : StringMemory.Count(s, op); count != 0;)
            {
                // A single step is one iteration.
                var excluded = TOperation.RunsBackward ? Rflags.TF : Rflags.TF | Rflags.DF;
                var done = (s->SystemFlags & excluded) == 0 ? TOperation.TryRun<T>(s, op, count) : 0;
                if (done == 0)
                {
                    if (!TOperation.TryElement<T>(s, op))
                    {
                        return Exits.Faulted(s, op);
                    }

                    done = 1;
                }

                count -= done;
                SetCount(s, op, count);
                if (TOperation.Compares && s->Flags.ZF != ((op->Prefixes & OpPrefixes.Rep) != 0))
                {
                    break;
                }

                if (count != 0 && s->Attention != 0)
                {
                    return Exits.LeaveAt(s, op, ExitReason.Interrupted);
                }
            }

            return op + 1;
        }

        private static void SetCount(CpuState* s, Op* op, ulong count)
        {
            if (TOperation.IsFlat)
            {
                s->Rcx = count;
            }
            else
            {
                StringMemory.Set(&s->Rcx, op, count);
            }
        }
    }
}

/// <summary>The row of a string instruction.</summary>
public sealed unsafe class StringRow<TOperation>(int width) : InstructionRow
    where TOperation : struct, IStringOperation
{
    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->AddressSize = (byte)StringOperands.AddressSize(instruction, context);
        return StringForms<TOperation>.Pick(op, width);
    }
}

/// <summary>The row of a string instruction that has a form of its own for flat addresses.</summary>
internal sealed unsafe class FlatStringRow<TFlat, TChecked>(int width) : InstructionRow
    where TFlat : struct, IStringOperation
    where TChecked : struct, IStringOperation
{
    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->AddressSize = (byte)StringOperands.AddressSize(instruction, context);
        var isFlat = context.Is64Bit && op->AddressSize == 8 && (context.Mode & CpuMode.AlignmentChecks) == 0
            && op->Segment is not (Segment.FS or Segment.GS);
        return isFlat ? StringForms<TFlat>.Pick(op, width) : StringForms<TChecked>.Pick(op, width);
    }
}

/// <summary>What a string instruction's operands say.</summary>
internal static class StringOperands
{
    /// <summary>The address size in bytes.</summary>
    public static int AddressSize(in Instruction instruction, DecodeContext context)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            switch (instruction.GetOpKind(i))
            {
                case OpKind.MemorySegSI or OpKind.MemorySegDI or OpKind.MemoryESDI:
                    return 2;
                case OpKind.MemorySegESI or OpKind.MemorySegEDI or OpKind.MemoryESEDI:
                    return 4;
                case OpKind.MemorySegRSI or OpKind.MemorySegRDI or OpKind.MemoryESRDI:
                    return 8;
                default:
                    break;
            }
        }

        return context.Bitness / 8;
    }
}
