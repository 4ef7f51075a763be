using System.Diagnostics;
using System.Globalization;
using System.Text;
using Emulator.Host.Cli;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;

namespace Emulator.Host.Logging;

/// <summary>Logs what is translated: <c>region</c>, <c>il</c> and <c>host_asm</c>. Regions are compiled on other threads.</summary>
internal sealed class TranslationLog(LogOutput output, LogItems items, AddressFilter filter) : ITranslationObserver, IDisposable
{
    private readonly HostCodeLog? _hostCode = (items & LogItems.HostAsm) != 0 ? new HostCodeLog(output) : null;

    /// <summary>The items that this log writes.</summary>
    public const LogItems Items = LogItems.Region | LogItems.Il | LogItems.HostAsm;

    /// <inheritdoc/>
    public bool WantsListings => (items & (LogItems.Il | LogItems.HostAsm)) != 0;

    /// <inheritdoc/>
    public void OnRequested(RegionPlan plan)
    {
    }

    /// <inheritdoc/>
    public void OnCompiled(CompiledRegion region)
    {
        if (!filter.Holds(region.Plan.Entry.Rip))
        {
            return;
        }

        if ((items & LogItems.Region) != 0)
        {
            output.Write(Describe(region));
        }

        if ((items & LogItems.Il) != 0)
        {
            output.Write($"IL: {region.Name}, {region.CilSize} bytes\n{region.Listing}");
        }

        _hostCode?.Add(region);
    }

    /// <inheritdoc/>
    public void OnInvalidated(CompiledRegion region) => Went(region, "invalidated");

    /// <inheritdoc/>
    public void OnEvicted(CompiledRegion region) => Went(region, "evicted");

    /// <inheritdoc/>
    public void Dispose() => _hostCode?.Dispose();

    private static string Describe(CompiledRegion region)
    {
        var plan = region.Plan;
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"REGION: {region.Name} entry 0x{plan.Entry.Rip:x} {GuestCodeLog.Describe(plan.Mode)}, {plan.Blocks.Count} blocks, {plan.InstructionCount} instructions, "
            + $"{plan.OtherPages.Count + 1} pages, {region.CilSize} bytes of CIL, {Stopwatch.GetElapsedTime(0, region.CompileTicks).TotalMilliseconds:0.00} ms\n");
        foreach (var block in plan.Blocks)
        {
            text.Append(CultureInfo.InvariantCulture, $"  {block.Number,3}: 0x{block.Rip:x8} {block.Count,2} instructions, {BlockGraph.EndingOf(block)}");
            text.Append(block.Taken is { } taken ? $" -> {taken.Number}" : "").Append(block.Next is { } next ? $", next {next.Number}" : "").Append('\n');
        }

        return text.ToString();
    }

    private void Went(CompiledRegion region, string how)
    {
        if ((items & LogItems.Region) != 0 && filter.Holds(region.Plan.Entry.Rip))
        {
            output.Write($"REGION: {region.Name} {how}\n");
        }
    }
}
