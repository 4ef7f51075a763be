using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Emulator.Core.Cpu;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Devices.Input;
using Emulator.Host.Cli;
using Emulator.Host.Logging;
using Emulator.Host.Monitors;

namespace Emulator.Host.Machines;

/// <summary>Shows a machine to the monitor.</summary>
internal sealed unsafe class MachineMonitor(PcMachine pc) : IMonitorTarget
{
    private static readonly ImmutableArray<string> GprNames =
        ["RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", "R8 ", "R9 ", "R10", "R11", "R12", "R13", "R14", "R15"];

    /// <summary>The cause of what was asked for at the monitor.</summary>
    public const string ByMonitor = "by the monitor";

    private const long NanosecondsPerMillisecond = 1_000_000;

    // Bits of a code segment's attributes (SDM Vol. 3A, 3.4.5): L and D.
    private const int LongCode = 0x2000;
    private const int WideCode = 0x4000;

    private static readonly ImmutableArray<string> Segments = ["es", "cs", "ss", "ds", "fs", "gs"];

    private VirtualMachine Machine => pc.Machine;

    private Processor Processor => Machine.Current ?? Machine.Processors[0];

    /// <inheritdoc/>
    public bool IsRunning => !Machine.IsPaused;

    /// <inheritdoc/>
    public string RunState => !Machine.IsPaused ? "running" : pc.Storage.IsStopped ? "io-error" : "paused";

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Summary)> Parts { get; } =
    [
        ("registers", "the current processor's registers"),
        ("cpus", "every processor's state"),
        ("mem", "what the page tables map: ranges with their rights"),
        ("tlb", "what the page tables map: each page"),
        ("mtree", "the physical memory map"),
        ("qtree", "the devices"),
        ("pci", "the PCI devices"),
        ("irq", "the interrupt controllers"),
        ("keyboard", "the keyboard's lights, scan code set and repetition"),
        ("mice", "the mouse's protocol and settings"),
        ("screen", "the text on the screen"),
        ("stats", "counters of the execution engine"),
        ("jit", "the translator: strategy, regions, compile time, exits by reason"),
        ("regions", "the ten largest compiled regions"),
        ("version", "the emulator's version"),
    ];

    /// <inheritdoc/>
    public int CodeBits
        => Processor.State->IsLongMode && (CpuState.SegmentOf(Processor.State, Segment.CS)->Attributes & LongCode) != 0 ? 64
            : (CpuState.SegmentOf(Processor.State, Segment.CS)->Attributes & WideCode) != 0 ? 32 : 16;

    /// <inheritdoc/>
    public void Stop()
    {
        Machine.Pause();
        Machine.TellPause();
    }

    /// <inheritdoc/>
    public void Continue()
    {
        pc.Storage.Retry();
        Machine.Continue();
        Machine.TellPause();
    }

    /// <inheritdoc/>
    public void Reset() => Machine.RequestReset(ByMonitor);

    /// <inheritdoc/>
    public void PressPowerButton()
    {
        pc.Acpi?.PressPowerButton();
        Machine.Happened?.Invoke("POWERDOWN", ByMonitor);
    }

    /// <inheritdoc/>
    public void RaiseNmi()
    {
        foreach (var processor in Machine.Processors)
        {
            processor.RaiseNmi();
        }
    }

    /// <inheritdoc/>
    public void Quit() => Machine.End(new MachineEnd(ExitStatus.Success, ByMonitor));

    /// <inheritdoc/>
    public string? Describe(string part) => part switch
    {
        "registers" => Registers(Processor.State),
        "cpus" => string.Concat(Machine.Processors.Select(Summary)),
        "mem" => new PageTableView(Machine.Memory, Processor.State).Ranges(),
        "tlb" => new PageTableView(Machine.Memory, Processor.State).Pages(),
        "qtree" => string.Concat(Machine.Devices.Select(device => Line($"  dev: {device.StateName}"))),
        "irq" => InterruptControllers(),
        "keyboard" => Keyboard(pc.Legacy.Keyboard.Keyboard),
        "mice" => Mouse(pc.Legacy.Keyboard.Mouse),
        "mtree" => string.Concat(Machine.Memory.Regions.OrderBy(region => region.Start).Select(Region)),
        "pci" => string.Concat(pc.Legacy.Pci.Devices.Select(device => Line(
            $"  00:{device.Devfn >> 3:x2}.{device.Devfn & 7} {device.ReadConfig(0, 2):x4}:{device.ReadConfig(2, 2):x4} {device.StateName}"))),
        "screen" => Screen(),
        "stats" => Line($"instructions {Machine.Processors.Sum(Retired)}")
            + Line($"blocks decoded {Machine.Blocks.Decoded}, dropped {Machine.Blocks.Dropped}, cache flushes {Machine.Blocks.Flushes}")
            + Line($"TLB misses {Machine.Processors.Sum(processor => processor.Mmu.Misses)}")
            + Line($"unclaimed port accesses {Machine.Ports.UnclaimedAccesses}, memory accesses {Machine.Memory.UnclaimedAccesses}"),
        "jit" => EngineReport.Of(Machine),
        "regions" => EngineReport.LargestRegions(Machine),
        "version" => Line($"{typeof(MachineMonitor).Assembly.GetName().Version?.ToString(3)}"),
        _ => null,
    };

    /// <inheritdoc/>
    public ulong? Register(string name)
    {
        var s = Processor.State;
        var place = GprNames.IndexOf(name.ToUpperInvariant().PadRight(3));
        return place >= 0 ? *CpuState.Gpr(s, place) : name switch
        {
            "rip" or "eip" or "pc" => s->Rip,
            "rflags" or "eflags" => s->ReadRflags(),
            "cr0" => s->Cr0,
            "cr2" => s->Cr2,
            "cr3" => s->Cr3,
            "cr4" => s->Cr4,
            "efer" => s->Efer,
            _ => Segments.IndexOf(name) is var segment and >= 0 ? CpuState.SegmentOf(s, (Segment)segment)->Selector
                : name.StartsWith('e') && GprNames.IndexOf("R" + name[1..].ToUpperInvariant()) is var low and >= 0 ? (uint)*CpuState.Gpr(s, low)
                : null,
        };
    }

    /// <inheritdoc/>
    public void ReadPhysical(ulong address, Span<byte> destination) => Machine.Memory.Read(address, destination);

    /// <inheritdoc/>
    public bool TryReadLinear(ulong address, Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            if (!TryReadByte(address + (ulong)i, out destination[i]))
            {
                return false;
            }
        }

        return true;
    }

    private string InterruptControllers()
    {
        var pic = pc.Legacy.Pic;
        return Controller("pic0", pic.Master) + Controller("pic1", pic.Slave);

        static string Controller(string name, Devices.Chipset.Pic8259 chip) => Line(
            $"{name}: irr={chip.Irr:x2} imr={chip.Imr:x2} isr={chip.Isr:x2} hprio=0 irq_base={chip.VectorBase:x2} elcr={chip.Elcr:x2} int={(chip.Int ? 1 : 0)}");
    }

    private static string Keyboard(Ps2Keyboard keyboard)
    {
        static string State(int bits, int bit) => (bits & bit) != 0 ? "on" : "off";
        return Line($"lights: scroll {State(keyboard.Leds, 1)}, num {State(keyboard.Leds, 2)}, caps {State(keyboard.Leds, 4)}")
            + Line($"scan code set {keyboard.ScanCodeSet}, scanning {(keyboard.IsScanning ? "enabled" : "disabled")}")
            + Line($"repeats after {keyboard.TypematicDelay / NanosecondsPerMillisecond} ms every {keyboard.TypematicPeriod / NanosecondsPerMillisecond} ms");
    }

    private static string Mouse(Ps2Mouse mouse)
        => Line($"* PS/2 mouse: id {mouse.Id}, {mouse.Mode}, {mouse.SampleRate} samples/s, resolution {mouse.Resolution}, scaling {(mouse.IsScaled ? "2:1" : "1:1")}");

    private static long Retired(Processor processor) => (long)processor.State->Retired;

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture) + "\n";

    private static string Region(MemoryRegion region)
        => Line($"  {region.Start:x16}-{region.Start + region.Length - 1:x16} {region.Kind} {region.Name}{(region.Enabled ? "" : " [disabled]")}");

    private static string Summary(Processor processor)
        => Line($"{processor.Index}: {processor.State->Activity} rip={processor.State->Rip:x16} cpl={processor.State->Cpl} instructions={processor.State->Retired}");

    private static string Registers(CpuState* s)
    {
        var text = new StringBuilder();
        for (var i = 0; i < 16; i++)
        {
            text.Append(GprNames[i]).Append(CultureInfo.InvariantCulture, $"={*CpuState.Gpr(s, i):x16}").Append(i % 4 == 3 ? '\n' : ' ');
        }

        text.Append(Line($"RIP={s->Rip:x16} RFL={s->ReadRflags():x8} CPL={s->Cpl} {s->Activity}"));
        for (var segment = Segment.ES; segment <= Segment.TR; segment++)
        {
            var cache = *CpuState.SegmentOf(s, segment);
            text.Append(Line($"{segment,-4}={cache.Selector:x4} {cache.Base:x16} {cache.Limit:x8} {cache.Attributes:x4}"));
        }

        text.Append(Line($"GDT =     {s->Gdtr.Base:x16} {s->Gdtr.Limit:x8}")).Append(Line($"IDT =     {s->Idtr.Base:x16} {s->Idtr.Limit:x8}"));
        text.Append(Line($"CR0={s->Cr0:x8} CR2={s->Cr2:x16} CR3={s->Cr3:x16} CR4={s->Cr4:x8}"));
        text.Append(Line($"DR0={s->Dr[0]:x16} DR1={s->Dr[1]:x16} DR2={s->Dr[2]:x16} DR3={s->Dr[3]:x16}"));
        return text.Append(Line($"DR6={s->Dr[6]:x16} DR7={s->Dr[7]:x16} EFER={s->Efer:x16}")).ToString();
    }

    private string Screen()
    {
        if (pc.Legacy.Vga is not { } vga || !vga.Text.IsText)
        {
            return "the display shows no text\n";
        }

        return string.Concat(Enumerable.Range(0, vga.Text.Rows).Select(row => vga.Text.Row(row) + "\n"));
    }

    private bool TryReadByte(ulong linear, out byte value)
    {
        value = 0;
        if (new PageTableView(Machine.Memory, Processor.State).Translate(linear) is not { } physical)
        {
            return false;
        }

        value = Machine.Memory.Read<byte>(physical);
        return true;
    }
}
