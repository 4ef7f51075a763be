using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>The low half of a signed product; CF and OF tell that the high half is not its sign.</summary>
public readonly unsafe struct SignedProduct : IAluOperation
{
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var overflow = Multiply.Product(a, b, out var low, out _);
        s->Flags.SetResult(low, overflow, overflow, auxiliary: false);
        return low;
    }
}

/// <summary>The low half of an unsigned product; CF and OF tell that the high half is not 0.</summary>
public readonly unsafe struct UnsignedProduct : IAluOperation
{
    public static T Apply<T>(CpuState* s, T a, T b)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        var high = Math.BigMul(ulong.CreateTruncating(a), ulong.CreateTruncating(b), out var wide);
        var low = T.CreateTruncating(wide);
        var overflow = (sizeof(T) == 8 ? high : wide >> (8 * sizeof(T))) != 0;
        s->Flags.SetResult(low, overflow, overflow, auxiliary: false);
        return low;
    }
}

/// <summary>MUL, IMUL with one, two and three operands, MULX. SF, ZF, AF and PF are undefined (SDM); they follow the low half.</summary>
public static unsafe class Multiply
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Mul, new SourceRow<Unsigned>(0));
        table.Add(Mnemonic.Imul, new ImulRow());
        table.Add(Mnemonic.Mulx, new SourceRow<Mulx>(2));
    }

    private sealed class ImulRow : InstructionRow
    {
        private readonly SourceRow<Signed> _one = new(0);
        private readonly SourceRow<SignedTwo> _two = new(1);
        private readonly SourceRow<SignedThree> _three = new(1);

        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
            => instruction.OpCount switch
            {
                1 => _one.Bind(instruction, context, op),
                2 => _two.Bind(instruction, context, op),
                _ => _three.Bind(instruction, context, op),
            };
    }

    // The double-width result in AX, DX:AX, EDX:EAX or RDX:RAX.
    private static void SetProduct<T>(CpuState* s, T low, T high, bool overflow)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        if (sizeof(T) == 1)
        {
            *(ushort*)&s->Rax = (ushort)(byte.CreateTruncating(low) | (byte.CreateTruncating(high) << 8));
        }
        else
        {
            CpuState.Set(s, 0, low);
            CpuState.Set(s, (int)((byte*)&s->Rdx - (byte*)s), high);
        }

        s->Flags.SetResult(low, overflow, overflow, auxiliary: false);
    }

    private readonly struct Unsigned : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var high = Math.BigMul(ulong.CreateTruncating(CpuState.Get<T>(s, 0)), ulong.CreateTruncating(source), out var low);
            if (sizeof(T) < 8)
            {
                high = low >> (8 * sizeof(T));
            }

            SetProduct(s, T.CreateTruncating(low), T.CreateTruncating(high), high != 0);
            return op + 1;
        }
    }

    private readonly struct Signed : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var overflow = Product(CpuState.Get<T>(s, 0), source, out var low, out var high);
            SetProduct(s, low, high, overflow);
            return op + 1;
        }
    }

    private readonly struct SignedTwo : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, SignedProduct.Apply(s, CpuState.Get<T>(s, op->Destination), source));
            return op + 1;
        }
    }

    private readonly struct SignedThree : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            CpuState.Set(s, op->Destination, SignedProduct.Apply(s, source, T.CreateTruncating(op->Immediate)));
            return op + 1;
        }
    }

    // MULX high, low, source: RDX times source, no flags. Both destinations the same: it holds the high half.
    private readonly struct Mulx : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            var rdx = CpuState.Get<T>(s, (int)((byte*)&s->Rdx - (byte*)s));
            var high = Math.BigMul(ulong.CreateTruncating(rdx), ulong.CreateTruncating(source), out var low);
            if (sizeof(T) < 8)
            {
                high = low >> (8 * sizeof(T));
            }

            CpuState.Set(s, op->Source, T.CreateTruncating(low));
            CpuState.Set(s, op->Destination, T.CreateTruncating(high));
            return op + 1;
        }
    }

    // Whether the signed product needs more than one width.
    internal static bool Product<T>(T a, T b, out T low, out T high)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
    {
        if (sizeof(T) == 8)
        {
            var high64 = Math.BigMul((long)ulong.CreateTruncating(a), (long)ulong.CreateTruncating(b), out long low64);
            low = T.CreateTruncating((ulong)low64);
            high = T.CreateTruncating((ulong)high64);
            return high64 != low64 >> 63;
        }

        var product = Bits.SignExtend(a) * Bits.SignExtend(b);
        low = T.CreateTruncating(product);
        high = T.CreateTruncating(product >> (8 * sizeof(T)));
        return product != Bits.SignExtend(low);
    }
}
