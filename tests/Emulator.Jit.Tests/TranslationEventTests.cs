using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;

namespace Emulator.Jit.Tests;

/// <summary>What a translator does can be seen from outside.</summary>
public sealed class TranslationEventTests
{
    private const long Small = 256 << 10;
    private const long Ample = 256 << 20;

    [Fact]
    public void Events_OfASmallBound_TellOfEveryRegion()
    {
        using var source = new TranslationEventSource();
        using var listener = new Listener();
        listener.EnableEvents(source, EventLevel.Verbose);
        using var machine = new ManyFunctions(Small, source);
        machine.Run(3);
        machine.Rewrite();

        var counters = machine.Translator.Counters;
        Assert.Equal(counters.Requested, listener.Count("RegionRequested"));
        Assert.Equal(counters.Compiled, listener.Count("RegionCompiled"));
        Assert.Equal(counters.Evicted, listener.Count("RegionEvicted"));
        Assert.Equal(counters.Invalidated, listener.Count("RegionInvalidated"));
        var compiled = listener.Events.First(happened => happened.EventName == "RegionCompiled");
        Assert.Equal(["entry", "blocks", "instructions", "ilBytes", "microseconds"], compiled.PayloadNames!);
        Assert.All(compiled.Payload!, value => Assert.True(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) > 0));
    }

    [Fact]
    public void Region_Compiled_HasAReadableNameAndListing()
    {
        var observer = new Collector();
        using var machine = new ManyFunctions(Ample, observer);
        machine.Run(3);

        var region = observer.Compiled.First();
        Assert.Equal($"guest_kernel_{region.Plan.Entry.Rip:x}_1b{region.Plan.InstructionCount}i_block", region.Name);
        Assert.Equal(region.Name, region.Method!.Name);
        Assert.Contains("ldarg.0", region.Listing, StringComparison.Ordinal);
        Assert.NotEmpty(observer.Requested);
        Assert.NotEmpty(observer.Compiled.SelectMany(compiled => compiled.Calls));
    }

    private sealed class Listener : EventListener
    {
        public ConcurrentQueue<EventWrittenEventArgs> Events { get; } = new();

        public long Count(string name) => Events.Count(happened => happened.EventName == name);

        protected override void OnEventWritten(EventWrittenEventArgs eventData) => Events.Enqueue(eventData);
    }

    private sealed class Collector : ITranslationObserver
    {
        public List<RegionPlan> Requested { get; } = [];

        public List<CompiledRegion> Compiled { get; } = [];

        public bool WantsListings => true;

        public void OnRequested(RegionPlan plan) => Requested.Add(plan);

        public void OnCompiled(CompiledRegion region) => Compiled.Add(region);

        public void OnInvalidated(CompiledRegion region)
        {
        }

        public void OnEvicted(CompiledRegion region)
        {
        }
    }
}
