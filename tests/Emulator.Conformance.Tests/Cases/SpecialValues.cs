namespace Emulator.Conformance.Tests.Cases;

/// <summary>Operand values where instructions go wrong: ends of ranges, zeros, denormals, NaNs, ties, small integers.</summary>
public static class SpecialValues
{
    private static readonly uint[] Floats32 =
    [
        0, 0x8000_0000, 0x3f80_0000, 0xbf80_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0000, 0xffc0_0001, 0x7f80_0001, 0xff81_2345, 1, 0x8000_0001,
        0x007f_ffff, 0x0080_0000, 0x8080_0000, 0x7f7f_ffff, 0xff7f_ffff, 0x4f00_0000, 0xcf00_0000, 0x4eff_ffff, 0x5f00_0000, 0xdf00_0000,
        0x3f00_0000, 0x3fc0_0000, 0x4020_0000, 0x3400_0000, 0x3380_0000, 0x4b7f_ffff, 0x4b80_0001, 0x0040_0000, 0x1f80_0000, 0x5f80_0000,
        0x4f80_0000, 0x4680_0000, 0x477f_e000, 0x477f_f000, 0x3880_0000, 0x3300_0000, 0x387f_c000,
    ];

    private static readonly ulong[] Floats64 =
    [
        0, 0x8000_0000_0000_0000, 0x3ff0_0000_0000_0000, 0xbff0_0000_0000_0000, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000,
        0x7ff8_0000_0000_0000, 0xfff8_0000_0000_1234, 0x7ff0_0000_0000_0001, 0xfff4_0000_0000_0000, 1, 0x8000_0000_0000_0001,
        0x000f_ffff_ffff_ffff, 0x0010_0000_0000_0000, 0x7fef_ffff_ffff_ffff, 0xffef_ffff_ffff_ffff, 0x41e0_0000_0000_0000,
        0xc1e0_0000_0000_0000, 0x41df_ffff_ffc0_0000, 0x43e0_0000_0000_0000, 0xc3e0_0000_0000_0000, 0x3fe0_0000_0000_0000,
        0x3ff8_0000_0000_0000, 0x4004_0000_0000_0000, 0x3cb0_0000_0000_0000, 0x47ef_ffff_e000_0000, 0x47ef_ffff_f000_0000,
        0x3810_0000_0000_0000, 0x380f_ffff_e000_0000, 0x36a0_0000_0000_0000, 0x3690_0000_0000_0000, 0x41ef_ffff_ffff_ffff,
        0x4330_0000_0000_0001, 0x4340_0000_0000_0000, 0x1ff0_0000_0000_0000, 0x5ff0_0000_0000_0000,
    ];

    private static readonly ushort[] Exponents80 =
        [0, 1, 0x3fff, 0x4000, 0x3ffe, 0x7ffe, 0x7fff, 0x401e, 0x403e, 0x3fbf, 0x3c00, 0x4400, 0x3f81, 0x407e, 0x43fe, 0x3c01, 0x400d, 0x4005, 0x403d];

    private static readonly ulong[] Significands80 =
    [
        0, 1, 0x8000_0000_0000_0000, 0x8000_0000_0000_0001, 0xc000_0000_0000_0000, 0xffff_ffff_ffff_ffff, 0x7fff_ffff_ffff_ffff,
        0xc90f_daa2_2168_c235, 0xa000_0000_0000_0000, 0xffff_ff80_0000_0000, 0xffff_ff40_0000_0000, 0xffff_ffff_ffff_f800,
        0xffff_ffff_ffff_fc00, 0x8000_0080_0000_0000, 0x8000_0000_0000_0400, 0xb504_f333_f9de_6484, 0x4000_0000_0000_0000,
    ];

    /// <summary>A 64-bit integer.</summary>
    public static ulong Integer(CaseRandom random)
    {
        switch (random.Below(8))
        {
            case 0:
                return (ulong)(random.Below(8) - 3);
            case 1:
                return 1ul << random.Below(64);
            case 2:
                return (1ul << random.Below(64)) - 1;
            case 3:
                return ~(1ul << random.Below(64));
            case 4:
                // The ends of each width, in every width's place.
                return random.Of<ulong>([0x80, 0x7f, 0xff, 0x8000, 0x7fff, 0xffff, 0x8000_0000, 0x7fff_ffff, 0xffff_ffff, 1ul << 63, ulong.MaxValue >> 1])
                    | (random.OneIn(2) ? random.Next() << 32 : 0);
            case 5:
                return (ulong)random.Below(0x100);
            default:
                return random.Next();
        }
    }

    /// <summary>A binary32 number.</summary>
    public static uint Float32(CaseRandom random)
    {
        if (random.OneIn(2))
        {
            return random.Of(Floats32);
        }

        // Near 1, so that sums and products do something; else any bits.
        var bits = (uint)random.Next();
        return random.OneIn(3) ? bits : (bits & 0x80ff_ffff) | (uint)(0x3c + random.Below(8)) << 24;
    }

    /// <summary>A binary64 number.</summary>
    public static ulong Float64(CaseRandom random)
    {
        if (random.OneIn(2))
        {
            return random.Of(Floats64);
        }

        var bits = random.Next();
        return random.OneIn(3) ? bits : (bits & 0x800f_ffff_ffff_ffff) | (ulong)(0x3f0 + random.Below(0x20)) << 52;
    }

    /// <summary>An x87 register: sign and exponent, then significand.</summary>
    public static (ushort SignExponent, ulong Significand) Float80(CaseRandom random)
    {
        var sign = (ushort)(random.OneIn(2) ? 0x8000 : 0);
        var significand = random.OneIn(2) ? random.Of(Significands80) : random.Next();
        return random.Below(8) switch
        {
            0 => ((ushort)(sign | random.Of(Exponents80)), significand),
            1 => ((ushort)random.Next(), significand),
            2 => (sign, random.OneIn(2) ? 0 : significand),
            3 => ((ushort)(sign | 0x7fff), random.OneIn(2) ? 1ul << 63 : significand),
            4 => ((ushort)(sign | (0x3fff + random.Below(64))), 1ul << 63 | (random.Next() << random.Below(63))),
            _ => ((ushort)(sign | (0x3fff - 8 + random.Below(16))), significand | 1ul << 63),
        };
    }

    /// <summary>A packed-BCD number's bytes: mostly valid digits.</summary>
    public static byte Bcd(CaseRandom random) => random.OneIn(16) ? (byte)random.Next() : (byte)((random.Below(10) << 4) | random.Below(10));
}
