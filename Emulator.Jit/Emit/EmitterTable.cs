using Emulator.Core.Instructions;
using Emulator.Jit.Emit.Families;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>
/// Emits one instruction, or does nothing and returns false when it has no better way for this form than a call of the interpreter's handler. What it emits
/// faults only before anything is changed.
/// </summary>
internal delegate bool InstructionEmitter(EmitContext context, in Instruction instruction);

/// <summary>Which instructions have emitters. All others are calls of their handlers.</summary>
internal sealed class EmitterTable
{
    private readonly InstructionEmitter?[] _emitters = new InstructionEmitter?[InstructionTable.MnemonicCount];

    private readonly bool[] _obeysMxcsr = new bool[InstructionTable.MnemonicCount];
    private readonly bool[] _isVector = new bool[InstructionTable.MnemonicCount];

    /// <summary>Builds the table: each family adds its own.</summary>
    public EmitterTable(InstructionTable rows)
    {
        MoveEmitters.AddTo(this);
        AluEmitters.AddTo(this);
        ShiftEmitters.AddTo(this);
        StackEmitters.AddTo(this);
        ConditionEmitters.AddTo(this);
        MultiplyEmitters.AddTo(this);
        DoubleShiftEmitters.AddTo(this);
        BitEmitters.AddTo(this);
        BmiEmitters.AddTo(this);
        ExchangeEmitters.AddTo(this);
        VectorEmitters.AddTo(this, rows);
    }

    /// <summary>Whether an instruction has an emitter, for some form at least.</summary>
    public bool Has(Mnemonic mnemonic) => _emitters[(int)mnemonic] is not null;

    /// <inheritdoc cref="Runtime.JitOptions.VectorLocals"/>
    public bool? VectorLocals { get; init; }

    /// <summary>The emitter of an instruction; null when there is none.</summary>
    public InstructionEmitter? this[Mnemonic mnemonic] => _emitters[(int)mnemonic];

    /// <summary>Whether an instruction's emitter is one of vector instructions: it may call the handler after all, which may fault.</summary>
    public bool IsVector(Mnemonic mnemonic) => _isVector[(int)mnemonic];

    /// <summary>Whether MXCSR governs an instruction that has an emitter.</summary>
    public bool ObeysMxcsr(Mnemonic mnemonic) => _obeysMxcsr[(int)mnemonic];

    /// <summary>Adds an emitter of vector instructions.</summary>
    public void AddVector(Mnemonic mnemonic, InstructionEmitter emitter, bool obeysMxcsr)
    {
        Add(mnemonic, emitter);
        _obeysMxcsr[(int)mnemonic] = obeysMxcsr;
        _isVector[(int)mnemonic] = true;
    }

    /// <summary>Adds an emitter.</summary>
    public void Add(Mnemonic mnemonic, InstructionEmitter emitter) => _emitters[(int)mnemonic] = emitter;
}
