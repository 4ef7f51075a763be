using System.Collections.Immutable;

namespace Emulator.Core.Instructions.Crypto;

/// <summary>AES in software (FIPS 197), for hosts without AES instructions: bytes 0 to 3 are the first column.</summary>
public static class AesTables
{
    private static readonly ImmutableArray<byte> Forward = [.. MakeForward()];
    private static readonly ImmutableArray<byte> Backward = [.. MakeBackward()];

    /// <summary>SubBytes of one byte.</summary>
    public static byte Substitute(byte value) => Forward[value];

    /// <summary>InvSubBytes of one byte.</summary>
    public static byte InverseSubstitute(byte value) => Backward[value];

    /// <summary>ShiftRows: byte i comes from here.</summary>
    public static int ShiftedRow(int i) => (i + (4 * (i & 3))) & 15;

    /// <summary>InvShiftRows: byte i comes from here.</summary>
    public static int InverseShiftedRow(int i) => (i - (4 * (i & 3))) & 15;

    /// <summary>A product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.</summary>
    public static byte Multiply(int a, int b)
    {
        var product = 0;
        for (; b != 0; b >>= 1)
        {
            product ^= (b & 1) != 0 ? a : 0;
            a = (a << 1) ^ ((a & 0x80) != 0 ? 0x11b : 0);
        }

        return (byte)product;
    }

    /// <summary>MixColumns with the coefficients of row 0 of its matrix.</summary>
    public static void MixColumns(Span<byte> state, ReadOnlySpan<byte> coefficients)
    {
        Span<byte> column = stackalloc byte[4];
        for (var c = 0; c < 16; c += 4)
        {
            state.Slice(c, 4).CopyTo(column);
            for (var r = 0; r < 4; r++)
            {
                var sum = 0;
                for (var k = 0; k < 4; k++)
                {
                    sum ^= Multiply(column[k], coefficients[(k - r) & 3]);
                }

                state[c + r] = (byte)sum;
            }
        }
    }

    private static byte[] MakeForward()
    {
        var table = new byte[256];
        for (var value = 0; value < 256; value++)
        {
            var inverse = 0;
            for (var candidate = 1; candidate < 256 && value != 0; candidate++)
            {
                if (Multiply(value, candidate) == 1)
                {
                    inverse = candidate;
                    break;
                }
            }

            var rotated = inverse | (inverse << 8);
            table[value] = (byte)(0x63 ^ rotated ^ (rotated >> 4) ^ (rotated >> 5) ^ (rotated >> 6) ^ (rotated >> 7));
        }

        return table;
    }

    private static byte[] MakeBackward()
    {
        var table = new byte[256];
        for (var value = 0; value < 256; value++)
        {
            table[Forward[value]] = (byte)value;
        }

        return table;
    }
}
