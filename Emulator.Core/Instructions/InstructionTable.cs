using Emulator.Core.Instructions.BitManipulation;
using Emulator.Core.Instructions.ControlFlow;
using Emulator.Core.Instructions.Integer;
using Emulator.Core.Instructions.Strings;
using Iced.Intel;

namespace Emulator.Core.Instructions;

/// <summary>The rows of every implemented instruction. An instruction without a row raises #UD and is logged once by name.</summary>
public sealed unsafe class InstructionTable
{
    /// <summary>How many codes Iced has; a constant, as asking the enumeration for its values is slow, and the program's start waits.</summary>
    internal const int CodeCount = 4936;

    /// <summary>How many mnemonics Iced has.</summary>
    internal const int MnemonicCount = 1894;

    private readonly InstructionRow?[] _rows = new InstructionRow?[CodeCount];

    // The codes of mnemonic m are _codes[_firstCode[m].._firstCode[m + 1]].
    private readonly Code[] _codes = new Code[CodeCount];
    private readonly int[] _firstCode = new int[MnemonicCount + 1];

    /// <summary>Builds the table: each family adds its own rows.</summary>
    public InstructionTable()
    {
        SortCodes();
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
        for (var i = _firstCode[(int)mnemonic]; i < _firstCode[(int)mnemonic + 1]; i++)
        {
            _rows[(int)_codes[i]] ??= row;
        }
    }

    /// <summary>Adds a row for one code, ahead of its mnemonic's.</summary>
    public void Add(Code code, InstructionRow row) => _rows[(int)code] = row;

    // A counting sort: while codes are placed, _firstCode[m] is where the next code of mnemonic m - 1 goes.
    private void SortCodes()
    {
        for (var code = 0; code < CodeCount; code++)
        {
            var mnemonic = (int)((Code)code).Mnemonic();
            if (mnemonic + 2 <= MnemonicCount)
            {
                _firstCode[mnemonic + 2]++;
            }
        }

        for (var mnemonic = 1; mnemonic <= MnemonicCount; mnemonic++)
        {
            _firstCode[mnemonic] += _firstCode[mnemonic - 1];
        }

        for (var code = 0; code < CodeCount; code++)
        {
            _codes[_firstCode[(int)((Code)code).Mnemonic() + 1]++] = (Code)code;
        }
    }
}
