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
        var options = DecoderModel.Options(model);
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
            var tooLong = instruction.IsInvalid && instruction.Length == LongestInstruction && IsTooLong(decoder, code + offset, available - offset);
            ends = Bind(instruction, tooLong, op);
            offset += op->Length;
            count++;
        }

        block->FallsThrough = !ends;
        Finish(block, ops, count, offset);
        return true;
    }

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

    // Iced calls an instruction of more than 15 bytes invalid: what becomes valid with fewer prefixes is just too long.
    private bool IsTooLong(Decoder decoder, byte* code, int available)
    {
        var prefixes = 0;
        while (prefixes < LongestInstruction && IsPrefix(code[prefixes], decoder.Bitness))
        {
            prefixes++;
            _reader.Set(code + prefixes, available - prefixes);
            decoder.Decode(out var instruction);
            if (!instruction.IsInvalid)
            {
                return true;
            }
        }

        return prefixes == LongestInstruction;
    }

    private static bool IsPrefix(byte value, int bitness)
        => value is 0x26 or 0x2e or 0x36 or 0x3e or 0x64 or 0x65 or 0x66 or 0x67 or 0xf0 or 0xf2 or 0xf3 || (bitness == 64 && value >> 4 == 4);

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
        if (row is null || !DecoderModel.Exists(_model, instruction.Code))
        {
            _unsupported($"{instruction.Mnemonic} ({instruction.Code}) is not {(row is null ? "implemented" : $"announced by -cpu {_model.Name}")}: #UD");
            op->Handler = &Undefined.InvalidOpcode;
            return true;
        }

        var handler = row.Bind(instruction, _context, op);
        op->Handler = handler == null ? &Undefined.InvalidOpcode : handler;
        return row.EndsBlock || handler == null;
    }
}
