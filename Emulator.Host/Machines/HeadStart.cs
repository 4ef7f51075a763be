using Emulator.Core.Instructions;
using Emulator.Jit.Runtime;

namespace Emulator.Host.Machines;

/// <summary>
/// What every machine needs whatever the command line says: made on other threads while that is read and the devices are built, so that the
/// guest starts sooner.
/// </summary>
internal sealed class HeadStart
{
    /// <summary>The instructions' rows.</summary>
    public Task<InstructionTable> Instructions { get; } = Task.Run(() => new InstructionTable());

    /// <summary>Translation as .NET events; whoever takes them ends them.</summary>
    public Task<TranslationEventSource> Events { get; } = Task.Run(() => new TranslationEventSource());
}
