namespace Emulator.Core.Tests.FloatingPoint;

/// <summary>Random operands in which the special values, the boundaries and the near misses are frequent.</summary>
internal sealed class FloatOperands(int seed)
{
    private readonly Random _random = new(seed);

    public int Next(int below) => _random.Next(below);

    public ulong Bits() => (ulong)_random.NextInt64(long.MinValue, long.MaxValue);

    public uint Single() => (uint)Pack(23, 8);

    public ulong Double() => Pack(52, 11);

    public ushort Half() => (ushort)Pack(10, 5);

    /// <summary>An x87 operand; unsupported encodings and pseudo-denormals included.</summary>
    public Core.FloatingPoint.Float80 Extended()
    {
        ulong packed = Pack(47, 15);
        ulong fraction = Fraction(63);
        var signExponent = (ushort)(packed >> 47);
        bool integerBit = (signExponent & 0x7FFF) != 0 ? Next(30) != 0 : Next(4) == 0;
        return new((integerBit ? 1UL << 63 : 0) | fraction, signExponent);
    }

    private ulong Pack(int fractionBits, int exponentBits)
    {
        int top = (1 << exponentBits) - 1;
        int bias = top >> 1;
        int exponent = Next(11) switch
        {
            0 => 0,
            1 => top,
            2 => Next(4),
            3 => top - Next(3),
            4 => Next(top + 1),
            5 => bias + Next(fractionBits + 5) - 2,
            6 => bias + 28 + Next(39),
            7 => (bias / 2) + Next(2 * fractionBits) - fractionBits,
            8 => (bias * 3 / 2) + Next(6) - 3,
            _ => bias + Next(9) - 4,
        };
        ulong sign = (ulong)Next(2) << (fractionBits + exponentBits);
        return sign | ((ulong)Math.Clamp(exponent, 0, top) << fractionBits) | Fraction(fractionBits);
    }

    private ulong Fraction(int bits)
    {
        ulong mask = (1UL << bits) - 1;
        return Next(9) switch
        {
            0 => 0,
            1 => mask,
            2 => 1,
            3 => 1UL << (bits - 1),
            4 => 1UL << Next(bits),
            5 => mask ^ (1UL << Next(bits)),
            6 => (Bits() & mask) >> Next(bits),
            _ => Bits() & mask,
        };
    }
}
