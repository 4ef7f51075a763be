using System.Diagnostics;
using System.Globalization;
using System.Text;
using Emulator.Core.Cpu;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Host.Cli;
using Emulator.Jit.Runtime;

namespace Emulator.Host.Logging;

/// <summary>The counters of a machine's engine as text: <c>info jit</c> and <c>-d stats</c>. On the machine's thread.</summary>
internal static unsafe class EngineReport
{
    private const int Largest = 10;

    /// <summary>All counters.</summary>
    public static string Of(VirtualMachine machine)
    {
        var text = new StringBuilder();
        var instructions = machine.Processors.Sum(processor => (long)processor.State->Retired);
        var engine = machine.Engine as InterpreterEngine;
        Add(text, "instructions", $"{instructions} retired");
        Add(text, "blocks", $"{machine.Blocks.Decoded} decoded, {machine.Blocks.Dropped} dropped, {machine.Blocks.Flushes} flushes of all");
        Add(text, "TLB", $"{machine.Processors.Sum(processor => processor.Mmu.Misses)} misses");
        if (engine is not null)
        {
            var exits = engine.Exits.Select((count, reason) => FormattableString.Invariant($"{(ExitReason)reason} {count}"));
            Add(text, "dispatcher", $"{engine.Exits.Sum()} exits: {string.Join(", ", exits)}");
        }

        if (engine?.Translator is not Translator translator)
        {
            Add(text, "strategy", $"interpreter: nothing is compiled");
            return text.ToString();
        }

        var counters = translator.Counters;
        var time = Stopwatch.GetElapsedTime(0, counters.CompileTicks);
        var each = counters.Instructions == 0 ? 0 : time.TotalMicroseconds / counters.Instructions;
        Add(text, "strategy", $"{translator.Strategy.Name}, threshold {translator.Threshold}, threads {translator.Options.Threads}");
        Add(text, "requested", $"{counters.Requested} regions, {counters.Compiled} compiled, {counters.Installed} installed, {counters.Outdated} outdated");
        Add(text, "in use", $"{translator.RegionCount} regions, {counters.Invalidated} invalidated, {counters.Evicted} evicted, {counters.Learned} times made anew for what their exits taught");
        Add(text, "suspended", $"{counters.Suspended} regions, {counters.Revived} of them came back");
        Add(text, "compiled", $"{counters.Instructions} guest instructions, {counters.CilBytes} bytes of CIL");
        Add(text, "compile time", $"{time.TotalMilliseconds:0} ms, {each:0.0} us per guest instruction");
        Add(text, "code memory", $"about {Quantity.Format(translator.CodeBytes)} of {Quantity.Format(translator.Options.CodeBytes)}");
        return text.ToString();
    }

    /// <summary>The regions in use with the most guest instructions.</summary>
    public static string LargestRegions(VirtualMachine machine)
        => machine.Engine is InterpreterEngine { Translator: Translator translator }
            ? string.Concat(translator.Regions.OrderByDescending(region => region.Plan.InstructionCount).Take(Largest).Select(region =>
                FormattableString.Invariant($"  {region.Plan.InstructionCount,4} instructions, {region.CilSize,6} bytes of CIL  {region.Name}\n")))
            : "";

    private static void Add(StringBuilder text, string name, FormattableString value)
        => text.Append(CultureInfo.InvariantCulture, $"{name,-13} {value.ToString(CultureInfo.InvariantCulture)}\n");
}
