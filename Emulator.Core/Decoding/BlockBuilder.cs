using Emulator.Core.Cpu;
using Emulator.Core.Instructions;
using Iced.Intel;

namespace Emulator.Core.Decoding;

/// <summary>Decodes guest bytes into the ops of one block. Iced decodes; rows bind.</summary>
public sealed unsafe class BlockBuilder
{
    /// <summary>The most instructions in a block.</summary>
    public const int MaxInstructions = 48;

    /// <summary>Ops that a block may need: its instructions and the one that ends it.</summary>
    public const int MaxOps = MaxInstructions + 1;

    private const int LongestInstruction = 15;

    private readonly InstructionTable _table;
    private readonly CpuModel _model;
    private readonly Action<string> _unsupported;
    private readonly PointerCodeReader _reader = new();
    private readonly DecodeContext _context = new();
    private readonly Decoder[] _decoders;

    /// <summary>A builder for one CPU model.</summary>
    /// <param name="table">The rows.</param>
    /// <param name="model">What exists.</param>
    /// <param name="unsupported">Told, by name, of an instruction that exists but is not announced or not implemented.</param>
    public BlockBuilder(InstructionTable table, CpuModel model, Action<string> unsupported)
    {
        _table = table;
        _model = model;
        _unsupported = unsupported;
        var options = Older(model);
        _decoders = [Decoder.Create(16, _reader, options), Decoder.Create(32, _reader, options), Decoder.Create(64, _reader, options)];
    }

    /// <summary>
    /// Decodes into <paramref name="block"/>, which has room for <see cref="MaxOps"/> ops. Returns false when the first instruction does not
    /// end within <paramref name="available"/> bytes: the caller must provide the bytes of the next page too.
    /// </summary>
    /// <param name="block">Receives header and ops; identity and links are the caller's.</param>
    /// <param name="code">The first code byte.</param>
    /// <param name="available">Readable bytes from there.</param>
    /// <param name="rip">RIP of the first byte.</param>
    /// <param name="mode">The mode to decode for.</param>
    /// <param name="maxInstructions">Where to stop at the latest.</param>
    public bool TryBuild(Block* block, byte* code, int available, ulong rip, CpuMode mode, int maxInstructions)
    {
        _context.Mode = mode;
        _context.BlockRip = rip;
        var decoder = _decoders[(int)(mode & CpuMode.CodeSizeMask)];
        decoder.IP = rip;
        _reader.Set(code, available);
        var ops = Block.Ops(block);
        var count = 0;
        var offset = 0;
        var ends = false;
        while (count < maxInstructions && !ends)
        {
            decoder.Decode(out var instruction);
            if (instruction.IsInvalid && _reader.RanOut && available - offset < LongestInstruction)
            {
                if (count == 0)
                {
                    return false;
                }

                break;
            }

            var op = ops + count;
            *op = default;
            op->Offset = (ushort)offset;
            op->Number = (byte)count;
            ends = Bind(instruction, decoder.LastError == DecoderError.NoMoreBytes, op);
            offset += op->Length;
            count++;
        }

        Finish(block, ops, count, offset);
        return true;
    }

    // What a prefix made of an older instruction is the older one where the newer does not exist: kernels and libraries rely on it
    // (SDM Vol. 2, TZCNT: "executed as BSF").
    private static DecoderOptions Older(CpuModel model)
        => (model.Has(CpuidFeature.BMI1) ? 0 : DecoderOptions.NoMPFX_0FBC)
            | (model.Has(CpuidFeature.LZCNT) ? 0 : DecoderOptions.NoMPFX_0FBD)
            | (model.Has(CpuidFeature.WBNOINVD) ? 0 : DecoderOptions.NoWbnoinvd)
            | (model.Has("lahf-lm") ? 0 : DecoderOptions.NoLahfSahf64);

    private static void Finish(Block* block, Op* ops, int count, int length)
    {
        block->Count = (byte)count;
        block->Length = (ushort)length;
        for (var i = 0; i < count; i++)
        {
            ops[i].Remaining = (byte)(count - i);
        }

        // What runs off the end goes on at the next instruction: a branch to it, with nothing left to retire.
        var end = ops + count;
        *end = default;
        end->Offset = (ushort)length;
        end->Number = (byte)count;
        end->Immediate = (ulong)length;
        end->Handler = &Branches.FallThrough;
    }

    // Iced reports a 16th byte as missing.
    private bool Bind(in Instruction instruction, bool tooLong, Op* op)
    {
        if (instruction.IsInvalid)
        {
            op->Length = (byte)Math.Max(1, instruction.Length);
            op->Handler = tooLong ? &Undefined.TooLong : &Undefined.InvalidOpcode;
            return true;
        }

        OperandBinder.Fill(instruction, _context, op);
        var row = _table[instruction.Code];
        if (row is null || !IsAnnounced(instruction.Code))
        {
            _unsupported($"{instruction.Mnemonic} ({instruction.Code}) is not {(row is null ? "implemented" : $"announced by -cpu {_model.Name}")}: #UD");
            op->Handler = &Undefined.InvalidOpcode;
            return true;
        }

        var handler = row.Bind(instruction, _context, op);
        op->Handler = handler == null ? &Undefined.InvalidOpcode : handler;
        return row.EndsBlock || handler == null;
    }

    private bool IsAnnounced(Code code)
    {
        foreach (var feature in code.CpuidFeatures())
        {
            if (!_model.Has(feature))
            {
                return false;
            }
        }

        return true;
    }
}
