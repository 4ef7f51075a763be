using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>
/// Makes a case of an instruction form and a seed: random operands, registers and memory, and half the time an arithmetic instruction
/// before it, so that flags come in every way an engine keeps them.
/// </summary>
public sealed unsafe class CaseGenerator
{
    private readonly OperandConstraints _constraints = new();
    private readonly OperandPicker _operands;
    private readonly OperandValues _values;
    private readonly ByteWriter _writer = new();
    private readonly Encoder _encoder;
    private readonly ulong _fsBase;
    private readonly ulong _gsBase;

    /// <summary>A generator for a thread whose FS and GS have the given bases.</summary>
    public CaseGenerator(ulong fsBase, ulong gsBase)
    {
        _fsBase = fsBase;
        _gsBase = gsBase;
        var memory = new MemoryOperands(_constraints, fsBase, gsBase);
        _operands = new OperandPicker(memory);
        _values = new OperandValues(_constraints, memory);
        _encoder = Encoder.Create(64, _writer);
    }

    private sealed class ByteWriter : CodeWriter
    {
        public List<byte> Bytes { get; } = [];

        public override void WriteByte(byte value) => Bytes.Add(value);
    }

    /// <summary>Fills <paramref name="test"/>; false when these random choices cannot be encoded (AH with REX, equal gather registers).</summary>
    public bool TryGenerate(OpCodeInfo form, ulong seed, TestCase test)
    {
        var random = new CaseRandom(seed);
        test.Seed = seed;
        test.FsBase = _fsBase;
        test.GsBase = _gsBase;
        RandomState.Fill(test, random);
        var hasPrelude = random.OneIn(2);
        _constraints.Begin(test.Initial, hasPrelude ? 8 + random.Below(8) : -1);
        test.CodeAddress = random.OneIn(16)
            ? Arena.Code + Arena.PageSize - (ulong)random.Below(16)
            : Arena.Code + 0x200 + (ulong)random.Below(Arena.CodeSize - 0x600);
        _writer.Bytes.Clear();
        if (hasPrelude && Prelude.Make(form, random, _constraints.Scratch) is var prelude && prelude.Code != Code.INVALID
            && !TryEncode(prelude, test))
        {
            return false;
        }

        var address = test.CodeAddress + (ulong)_writer.Bytes.Count;
        var instruction = new Instruction { Code = form.Code };
        if (!_operands.TryFill(ref instruction, form, random, address) || !_values.TryPrepare(ref instruction, form, random, test)
            || !TryEncode(instruction, test))
        {
            return false;
        }

        return Finish(form, test);
    }

    private bool TryEncode(in Instruction instruction, TestCase test)
        => _encoder.TryEncode(instruction, test.CodeAddress + (ulong)_writer.Bytes.Count, out _, out _);

    private bool Finish(OpCodeInfo form, TestCase test)
    {
        test.CodeLength = _writer.Bytes.Count;
        for (var i = 0; i < test.CodeLength; i++)
        {
            test.Code[i] = _writer.Bytes[i];
        }

        return test.Decode() && test.Main.Code == form.Code;
    }
}
