using Emulator.Core.Cpu;
using Emulator.Core.Decoding;

namespace Emulator.Core.Interpreter;

/// <summary>
/// The tier above the interpreter: is told of hot blocks, and replaces their first handler (<see cref="Op.Handler"/>) with compiled code that obeys the
/// same contract as a handler. Called on the machine's thread, never while a block runs.
/// </summary>
public unsafe interface ITranslator : IDisposable
{
    /// <summary>
    /// A block that is about to be entered at the processor's RIP has used up its <see cref="Block.Countdown"/>, which was set to the
    /// greatest value.
    /// </summary>
    void OnHot(Processor processor, Block* block);

    /// <summary>The processor is about to run: what was compiled meanwhile can be put in place.</summary>
    void Publish();
}
