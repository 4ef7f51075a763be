using System.Numerics;
using System.Runtime.CompilerServices;
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
        table.Add(Code.Movsb_m8_m8, new StringRow<Move>(1));
        table.Add(Code.Movsw_m16_m16, new StringRow<Move>(2));
        table.Add(Code.Movsd_m32_m32, new StringRow<Move>(4));
        table.Add(Code.Movsq_m64_m64, new StringRow<Move>(8));
        table.Add(Code.Stosb_m8_AL, new StringRow<Store>(1));
        table.Add(Code.Stosw_m16_AX, new StringRow<Store>(2));
        table.Add(Code.Stosd_m32_EAX, new StringRow<Store>(4));
        table.Add(Code.Stosq_m64_RAX, new StringRow<Store>(8));
        table.Add(Code.Lodsb_AL_m8, new StringRow<Load>(1));
        table.Add(Code.Lodsw_AX_m16, new StringRow<Load>(2));
        table.Add(Code.Lodsd_EAX_m32, new StringRow<Load>(4));
        table.Add(Code.Lodsq_RAX_m64, new StringRow<Load>(8));
        table.Add(Code.Scasb_AL_m8, new StringRow<Scan>(1));
        table.Add(Code.Scasw_AX_m16, new StringRow<Scan>(2));
        table.Add(Code.Scasd_EAX_m32, new StringRow<Scan>(4));
        table.Add(Code.Scasq_RAX_m64, new StringRow<Scan>(8));
        table.Add(Code.Cmpsb_m8_m8, new StringRow<CompareStrings>(1));
        table.Add(Code.Cmpsw_m16_m16, new StringRow<CompareStrings>(2));
        table.Add(Code.Cmpsd_m32_m32, new StringRow<CompareStrings>(4));
        table.Add(Code.Cmpsq_m64_m64, new StringRow<CompareStrings>(8));
    }

    private readonly struct Move : IStringOperation
    {
        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryRead(s, op->Segment, StringMemory.SourceOffset(s, op), out T value)
                || !StringMemory.TryWrite(s, Segment.ES, StringMemory.DestinationOffset(s, op), value))
            {
                return false;
            }

            StringMemory.Advance(s, op, &s->Rsi, 1, sizeof(T));
            StringMemory.Advance(s, op, &s->Rdi, 1, sizeof(T));
            return true;
        }

        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var source = StringMemory.Run(s, op, op->Segment, StringMemory.SourceOffset(s, op), sizeof(T), write: false, ref count);
            if (source == null)
            {
                return 0;
            }

            var destination = StringMemory.Run(s, op, Segment.ES, StringMemory.DestinationOffset(s, op), sizeof(T), write: true, ref count);
            if (destination == null)
            {
                return 0;
            }

            Copy(source, destination, (int)count * sizeof(T), sizeof(T));
            StringMemory.Advance(s, op, &s->Rsi, (long)count, sizeof(T));
            StringMemory.Advance(s, op, &s->Rdi, (long)count, sizeof(T));
            return count;
        }

        // A destination just above the source repeats a pattern, element by element: copy in steps of the distance.
        private static void Copy(byte* source, byte* destination, int length, int size)
        {
            var distance = destination - source;
            if (distance <= 0 || distance >= length)
            {
                Buffer.MemoryCopy(source, destination, length, length);
                return;
            }

            var step = distance >= size ? (int)(distance / size * size) : size;
            for (var done = 0; done < length; done += step)
            {
                var piece = Math.Min(step, length - done);
                Buffer.MemoryCopy(source + done, destination + done, piece, piece);
            }
        }
    }

    private readonly struct Store : IStringOperation
    {
        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryWrite(s, Segment.ES, StringMemory.DestinationOffset(s, op), CpuState.Get<T>(s, 0)))
            {
                return false;
            }

            StringMemory.Advance(s, op, &s->Rdi, 1, sizeof(T));
            return true;
        }

        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var destination = StringMemory.Run(s, op, Segment.ES, StringMemory.DestinationOffset(s, op), sizeof(T), write: true, ref count);
            if (destination == null)
            {
                return 0;
            }

            new Span<T>(destination, (int)count).Fill(CpuState.Get<T>(s, 0));
            StringMemory.Advance(s, op, &s->Rdi, (long)count, sizeof(T));
            return count;
        }
    }

    private readonly struct Load : IStringOperation
    {
        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryRead(s, op->Segment, StringMemory.SourceOffset(s, op), out T value))
            {
                return false;
            }

            CpuState.Set(s, 0, value);
            StringMemory.Advance(s, op, &s->Rsi, 1, sizeof(T));
            return true;
        }

        // REP LODS keeps only the last element; nobody uses it in earnest.
        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T> => 0;
    }

    private readonly struct Scan : IStringOperation
    {
        public static bool Compares => true;

        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryRead(s, Segment.ES, StringMemory.DestinationOffset(s, op), out T value))
            {
                return false;
            }

            Subtract.Apply(s, CpuState.Get<T>(s, 0), value);
            StringMemory.Advance(s, op, &s->Rdi, 1, sizeof(T));
            return true;
        }

        // Stops after the element that decides; its comparison gives the flags.
        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var bytes = StringMemory.Run(s, op, Segment.ES, StringMemory.DestinationOffset(s, op), sizeof(T), write: false, ref count);
            if (bytes == null)
            {
                return 0;
            }

            var wanted = CpuState.Get<T>(s, 0);
            var elements = new ReadOnlySpan<T>(bytes, (int)count);
            var index = (op->Prefixes & OpPrefixes.Rep) != 0 ? elements.IndexOfAnyExcept(wanted) : elements.IndexOf(wanted);
            var done = index < 0 ? count : (ulong)index + 1;
            Subtract.Apply(s, wanted, elements[(int)done - 1]);
            StringMemory.Advance(s, op, &s->Rdi, (long)done, sizeof(T));
            return done;
        }
    }

    private readonly struct CompareStrings : IStringOperation
    {
        public static bool Compares => true;

        public static bool TryElement<T>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            if (!StringMemory.TryRead(s, op->Segment, StringMemory.SourceOffset(s, op), out T first)
                || !StringMemory.TryRead(s, Segment.ES, StringMemory.DestinationOffset(s, op), out T second))
            {
                return false;
            }

            Subtract.Apply(s, first, second);
            StringMemory.Advance(s, op, &s->Rsi, 1, sizeof(T));
            StringMemory.Advance(s, op, &s->Rdi, 1, sizeof(T));
            return true;
        }

        public static ulong TryRun<T>(CpuState* s, Op* op, ulong count)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var source = StringMemory.Run(s, op, op->Segment, StringMemory.SourceOffset(s, op), sizeof(T), write: false, ref count);
            if (source == null)
            {
                return 0;
            }

            var other = StringMemory.Run(s, op, Segment.ES, StringMemory.DestinationOffset(s, op), sizeof(T), write: false, ref count);
            if (other == null)
            {
                return 0;
            }

            var done = Decide<T>(source, other, (int)count, untilEqual: (op->Prefixes & OpPrefixes.Rep) == 0);
            Subtract.Apply(s, ((T*)source)[done - 1], ((T*)other)[done - 1]);
            StringMemory.Advance(s, op, &s->Rsi, done, sizeof(T));
            StringMemory.Advance(s, op, &s->Rdi, done, sizeof(T));
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

            var i = 0;
            while (i < count - 1 && a[i] != b[i])
            {
                i++;
            }

            return i + 1;
        }
    }
}
