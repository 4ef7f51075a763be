using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Emulator.Host.Cli;
using Emulator.Host.Logging;
using Emulator.Host.Machines;
using Emulator.Host.Monitors;

namespace Emulator.Guests.Tests;

/// <summary>The engine's views of the demo guest: the log, the monitor, the metrics.</summary>
public sealed class EngineViewTests
{
    private const string Prompt = "demo> ";

    private static readonly string[] Eager = ["-nographic", "-accel", "jit,threshold=40,threads=0"];

    [Fact]
    public void Log_OfEveryItem_HasItsLines()
    {
        var log = Run("in_asm,region,il,host_asm,exec,int,mmu,stats");

        Assert.Matches(new Regex(@"^IN: kernel 32-bit, \d+ instructions, \d+ bytes$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^0x0010000c:  bc[0-9a-f]{8} +mov esp,0x", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^IN: user 64-bit, ", RegexOptions.Multiline), log);
        Assert.Matches(
            new Regex(@"^REGION: (guest_user_[0-9a-f]+_\d+b\d+i_region) entry 0x[0-9a-f]+ user 64-bit, \d+ blocks, .* ms\n +0: 0x", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^IL: guest_\w+, \d+ bytes\n    ldarg.0$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^OUT: guest_\w+, \d+ bytes at 0x[0-9a-f]+$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^Trace 0: 0x0010000c kernel 32-bit interpreted$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^Trace 0: 0x[0-9a-f]+ user 64-bit compiled$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^ +\d+: v=0e e=0004 i=0 cpl=3 IP=[0-9a-f]{4}:[0-9a-f]{16} .* CR2=0{16} PageFault$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^ +\d+: v=[0-9a-f]{2} .* external$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^TLB 0: fill Execute 0x10000c -> 0x100000 rwx Supervisor page 4 KiB$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^TLB 0: flush \w+ \(CR3 0x[0-9a-f]+\)$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^strategy +region, threshold 40, threads 0$", RegexOptions.Multiline), log);
    }

    [Fact]
    public void HostCode_OfEveryRegion_IsShown()
    {
        var log = Run("region,host_asm");

        var regions = Regex.Matches(log, @"^REGION: (\w+) entry", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToList();
        var shown = Regex.Matches(log, @"^OUT: (\w+),", RegexOptions.Multiline).Select(match => match.Groups[1].Value);
        Assert.NotEmpty(regions);
        Assert.Equal(regions.Order(), shown.Order());
    }

    [Fact]
    public void Filter_OfTheEntry_HidesTheRest()
    {
        var log = Run("in_asm,exec,region", "-dfilter", "0x100000+0x100");

        Assert.NotEmpty(log);
        var addresses = Regex.Matches(log, @"^(?:Trace 0: )?0x([0-9a-f]+)", RegexOptions.Multiline).Select(match => Convert.ToUInt64(match.Groups[1].Value, 16));
        Assert.All(addresses, address => Assert.InRange(address, 0x100000ul, 0x1001fful));
    }

    [Fact]
    public void Execution_WithoutChains_MissesNoBlock()
    {
        var chained = Entries(Run("exec"));
        var unchained = Entries(Run("exec,nochain"));

        Assert.True(unchained > 10 * chained, $"{unchained} entries without chains, {chained} with");
    }

    [Fact]
    public void Statistics_OfTheInterpreter_SayThatNothingIsCompiled()
    {
        var log = Run("stats", "-accel", "interpreter");

        Assert.Matches(new Regex(@"^strategy +interpreter: nothing is compiled$", RegexOptions.Multiline), log);
        Assert.Matches(new Regex(@"^dispatcher +\d+ exits: NextBlock \d+, ", RegexOptions.Multiline), log);
    }

    [Fact]
    public void Monitor_InfoJit_ShowsTheCounters()
    {
        using var guest = new GuestMachine(Eager).Start();
        guest.WaitFor(Prompt);
        var jit = "";
        var regions = "";
        guest.Between(() =>
        {
            var monitor = new HumanMonitor(HumanMonitor.BasicGroups(new MachineMonitor(guest.Pc)));
            jit = monitor.Execute("info jit");
            regions = monitor.Execute("info regions");
        });

        Assert.Matches(
            new Regex(@"^requested +\d+ regions, [1-9]\d* compiled, [1-9]\d* installed, \d+ outdated\nin use +[1-9]\d* regions, ", RegexOptions.Multiline), jit);
        Assert.Matches(new Regex(@"^compile time +\d+ ms, \d+\.\d us per guest instruction\ncode memory +about ", RegexOptions.Multiline), jit);
        Assert.Matches(new Regex(@"^ +\d+ instructions, +\d+ bytes of CIL  guest_\w+$", RegexOptions.Multiline), regions);
    }

    [Fact]
    public void Metrics_Listened_AreTheCounters()
    {
        var values = new ConcurrentDictionary<string, long>();
        using var guest = new GuestMachine(Eager);
        using var meter = new EngineMeter(guest.Pc.Machine);
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => Enable(instrument, self) };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => values[instrument.Name] = values.GetValueOrDefault(instrument.Name) + value);
        listener.Start();
        guest.Start();
        guest.WaitFor(Prompt);
        guest.Type("primes 2000");
        guest.WaitFor(Prompt);
        guest.Between(listener.RecordObservableInstruments);

        Assert.True(values["emulator.instructions"] > 10_000);
        Assert.True(values["emulator.jit.regions"] > 0);
        Assert.True(values["emulator.jit.time"] > 0);
        Assert.True(values["emulator.jit.code"] > 0);
        Assert.True(values["emulator.tlb.misses"] > 0);
        Assert.True(values["emulator.dispatcher.exits"] > 0);
        Assert.Equal(0, values["emulator.jit.invalidations"]);
    }

    private static void Enable(Instrument instrument, MeterListener listener)
    {
        if (instrument.Meter.Name == EngineMeter.Name)
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }

    private static int Entries(string log) => Regex.Count(log, "^Trace ", RegexOptions.Multiline);

    // What is logged while the demo guest counts primes, has a task die of a page fault, and powers off.
    private static string Run(string items, params IReadOnlyList<string> more)
    {
        string[] arguments = [.. Eager, "-d", items, .. more];
        using var log = new StringWriter();
        using (var guest = new GuestMachine(arguments))
        using (new EngineViews(guest.Pc.Machine, MachineOptionsReader.Read(ArgumentParser.Parse(arguments), PcCatalog.Create(), 1L << 40), log))
        {
            guest.Start();
            guest.WaitFor(Prompt);
            foreach (var command in (string[])["primes 2000", "fault null"])
            {
                guest.Type(command);
                guest.WaitFor(Prompt);
            }

            guest.Type("poweroff");
            Assert.Equal(0, guest.WaitForEnd());
        }

        return log.ToString();
    }
}
