using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;

namespace Emulator.Core.Machine;

/// <summary>Something happens to a block: it was decoded for <see cref="CpuState.Rip"/>, or is about to be entered there.</summary>
public unsafe delegate void BlockEvent(Processor processor, Block* block);

/// <summary>An exception or interrupt is about to go through the IDT.</summary>
public unsafe delegate void DeliveryEvent(CpuState* s, in InterruptEvent what);

/// <summary>A translation was put into a processor's TLB.</summary>
public unsafe delegate void FillEvent(CpuState* s, ulong linear, AccessKind kind, TlbTable table, in PageTranslation page);

/// <summary>Translations were taken out of a processor's TLB.</summary>
/// <param name="s">The processor's state.</param>
/// <param name="linear">The one page; null for more.</param>
/// <param name="what">Which translations, for people.</param>
public unsafe delegate void FlushEvent(CpuState* s, ulong? linear, string what);

/// <summary>
/// Who looks on while a machine runs, on the machine's thread. Whatever is null costs a compare on a path that is long anyway; set these before the
/// machine runs.
/// </summary>
public sealed class ExecutionObservers
{
    /// <summary>A block was decoded.</summary>
    public BlockEvent? Decoded { get; set; }

    /// <summary>
    /// The dispatcher is about to enter a block. Blocks that others lead to without the dispatcher are not seen, unless this lowers
    /// <see cref="CpuState.RetireLimit"/> to the block's end.
    /// </summary>
    public BlockEvent? Entering { get; set; }

    /// <summary>An exception or interrupt is about to be delivered.</summary>
    public DeliveryEvent? Delivering { get; set; }

    /// <summary>A TLB entry was filled.</summary>
    public FillEvent? Filled { get; set; }

    /// <summary>TLB entries were flushed.</summary>
    public FlushEvent? Flushed { get; set; }
}
