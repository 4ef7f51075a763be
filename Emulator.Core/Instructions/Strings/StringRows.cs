using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.Strings;

/// <summary>
/// A string instruction as elements and runs: what REP repeats. Everything that REP means (count, interruption between iterations,
/// the ZF condition) is in <see cref="StringRow{T}"/> once.
/// </summary>
public unsafe interface IStringOperation
{
    /// <summary>Whether REPE and REPNE end on ZF (CMPS, SCAS).</summary>
    static virtual bool Compares => false;

    /// <summary>Does one element and moves the index registers; false means a fault was recorded.</summary>
    static abstract bool TryElement<T>(CpuState* s, Op* op)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;

    /// <summary>Does up to <paramref name="count"/> elements upward at once and moves the index registers; returns how many, 0 if none can be.</summary>
    static abstract ulong TryRun<T>(CpuState* s, Op* op, ulong count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>;
}

/// <summary>The row of a string instruction.</summary>
public sealed unsafe class StringRow<TOperation>(int width) : InstructionRow
    where TOperation : struct, IStringOperation
{
    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->AddressSize = (byte)AddressSize(instruction, context);
        return (op->Prefixes & (OpPrefixes.Rep | OpPrefixes.Repne)) == 0
            ? HandlerPicker.Width<Once>(width)
            : HandlerPicker.Width<Repeated>(width);
    }

    private static int AddressSize(in Instruction instruction, DecodeContext context)
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
            for (var count = StringMemory.Count(s, op); count != 0;)
            {
                // A single step is one iteration.
                var done = (s->SystemFlags & (Rflags.DF | Rflags.TF)) == 0 ? TOperation.TryRun<T>(s, op, count) : 0;
                if (done == 0)
                {
                    if (!TOperation.TryElement<T>(s, op))
                    {
                        return Exits.Faulted(s, op);
                    }

                    done = 1;
                }

                count -= done;
                StringMemory.Set(&s->Rcx, op, count);
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
    }
}
