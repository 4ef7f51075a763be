using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Iced.Intel;

namespace Emulator.Core.Instructions.BitManipulation;

/// <summary>BSF, BSR, TZCNT, LZCNT, POPCNT.</summary>
public static unsafe class BitScans
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Bsf, new SourceRow<ScanForward>(1));
        table.Add(Mnemonic.Bsr, new SourceRow<ScanReverse>(1));
        table.Add(Mnemonic.Tzcnt, new SourceRow<TrailingZeros>(1));
        table.Add(Mnemonic.Lzcnt, new SourceRow<LeadingZeros>(1));
        table.Add(Mnemonic.Popcnt, new SourceRow<PopulationCount>(1));
    }

    // A zero source leaves the destination as it is (AMD: architectural; Intel: what its processors do), all of it.
    private readonly struct ScanForward : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            s->Flags.SetLogic(source);
            if (source != T.Zero)
            {
                CpuState.Set(s, op->Destination, T.CreateTruncating(BitOperations.TrailingZeroCount(ulong.CreateTruncating(source))));
            }

            return op + 1;
        }
    }

    private readonly struct ScanReverse : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            s->Flags.SetLogic(source);
            if (source != T.Zero)
            {
                CpuState.Set(s, op->Destination, T.CreateTruncating(BitOperations.Log2(ulong.CreateTruncating(source))));
            }

            return op + 1;
        }
    }

    private readonly struct TrailingZeros : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var result = T.CreateTruncating(Math.Min(BitOperations.TrailingZeroCount(ulong.CreateTruncating(source)), 8 * sizeof(T)));
            return Count(s, op, source, result);
        }
    }

    private readonly struct LeadingZeros : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var result = T.CreateTruncating(BitOperations.LeadingZeroCount(ulong.CreateTruncating(source)) - (64 - (8 * sizeof(T))));
            return Count(s, op, source, result);
        }
    }

    private readonly struct PopulationCount : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, T.CreateTruncating(BitOperations.PopCount(ulong.CreateTruncating(source))));
            s->Flags.FromRflags(source == T.Zero ? Rflags.ZF : 0);
            return op + 1;
        }
    }

    // CF: the source was zero; ZF: the result is.
    private static Op* Count<T>(CpuState* s, Op* op, T source, T result)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        CpuState.Set(s, op->Destination, result);
        s->Flags.SetResult(result, carry: source == T.Zero, overflow: false, auxiliary: false);
        return op + 1;
    }
}
