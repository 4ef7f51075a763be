namespace Emulator.Conformance.Tests.Judging;

/// <summary>Nearness of results that the manual allows to be approximate.</summary>
internal static unsafe class Tolerance
{
    /// <summary>Whether two x87 registers differ by at most <paramref name="ulps"/> of the 64-bit significand.</summary>
    public static bool IsNear80(byte* expected, byte* actual, ulong ulps)
    {
        var (e, a) = (*(ushort*)(expected + 8), *(ushort*)(actual + 8));
        if (ulps == 0 || (e & 0x8000) != (a & 0x8000))
        {
            return false;
        }

        // Neighbours across a power of two: one exponent up, significand at the other end.
        var (es, asig) = (*(ulong*)expected, *(ulong*)actual);
        return (e - a) switch
        {
            0 => es - asig <= ulps || asig - es <= ulps,
            1 => es - (1ul << 63) + (ulong.MaxValue - asig) < ulps,
            -1 => asig - (1ul << 63) + (ulong.MaxValue - es) < ulps,
            _ => false,
        };
    }

    /// <summary>Whether four binary32 lanes are equal to within 2^-<paramref name="bits"/>; specials must be equal.</summary>
    public static bool AreNear32(byte* expected, byte* actual, int bits)
    {
        for (var i = 0; i < 4; i++)
        {
            var (e, a) = (((float*)expected)[i], ((float*)actual)[i]);
            var same = ((uint*)expected)[i] == ((uint*)actual)[i];
            if (!same && !(float.IsFinite(e) && float.IsFinite(a) && Math.Abs(e - a) <= Math.Abs(e) * Math.Pow(2, -bits)))
            {
                return false;
            }
        }

        return true;
    }
}
