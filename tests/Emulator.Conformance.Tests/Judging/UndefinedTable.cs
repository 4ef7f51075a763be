using Iced.Intel;
using static Iced.Intel.Mnemonic;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>What the manual leaves undefined, by mnemonic: the masks of the judge, as data.</summary>
public static class UndefinedTable
{
    private const ulong CF = 1;
    private const ulong PF = 4;
    private const ulong AF = 0x10;
    private const ulong ZF = 0x40;
    private const ulong SF = 0x80;
    private const ulong OF = 0x800;
    private const ulong All = ulong.MaxValue;
    private const string Flags = "Flags Affected";

    private static readonly UndefinedRow[] Rows =
    [
        .. Each(Condition.Always, AF, $"SDM Vol. 2A/2B, AND, OR, XOR, TEST, {Flags}", And, Or, Xor, Test),
        .. Each(Condition.Always, SF | ZF | AF | PF, $"SDM Vol. 2A/2B, MUL, IMUL, {Flags}", Mul, Imul),
        .. Each(Condition.Always, CF | OF | SF | ZF | AF | PF, $"SDM Vol. 2A, DIV, IDIV, {Flags}", Div, Idiv),
        .. Each(Condition.Always, OF | SF | AF | PF, $"SDM Vol. 2A, BT, BTS, BTR, BTC, {Flags}", Bt, Bts, Btr, Btc),
        .. Each(Condition.Always, CF | OF | SF | AF | PF, $"SDM Vol. 2A, BSF, BSR, {Flags}", Bsf, Bsr),
        .. Each(Condition.SourceZero, 0, "SDM Vol. 2A, BSF, BSR, Operation: the destination is undefined", All, Bsf, Bsr),
        .. Each(Condition.CountNotZero, AF, $"SDM Vol. 2B, SAL/SAR/SHL/SHR, {Flags}", Shl, Sal, Shr, Sar),
        .. Each(Condition.CountAboveOne, OF, $"SDM Vol. 2B, SAL/SAR/SHL/SHR, {Flags}", Shl, Sal, Shr, Sar),
        .. Each(Condition.CountAtLeastWidth, CF, "SDM Vol. 2B, SAL/SAR/SHL/SHR: CF is undefined for SHL and SHR", Shl, Sal, Shr),
        .. Each(Condition.CountNotZero, AF, $"SDM Vol. 2B, SHLD, SHRD, {Flags}", Shld, Shrd),
        .. Each(Condition.CountAboveOne, OF, $"SDM Vol. 2B, SHLD, SHRD, {Flags}", Shld, Shrd),
        .. Each(Condition.CountAboveWidth, CF | OF | SF | ZF | AF | PF, "SDM Vol. 2B, SHLD, SHRD, Description", All, Shld, Shrd),
        .. Each(Condition.CountAboveOne, OF, $"SDM Vol. 2B, RCL/RCR/ROL/ROR, {Flags}", Rcl, Rcr, Rol, Ror),
        .. Each(Condition.Always, OF | SF | PF | AF, $"SDM Vol. 2A/2B, LZCNT, TZCNT, {Flags}", Lzcnt, Tzcnt),
        .. Each(Condition.Always, AF | PF, $"SDM Vol. 2A, ANDN, BLSI, BLSMSK, BLSR, BZHI, {Flags}", Andn, Blsi, Blsmsk, Blsr, Bzhi),
        .. Each(Condition.Always, SF | AF | PF, $"SDM Vol. 2A, BEXTR, {Flags}", Bextr),
        .. Each(Condition.Width16, 0, "SDM Vol. 2A, BSWAP, Description", All, Bswap),
        .. Each(Condition.Always, 0, "SDM Vol. 2A, LAR: bits 19:16 are undefined", 0xf_0000, Lar),
    ];

    private static readonly ILookup<Mnemonic, UndefinedRow> ByMnemonic = Rows.ToLookup(row => row.Mnemonic);

    /// <summary>The rows of a mnemonic.</summary>
    public static IEnumerable<UndefinedRow> Of(Mnemonic mnemonic) => ByMnemonic[mnemonic];

    private static IEnumerable<UndefinedRow> Each(Condition when, ulong flags, string section, params Mnemonic[] mnemonics)
        => Each(when, flags, section, 0, mnemonics);

    private static IEnumerable<UndefinedRow> Each(Condition when, ulong flags, string section, ulong destination, params Mnemonic[] mnemonics)
        => mnemonics.Select(mnemonic => new UndefinedRow(mnemonic, when, flags, destination, section));
}
