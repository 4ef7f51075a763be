using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Iced.Intel;

namespace Emulator.Core.Tests.Decoding;

/// <summary>What CPUID announces is implemented, and what is implemented can be announced.</summary>
public sealed class InstructionCoverageTests
{
    private static readonly CpuModel Max = CpuModels.Find("max", [("monitor", true)]).Model!;

    private static readonly InstructionTable Table = new();

    // Two instructions in one for assemblers: a decoder sees WAIT first.
    private static readonly HashSet<Code> WithWait =
    [
        Code.Fstenv_m14byte, Code.Fstenv_m28byte, Code.Fstcw_m2byte, Code.Feni, Code.Fdisi, Code.Fclex, Code.Finit, Code.Fsetpm,
        Code.Fsave_m94byte, Code.Fsave_m108byte, Code.Fstsw_m2byte, Code.Fstsw_AX,
    ];

    // Only decoded for processors that had them, which no model is; rows by mnemonic reach them.
    private static readonly HashSet<Code> Historical =
    [
        Code.Popw_CS, Code.Mov_r32_tr, Code.Mov_tr_r32, Code.Cmpxchg486_rm8_r8, Code.Cmpxchg486_rm16_r16, Code.Cmpxchg486_rm32_r32,
    ];

    [Fact]
    public void Instruction_WhenAnnounced_HasARow()
        => Assert.DoesNotContain(Instructions, code => DecoderModel.Exists(Max, code) && Table[code] is null && !WithWait.Contains(code));

    [Fact]
    public void Row_InTheTable_IsOfAnAnnouncedInstruction()
        => Assert.DoesNotContain(Instructions, code => !DecoderModel.Exists(Max, code) && Table[code] is not null && !Historical.Contains(code));

    [Fact]
    public void Counts_OfIced_AreThoseOfItsEnumerations()
    {
        Assert.Equal(InstructionTable.CodeCount, Enum.GetValues<Code>().Length);
        Assert.Equal(InstructionTable.CodeCount - 1, (int)Enum.GetValues<Code>().Max());
        Assert.Equal(InstructionTable.MnemonicCount, Enum.GetValues<Mnemonic>().Length);
        Assert.Equal(InstructionTable.MnemonicCount - 1, (int)Enum.GetValues<Mnemonic>().Max());
        Assert.Equal(CpuModel.InstructionFeatureCount - 1, (int)Enum.GetValues<CpuidFeature>().Max());
        Assert.Equal((int)CpuidWord.Extended21Eax, (int)Enum.GetValues<CpuidWord>().Max());
    }

    [Fact]
    public void Table_OfEachCode_HoldsTheRowOfItsMnemonic()
    {
        var table = new InstructionTable();
        var row = table[Code.Nopw]!;
        table.Add(Mnemonic.Vsm3rnds2, row);
        table.Add(Mnemonic.INVALID, row);
        Assert.Same(row, table[Code.VEX_Vsm3rnds2_xmm_xmm_xmmm128_imm8]);
        Assert.Same(row, table[Code.INVALID]);
        Assert.Null(table[Code.VEX_Vsm3msg1_xmm_xmm_xmmm128]);
    }

    // EVEX, MVEX, XOP and Xeon Phi encodings get rows with their mnemonics; nothing announces them.
    private static IEnumerable<Code> Instructions => Enum.GetValues<Code>()
        .Where(code => code.ToOpCode() is { IsInstruction: true, Encoding: EncodingKind.Legacy or EncodingKind.VEX }
            && !code.ToString().StartsWith("VEX_KNC", StringComparison.Ordinal));
}
