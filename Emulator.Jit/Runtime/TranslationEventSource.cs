using System.Diagnostics;
using System.Diagnostics.Tracing;
using Emulator.Jit.Regions;

namespace Emulator.Jit.Runtime;

/// <summary>Translation as .NET events, for <c>dotnet-trace</c> and listeners in the process. One in a process: providers are found by their name.</summary>
[EventSource(Name = ProviderName)]
public sealed class TranslationEventSource : EventSource, ITranslationObserver
{
    /// <summary>The provider's name.</summary>
    public const string ProviderName = "Emulator.Jit";

    private const int RequestedId = 1;
    private const int CompiledId = 2;
    private const int InvalidatedId = 3;
    private const int EvictedId = 4;

    /// <inheritdoc/>
    bool ITranslationObserver.WantsListings => false;

    /// <summary>A region was planned.</summary>
    [Event(RequestedId)]
    public void RegionRequested(long entry, int blocks, int instructions) => WriteEvent(RequestedId, entry, blocks, instructions);

    /// <summary>A region was compiled.</summary>
    [Event(CompiledId)]
    public void RegionCompiled(long entry, int blocks, int instructions, int ilBytes, long microseconds)
        => WriteEvent(CompiledId, entry, blocks, instructions, ilBytes, microseconds);

    /// <summary>A region was dropped because its code changed.</summary>
    [Event(InvalidatedId)]
    public void RegionInvalidated(long entry) => WriteEvent(InvalidatedId, entry);

    /// <summary>A region was dropped to keep the code within its bound.</summary>
    [Event(EvictedId)]
    public void RegionEvicted(long entry) => WriteEvent(EvictedId, entry);

    /// <inheritdoc/>
    void ITranslationObserver.OnRequested(RegionPlan plan)
    {
        if (IsEnabled())
        {
            RegionRequested((long)plan.Entry.Rip, plan.Blocks.Count, plan.InstructionCount);
        }
    }

    /// <inheritdoc/>
    void ITranslationObserver.OnCompiled(CompiledRegion region)
    {
        if (IsEnabled())
        {
            var plan = region.Plan;
            var microseconds = (long)Stopwatch.GetElapsedTime(0, region.CompileTicks).TotalMicroseconds;
            RegionCompiled((long)plan.Entry.Rip, plan.Blocks.Count, plan.InstructionCount, region.CilSize, microseconds);
        }
    }

    /// <inheritdoc/>
    void ITranslationObserver.OnInvalidated(CompiledRegion region)
    {
        if (IsEnabled())
        {
            RegionInvalidated((long)region.Plan.Entry.Rip);
        }
    }

    /// <inheritdoc/>
    void ITranslationObserver.OnEvicted(CompiledRegion region)
    {
        if (IsEnabled())
        {
            RegionEvicted((long)region.Plan.Entry.Rip);
        }
    }
}
