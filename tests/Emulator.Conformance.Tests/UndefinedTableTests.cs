using Emulator.Conformance.Tests.Cases;
using Emulator.Conformance.Tests.Judging;
using Iced.Intel;

namespace Emulator.Conformance.Tests;

/// <summary>The table of undefined results against what Iced says of each mnemonic.</summary>
public sealed class UndefinedTableTests
{
    private const ulong Arithmetic = 0x8d5;

    [Fact]
    public void Rows_EveryUndefinedFlag_IsKnownToIced()
    {
        foreach (var code in Judged())
        {
            var claimed = UndefinedTable.Of(code.Mnemonic()).Aggregate(0ul, (flags, row) => flags | row.Flags);
            var known = Flags(WithCount(code).RflagsModified);
            Assert.True((claimed & ~known) == 0, $"{code} leaves flags {claimed & ~known:x} alone, which the table calls undefined");
        }
    }

    [Fact]
    public void Iced_EveryUndefinedFlag_HasARow()
    {
        foreach (var code in Judged())
        {
            var claimed = UndefinedTable.Of(code.Mnemonic()).Aggregate(0ul, (flags, row) => flags | row.Flags);
            var undefined = Flags(WithCount(code).RflagsUndefined) & Arithmetic;
            Assert.True((undefined & ~claimed) == 0, $"{code}: Iced calls {undefined & ~claimed:x} undefined, the table does not");
        }
    }

    private static IEnumerable<Code> Judged()
        => Enum.GetValues<Code>().Where(code => code.ToOpCode() is { IsInstruction: true, Mode64: true } info && Exclusions.Reason(info) is null && !Exclusions.IsPrivileged(info));

    // What a shift does to the flags depends on its count.
    private static Instruction WithCount(Code code)
    {
        var instruction = new Instruction { Code = code };
        var info = code.ToOpCode();
        for (var i = 0; i < info.OpCount; i++)
        {
            if (info.GetOpKind(i) == OpCodeOperandKind.imm8)
            {
                instruction.SetOpKind(i, OpKind.Immediate8);
                instruction.Immediate8 = 5;
            }
        }

        return instruction;
    }

    private static ulong Flags(RflagsBits bits)
    {
        var flags = 0ul;
        foreach (var (bit, flag) in new[]
        {
            (RflagsBits.CF, 1ul), (RflagsBits.PF, 4ul), (RflagsBits.AF, 0x10ul), (RflagsBits.ZF, 0x40ul), (RflagsBits.SF, 0x80ul), (RflagsBits.OF, 0x800ul),
        })
        {
            flags |= (bits & bit) != 0 ? flag : 0;
        }

        return flags;
    }
}
