using Emulator.Core.Instructions;
using Iced.Intel;

namespace Emulator.Core.Tests.Decoding;

/// <summary>A table gives the same rows whatever it was asked for first.</summary>
public sealed class InstructionTableTests
{
    [Fact]
    public void Rows_AskedForBeforeAndAfterTheTableIsComplete_AreTheSame()
    {
        var lazy = new InstructionTable();
        var early = new InstructionRow?[InstructionTable.CodeCount];
        for (var code = 0; code < early.Length; code++)
        {
            early[code] = lazy[(Code)code];
        }

        Assert.Contains(early, row => row is null);
        for (var code = 0; code < early.Length; code++)
        {
            Assert.True(ReferenceEquals(early[code], lazy[(Code)code]), $"{(Code)code}");
        }
    }

    [Fact]
    public void Rows_OfATableThatIsCompleteFirst_AreOfTheSameKinds()
    {
        var (lazy, complete) = (new InstructionTable(), new InstructionTable());
        Assert.Null(complete[Code.INVALID]);
        for (var code = 0; code < InstructionTable.CodeCount; code++)
        {
            var (row, other) = (lazy[(Code)code], complete[(Code)code]);
            Assert.True(row?.GetType() == other?.GetType() && row?.EndsBlock == other?.EndsBlock, $"{(Code)code}");
        }
    }
}
