using System.Numerics;
using System.Runtime.Intrinsics.X86;
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

    // high:low / divisor for high below the divisor: the quotient fits.
    private static ulong DivideWide(ulong high, ulong low, ulong divisor, out ulong remainder)
    {
#pragma warning disable SYSLIB5004 // In preview, says .NET, because it may be slower than a 64-bit division; this is a 128-bit one.
        if (X86Base.X64.IsSupported)
        {
            (var quotient, remainder) = X86Base.X64.DivRem(low, high, divisor);
            return quotient;
        }
#pragma warning restore SYSLIB5004

        var (wide, rest) = UInt128.DivRem(new UInt128(high, low), divisor);
        remainder = (ulong)rest;
        return (ulong)wide;
    }

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

            var wide = DivideWide(s->Rdx, s->Rax, divisor, out var rest);
            return Finish(s, op, wide, rest);
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
            // A quotient of a dividend of 64 bits does not fit in one case, which C# could not divide.
            var dividend = (long)s->Rax;
            if ((long)s->Rdx != dividend >> 63 || (dividend == long.MinValue && divisor == -1))
            {
                return DivideWide(s, op, divisor);
            }

            var (quotient, remainder) = Math.DivRem(dividend, divisor);
            return Finish(s, op, (ulong)quotient, (ulong)remainder);
        }

        private static Op* DivideWide(CpuState* s, Op* op, long divisor)
        {
            var isNegative = (long)s->Rdx < 0;
            var dividend = new UInt128(s->Rdx, s->Rax);
            var magnitude = isNegative ? UInt128.Zero - dividend : dividend;
            var divisorMagnitude = divisor < 0 ? 0ul - (ulong)divisor : (ulong)divisor;
            var high = (ulong)(magnitude >> 64);
            if (high >= divisorMagnitude)
            {
                return Error(s, op);
            }

            var quotient = Divide.DivideWide(high, (ulong)magnitude, divisorMagnitude, out var remainder);
            var negates = isNegative != (divisor < 0);
            return quotient > (negates ? 1ul << 63 : long.MaxValue)
                ? Error(s, op)
                : Finish(s, op, negates ? 0ul - quotient : quotient, isNegative ? 0ul - remainder : remainder);
        }
    }
}
