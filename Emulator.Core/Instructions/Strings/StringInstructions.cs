using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Iced.Intel;

namespace Emulator.Core.Instructions.Strings;

/// <summary>MOVS, STOS, LODS, SCAS and CMPS (INS and OUTS are the system family's).</summary>
public static unsafe class StringInstructions
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Code.Movsb_m8_m8, new FlatStringRow<Move<FlatStrings>, Move<CheckedStrings>>(1));
        table.Add(Code.Movsw_m16_m16, new FlatStringRow<Move<FlatStrings>, Move<CheckedStrings>>(2));
        table.Add(Code.Movsd_m32_m32, new FlatStringRow<Move<FlatStrings>, Move<CheckedStrings>>(4));
        table.Add(Code.Movsq_m64_m64, new FlatStringRow<Move<FlatStrings>, Move<CheckedStrings>>(8));
        table.Add(Code.Stosb_m8_AL, new FlatStringRow<Store<FlatStrings>, Store<CheckedStrings>>(1));
        table.Add(Code.Stosw_m16_AX, new FlatStringRow<Store<FlatStrings>, Store<CheckedStrings>>(2));
        table.Add(Code.Stosd_m32_EAX, new FlatStringRow<Store<FlatStrings>, Store<CheckedStrings>>(4));
        table.Add(Code.Stosq_m64_RAX, new FlatStringRow<Store<FlatStrings>, Store<CheckedStrings>>(8));
        table.Add(Code.Lodsb_AL_m8, new FlatStringRow<Load<FlatStrings>, Load<CheckedStrings>>(1));
        table.Add(Code.Lodsw_AX_m16, new FlatStringRow<Load<FlatStrings>, Load<CheckedStrings>>(2));
        table.Add(Code.Lodsd_EAX_m32, new FlatStringRow<Load<FlatStrings>, Load<CheckedStrings>>(4));
        table.Add(Code.Lodsq_RAX_m64, new FlatStringRow<Load<FlatStrings>, Load<CheckedStrings>>(8));
        table.Add(Code.Scasb_AL_m8, new FlatStringRow<Scan<FlatStrings>, Scan<CheckedStrings>>(1));
        table.Add(Code.Scasw_AX_m16, new FlatStringRow<Scan<FlatStrings>, Scan<CheckedStrings>>(2));
        table.Add(Code.Scasd_EAX_m32, new FlatStringRow<Scan<FlatStrings>, Scan<CheckedStrings>>(4));
        table.Add(Code.Scasq_RAX_m64, new FlatStringRow<Scan<FlatStrings>, Scan<CheckedStrings>>(8));
        table.Add(Code.Cmpsb_m8_m8, new FlatStringRow<CompareStrings<FlatStrings>, CompareStrings<CheckedStrings>>(1));
        table.Add(Code.Cmpsw_m16_m16, new FlatStringRow<CompareStrings<FlatStrings>, CompareStrings<CheckedStrings>>(2));
        table.Add(Code.Cmpsd_m32_m32, new FlatStringRow<CompareStrings<FlatStrings>, CompareStrings<CheckedStrings>>(4));
        table.Add(Code.Cmpsq_m64_m64, new FlatStringRow<CompareStrings<FlatStrings>, CompareStrings<CheckedStrings>>(8));
    }

    private readonly struct Move<TAddressing> : IStringOperation
        where TAddressing : struct, IStringAddressing
    {
        public static bool IsFlat => TAddressing.IsFlat;

        public static bool RunsBackward => true;

        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryRead<T, TAddressing>(s, op->Segment, StringMemory.SourceOffset<TAddressing>(s, op), out T value)
                || !StringMemory.TryWrite<T, TAddressing>(s, Segment.ES, StringMemory.DestinationOffset<TAddressing>(s, op), value))
            {
                return false;
            }

            StringMemory.Advance<TAddressing>(s, op, &s->Rsi, 1, sizeof(T));
            StringMemory.Advance<TAddressing>(s, op, &s->Rdi, 1, sizeof(T));
            return true;
        }

        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var source = StringMemory.Run<TAddressing>(s, op, op->Segment, StringMemory.SourceOffset<TAddressing>(s, op), sizeof(T), write: false, ref count);
            if (source == null)
            {
                return 0;
            }

            var destination = StringMemory.Run<TAddressing>(s, op, Segment.ES, StringMemory.DestinationOffset<TAddressing>(s, op), sizeof(T), write: true, ref count);
            if (destination == null)
            {
                return 0;
            }

            // The run may stop earlier for the destination's sake; downward, the lowest element comes first in memory.
            var length = (int)count * sizeof(T);
            if ((s->SystemFlags & Rflags.DF) == 0)
            {
                StringCopy.Upward(source, destination, length, sizeof(T));
            }
            else
            {
                StringCopy.Downward(source + sizeof(T) - length, destination + sizeof(T) - length, length, sizeof(T));
            }

            StringMemory.Advance<TAddressing>(s, op, &s->Rsi, (long)count, sizeof(T));
            StringMemory.Advance<TAddressing>(s, op, &s->Rdi, (long)count, sizeof(T));
            return count;
        }
    }

    private readonly struct Store<TAddressing> : IStringOperation
        where TAddressing : struct, IStringAddressing
    {
        public static bool IsFlat => TAddressing.IsFlat;

        public static bool RunsBackward => true;

        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryWrite<T, TAddressing>(s, Segment.ES, StringMemory.DestinationOffset<TAddressing>(s, op), CpuState.Get<T>(s, 0)))
            {
                return false;
            }

            StringMemory.Advance<TAddressing>(s, op, &s->Rdi, 1, sizeof(T));
            return true;
        }

        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var destination = StringMemory.Run<TAddressing>(s, op, Segment.ES, StringMemory.DestinationOffset<TAddressing>(s, op), sizeof(T), write: true, ref count);
            if (destination == null)
            {
                return 0;
            }

            if ((s->SystemFlags & Rflags.DF) != 0)
            {
                destination -= ((int)count - 1) * sizeof(T);
            }

            new Span<T>(destination, (int)count).Fill(CpuState.Get<T>(s, 0));
            StringMemory.Advance<TAddressing>(s, op, &s->Rdi, (long)count, sizeof(T));
            return count;
        }
    }

    private readonly struct Load<TAddressing> : IStringOperation
        where TAddressing : struct, IStringAddressing
    {
        public static bool IsFlat => TAddressing.IsFlat;

        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryRead<T, TAddressing>(s, op->Segment, StringMemory.SourceOffset<TAddressing>(s, op), out T value))
            {
                return false;
            }

            CpuState.Set(s, 0, value);
            StringMemory.Advance<TAddressing>(s, op, &s->Rsi, 1, sizeof(T));
            return true;
        }

        // REP LODS keeps only the last element; nobody uses it in earnest.
        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => 0;
    }

    private readonly struct Scan<TAddressing> : IStringOperation
        where TAddressing : struct, IStringAddressing
    {
        public static bool IsFlat => TAddressing.IsFlat;

        public static bool Compares => true;

        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryRead<T, TAddressing>(s, Segment.ES, StringMemory.DestinationOffset<TAddressing>(s, op), out T value))
            {
                return false;
            }

            Subtract.Apply(s, CpuState.Get<T>(s, 0), value);
            StringMemory.Advance<TAddressing>(s, op, &s->Rdi, 1, sizeof(T));
            return true;
        }

        // Stops after the element that decides; its comparison gives the flags.
        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var bytes = StringMemory.Run<TAddressing>(s, op, Segment.ES, StringMemory.DestinationOffset<TAddressing>(s, op), sizeof(T), write: false, ref count);
            if (bytes == null)
            {
                return 0;
            }

            var wanted = CpuState.Get<T>(s, 0);
            var elements = new ReadOnlySpan<T>(bytes, (int)count);
            var index = (op->Prefixes & OpPrefixes.Rep) != 0 ? elements.IndexOfAnyExcept(wanted) : elements.IndexOf(wanted);
            var done = index < 0 ? count : (ulong)index + 1;
            Subtract.Apply(s, wanted, elements[(int)done - 1]);
            StringMemory.Advance<TAddressing>(s, op, &s->Rdi, (long)done, sizeof(T));
            return done;
        }
    }

    private readonly struct CompareStrings<TAddressing> : IStringOperation
        where TAddressing : struct, IStringAddressing
    {
        public static bool IsFlat => TAddressing.IsFlat;

        public static bool Compares => true;

        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryRead<T, TAddressing>(s, op->Segment, StringMemory.SourceOffset<TAddressing>(s, op), out T first)
                || !StringMemory.TryRead<T, TAddressing>(s, Segment.ES, StringMemory.DestinationOffset<TAddressing>(s, op), out T second))
            {
                return false;
            }

            Subtract.Apply(s, first, second);
            StringMemory.Advance<TAddressing>(s, op, &s->Rsi, 1, sizeof(T));
            StringMemory.Advance<TAddressing>(s, op, &s->Rdi, 1, sizeof(T));
            return true;
        }

        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var source = StringMemory.Run<TAddressing>(s, op, op->Segment, StringMemory.SourceOffset<TAddressing>(s, op), sizeof(T), write: false, ref count);
            if (source == null)
            {
                return 0;
            }

            var other = StringMemory.Run<TAddressing>(s, op, Segment.ES, StringMemory.DestinationOffset<TAddressing>(s, op), sizeof(T), write: false, ref count);
            if (other == null)
            {
                return 0;
            }

            var done = Decide<T>(source, other, (int)count, untilEqual: (op->Prefixes & OpPrefixes.Rep) == 0);
            Subtract.Apply(s, ((T*)source)[done - 1], ((T*)other)[done - 1]);
            StringMemory.Advance<TAddressing>(s, op, &s->Rsi, done, sizeof(T));
            StringMemory.Advance<TAddressing>(s, op, &s->Rdi, done, sizeof(T));
            return (ulong)done;
        }

        // Elements up to and including the one that ends the comparison.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static int Decide<T>(byte* source, byte* other, int count, bool untilEqual)
            where T : unmanaged, IBinaryInteger<T>
        {
            var a = new ReadOnlySpan<T>(source, count);
            var b = new ReadOnlySpan<T>(other, count);
            if (!untilEqual)
            {
                return Math.Min(a.CommonPrefixLength(b) + 1, count);
            }

            var i = FirstEqual<T>(source, other, count);
            return Math.Min(i + 1, count);
        }

        // The index of the first pair of equal elements, or count.
        private static int FirstEqual<T>(byte* source, byte* other, int count)
            where T : unmanaged, IBinaryInteger<T>
        {
            var i = 0;
            for (; i + Vector128<T>.Count <= count; i += Vector128<T>.Count)
            {
                var equal = Vector128.Equals(Vector128.Load((T*)source + i), Vector128.Load((T*)other + i));
                if (equal != Vector128<T>.Zero)
                {
                    return i + BitOperations.TrailingZeroCount(equal.ExtractMostSignificantBits());
                }
            }

            while (i < count && ((T*)source)[i] != ((T*)other)[i])
            {
                i++;
            }

            return i;
        }
    }
}
