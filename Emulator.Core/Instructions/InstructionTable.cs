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

    // A guest starts without these: their rows are made when a code is first asked for that has none yet, for all of them at once.
    private static readonly Action<InstructionTable>[] LaterFamilies =
    [
        X87.X87Instructions.AddTo,
        Sse.PackedArithmetic.AddTo,
        Sse.PackedMultiply.AddTo,
        Sse.PackedShifts.AddTo,
        Sse.Shuffles.AddTo,
        Sse.Moves.AddTo,
        Sse.Elements.AddTo,
        Sse.Blends.AddTo,
        Sse.Extensions.AddTo,
        Sse.MaskedMoves.AddTo,
        Mmx.MmxControl.AddTo,
        Sse.FloatArithmetic.AddTo,
        Sse.FloatCompare.AddTo,
        Sse.ConversionRows.AddTo,
        Sse.Approximations.AddTo,
        Sse.VectorTests.AddTo,
        Sse.StringCompareRows.AddTo,
        Sse.Crc32.AddTo,
        Crypto.AesInstructions.AddTo,
        Crypto.ShaInstructions.AddTo,
        Avx.LaneMoves.AddTo,
        Avx.VariableShifts.AddTo,
        Avx.ElementMoves.AddTo,
        Avx.HalfPrecision.AddTo,
        Avx.FusedRows.AddTo,
        StateSave.FxSave.AddTo,
        StateSave.XSave.AddTo,
        StateSave.ExtendedControl.AddTo,
        StateSave.MxcsrTransfers.AddTo,
    ];

    private readonly Lock _lock = new();
    private InstructionRow?[] _rows;
    private InstructionRow?[] _adding = new InstructionRow?[CodeCount];

    // The codes of mnemonic m are _codes[_firstCode[m].._firstCode[m + 1]].
    private readonly Code[] _codes = new Code[CodeCount];
    private readonly int[] _firstCode = new int[MnemonicCount + 1];
    private bool _isComplete;

    /// <summary>Builds the table: each family that every guest needs adds its own rows.</summary>
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
        _rows = _adding;
    }

    /// <summary>The row of a code; null when it is not implemented. Any thread.</summary>
    public InstructionRow? this[Code code]
    {
        get
        {
            // Whether they are the last is read first: rows that were not are then those of the first families, and are looked at again.
            var isComplete = Volatile.Read(ref _isComplete);
            return Volatile.Read(ref _rows)[(int)code] is { } row ? row : isComplete ? null : Complete()[(int)code];
        }
    }

    /// <summary>Adds a row for every code of a mnemonic that has none yet.</summary>
    public void Add(Mnemonic mnemonic, InstructionRow row)
    {
        for (var i = _firstCode[(int)mnemonic]; i < _firstCode[(int)mnemonic + 1]; i++)
        {
            _adding[(int)_codes[i]] ??= row;
        }
    }

    /// <summary>Adds a row for one code, ahead of its mnemonic's.</summary>
    public void Add(Code code, InstructionRow row) => _adding[(int)code] = row;

    // In a copy, which readers see when it is whole: a family may put a code's own row in place of its mnemonic's.
    private InstructionRow?[] Complete()
    {
        lock (_lock)
        {
            if (!_isComplete)
            {
                _adding = [.. _rows];
                foreach (var family in LaterFamilies)
                {
                    family(this);
                }

                Volatile.Write(ref _rows, _adding);
                Volatile.Write(ref _isComplete, true);
            }

            return _rows;
        }
    }

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
