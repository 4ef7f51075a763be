using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;
using Vector = Emulator.Core.Cpu.Vector;

namespace Emulator.Core.Instructions.Integer;

/// <summary>DIV and IDIV: #DE when the divisor is 0 or the quotient does not fit. Flags are undefined (SDM) and left alone.</summary>
public static unsafe class Divide
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Div, new SourceRow<Unsigned>(0));
        table.Add(Mnemonic.Idiv, new SourceRow<Signed>(0));
    }

    private static Op* Error(CpuState* s, Op* op)
    {
        Fault.Raise(s, Vector.DivideError);
        return Exits.Faulted(s, op);
    }

    private static Op* Finish<T>(CpuState* s, Op* op, T quotient, T remainder)
        where T : unmanaged, IBinaryInteger<T>
    {
        if (sizeof(T) == 1)
        {
            *(ushort*)&s->Rax = (ushort)(byte.CreateTruncating(quotient) | (byte.CreateTruncating(remainder) << 8));
        }
        else
        {
            CpuState.Set(s, 0, quotient);
            CpuState.Set(s, (int)((byte*)&s->Rdx - (byte*)s), remainder);
        }

        return op + 1;
    }

    // The dividend of the narrower widths: AX, DX:AX, EDX:EAX.
    private static ulong Dividend<T>(CpuState* s)
        where T : unmanaged => sizeof(T) switch
        {
            1 => (ushort)s->Rax,
            2 => (ushort)s->Rax | ((ulong)(ushort)s->Rdx << 16),
            _ => (uint)s->Rax | ((ulong)(uint)s->Rdx << 32),
        };

    private readonly struct Unsigned : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var divisor = ulong.CreateTruncating(source);
            if (divisor == 0)
            {
                return Error(s, op);
            }

            if (sizeof(T) == 8)
            {
                return Divide128(s, op, divisor);
            }

            var dividend = Dividend<T>(s);
            var (quotient, remainder) = Math.DivRem(dividend, divisor);
            return quotient >> (8 * sizeof(T)) != 0
                ? Error(s, op)
                : Finish(s, op, T.CreateTruncating(quotient), T.CreateTruncating(remainder));
        }

        private static Op* Divide128(CpuState* s, Op* op, ulong divisor)
        {
            if (s->Rdx == 0)
            {
                var (quotient, remainder) = Math.DivRem(s->Rax, divisor);
                return Finish(s, op, quotient, remainder);
            }

            if (s->Rdx >= divisor)
            {
                return Error(s, op);
            }

            var (wide, rest) = UInt128.DivRem(new UInt128(s->Rdx, s->Rax), divisor);
            return Finish(s, op, (ulong)wide, (ulong)rest);
        }
    }

    private readonly struct Signed : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var divisor = Bits.SignExtend(source);
            if (divisor == 0)
            {
                return Error(s, op);
            }

            if (sizeof(T) == 8)
            {
                return Divide128(s, op, divisor);
            }

            var raw = Dividend<T>(s);
            var dividend = sizeof(T) switch { 1 => (short)raw, 2 => (int)raw, _ => (long)raw };
            if (divisor == -1)
            {
                // Negation overflows in C# where the quotient does not fit anyway.
                return dividend == long.MinValue || -dividend != Bits.SignExtend(T.CreateTruncating(-dividend))
                    ? Error(s, op)
                    : Finish(s, op, T.CreateTruncating(-dividend), T.Zero);
            }

            var (quotient, remainder) = Math.DivRem(dividend, divisor);
            return quotient != Bits.SignExtend(T.CreateTruncating(quotient))
                ? Error(s, op)
                : Finish(s, op, T.CreateTruncating(quotient), T.CreateTruncating(remainder));
        }

        private static Op* Divide128(CpuState* s, Op* op, long divisor)
        {
            var negativeDividend = (long)s->Rdx < 0;
            var dividend = new UInt128(s->Rdx, s->Rax);
            var magnitude = negativeDividend ? UInt128.Zero - dividend : dividend;
            var divisorMagnitude = divisor < 0 ? 0ul - (ulong)divisor : (ulong)divisor;
            UInt128 quotient;
            ulong remainder;
            if (magnitude >> 64 == 0)
            {
                (var narrow, remainder) = Math.DivRem((ulong)magnitude, divisorMagnitude);
                quotient = narrow;
            }
            else
            {
                (quotient, var wide) = UInt128.DivRem(magnitude, divisorMagnitude);
                remainder = (ulong)wide;
            }

            var negative = negativeDividend != (divisor < 0);
            var limit = negative ? new UInt128(0, 1ul << 63) : new UInt128(0, long.MaxValue);
            if (quotient > limit)
            {
                return Error(s, op);
            }

            var low = (ulong)quotient;
            return Finish(s, op, negative ? 0ul - low : low, negativeDividend ? 0ul - remainder : remainder);
        }
    }
}
