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
        table.Add(Mnemonic.Tzcnt, new SourceRow<Count<TrailingZeros>>(1));
        table.Add(Mnemonic.Lzcnt, new SourceRow<Count<LeadingZeros>>(1));
        table.Add(Mnemonic.Popcnt, new SourceRow<Count<PopulationCount>>(1));
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

    private readonly struct Count<TOperation> : ISourceOperation
        where TOperation : struct, IUnaryOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, TOperation.Apply(s, source));
            return op + 1;
        }
    }
}

/// <summary>TZCNT. CF: the source is zero; ZF: the result is.</summary>
public readonly unsafe struct TrailingZeros : IUnaryOperation
{
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = T.CreateTruncating(Math.Min(BitOperations.TrailingZeroCount(ulong.CreateTruncating(a)), 8 * sizeof(T)));
        s->Flags.SetResult(result, carry: a == T.Zero, overflow: false, auxiliary: false);
        return result;
    }
}

/// <summary>LZCNT. CF: the source is zero; ZF: the result is.</summary>
public readonly unsafe struct LeadingZeros : IUnaryOperation
{
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var result = T.CreateTruncating(BitOperations.LeadingZeroCount(ulong.CreateTruncating(a)) - (64 - (8 * sizeof(T))));
        s->Flags.SetResult(result, carry: a == T.Zero, overflow: false, auxiliary: false);
        return result;
    }
}

/// <summary>POPCNT. ZF: the source is zero; all others clear.</summary>
public readonly unsafe struct PopulationCount : IUnaryOperation
{
    public static T Apply<T>(CpuState* s, T a)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        s->Flags.FromRflags(a == T.Zero ? Rflags.ZF : 0);
        return T.CreateTruncating(BitOperations.PopCount(ulong.CreateTruncating(a)));
    }
}
