using Emulator.Core.Instructions.BitManipulation;
using Emulator.Core.Instructions.ControlFlow;
using Emulator.Core.Instructions.Integer;
using Emulator.Core.Instructions.Strings;
using Iced.Intel;

namespace Emulator.Core.Instructions;

/// <summary>The rows of every implemented instruction. An instruction without a row raises #UD and is logged once by name.</summary>
public sealed unsafe class InstructionTable
{
    private readonly InstructionRow?[] _rows = new InstructionRow?[Enum.GetValues<Code>().Length];

    /// <summary>Builds the table: each family adds its own rows.</summary>
    public InstructionTable()
    {
        SystemLevel.SystemInstructions.AddTo(this);
        Alu.AddTo(this);
        Unary.AddTo(this);
        Moves.AddTo(this);
        Extensions.AddTo(this);
        Conditional.AddTo(this);
        Shifts.AddTo(this);
        DoubleShifts.AddTo(this);
        Multiply.AddTo(this);
        Divide.AddTo(this);
        FlagInstructions.AddTo(this);
        Exchanges.AddTo(this);
        Integer.Decimal.AddTo(this);
        StackInstructions.AddTo(this);
        BitTests.AddTo(this);
        BitScans.AddTo(this);
        Bmi.AddTo(this);
        Adx.AddTo(this);
        NearBranches.AddTo(this);
        Loops.AddTo(this);
        StringInstructions.AddTo(this);
        X87.X87Instructions.AddTo(this);
        Sse.PackedArithmetic.AddTo(this);
        Sse.PackedMultiply.AddTo(this);
        Sse.PackedShifts.AddTo(this);
        Sse.Shuffles.AddTo(this);
        Sse.Moves.AddTo(this);
        Sse.Elements.AddTo(this);
        Sse.Blends.AddTo(this);
        Sse.Extensions.AddTo(this);
        Sse.MaskedMoves.AddTo(this);
        Mmx.MmxControl.AddTo(this);
        Sse.FloatArithmetic.AddTo(this);
        Sse.FloatCompare.AddTo(this);
        Sse.ConversionRows.AddTo(this);
        Sse.Approximations.AddTo(this);
        Sse.VectorTests.AddTo(this);
        Sse.StringCompareRows.AddTo(this);
        Sse.Crc32.AddTo(this);
        Crypto.AesInstructions.AddTo(this);
        Crypto.ShaInstructions.AddTo(this);
        Avx.LaneMoves.AddTo(this);
        Avx.VariableShifts.AddTo(this);
        Avx.ElementMoves.AddTo(this);
        Avx.HalfPrecision.AddTo(this);
        Avx.FusedRows.AddTo(this);
        StateSave.FxSave.AddTo(this);
        StateSave.XSave.AddTo(this);
        StateSave.ExtendedControl.AddTo(this);
        StateSave.MxcsrTransfers.AddTo(this);
    }

    /// <summary>The row of a code; null when it is not implemented.</summary>
    public InstructionRow? this[Code code] => _rows[(int)code];

    /// <summary>Adds a row for every code of a mnemonic that has none yet.</summary>
    public void Add(Mnemonic mnemonic, InstructionRow row)
    {
        foreach (var code in CodesOf(mnemonic))
        {
            _rows[(int)code] ??= row;
        }
    }

    /// <summary>Adds a row for one code, ahead of its mnemonic's.</summary>
    public void Add(Code code, InstructionRow row) => _rows[(int)code] = row;

    private static IEnumerable<Code> CodesOf(Mnemonic mnemonic) => CodesByMnemonic[mnemonic];

    private static readonly ILookup<Mnemonic, Code> CodesByMnemonic = Enum.GetValues<Code>().ToLookup(code => code.Mnemonic());
}
