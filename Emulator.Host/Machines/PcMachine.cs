using Emulator.Core.Cpu;
using Emulator.Core.Instructions;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Emulator.Devices;
using Emulator.Devices.Acpi;
using Emulator.Devices.Apic;
using Emulator.Devices.Boards;
using Emulator.Devices.Chipset;
using Emulator.Devices.Hpet;
using Emulator.Host.Boot;
using Emulator.Host.Cli;
using Emulator.Host.Serial;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;

namespace Emulator.Host.Machines;

/// <summary>
/// The machine <c>pc</c>: an i440FX board with its processors, interrupt controllers, timers and serial ports, wired together.
/// Nothing is decided here but who is joined to whom.
/// </summary>
public sealed class PcMachine : ISystemControl, IDisposable
{
    private const ulong SmbiosAddress = RamLayout.BiosStart + 0x40;
    private const ulong TablesAddress = RamLayout.BiosStart + 0x80;

    private readonly MachineOptions _options;
    private readonly BootSource _boot;
    private readonly HpetBlock? _hpet;
    private readonly FlashChips _flash;
    private readonly FirmwareFiles _firmware;

    /// <summary>Builds the machine; nothing runs yet.</summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="boot">What it starts.</param>
    /// <param name="serial">The channels of its serial ports; null where there is no port.</param>
    /// <param name="clock">Its time.</param>
    /// <param name="channels">The channels of <c>-chardev</c> by id, for devices that name one.</param>
    /// <param name="log">Gets what the machine says about its guest.</param>
    /// <param name="instructions">Gives the instructions' rows, when somebody makes them already.</param>
    public PcMachine(
        MachineOptions options,
        BootSource boot,
        IReadOnlyList<IHostChannel?> serial,
        IReadOnlyDictionary<string, IHostChannel> channels,
        VirtualClock clock,
        GuestLog log,
        Func<InstructionTable>? instructions = null)
    {
        DebugChannels = channels;
        _options = options;
        _boot = boot;
        var model = CpuSelection.Resolve(options.Cpu).Model!;
        var strategy = ChooseStrategy(options.Accel);
        Machine = new VirtualMachine(
            AllocateRam(options.MemoryBytes),
            clock,
            log,
            machine => EngineFactory.Create(strategy, Tuning(options.Accel), model, instructions?.Invoke() ?? new InstructionTable(), machine.Blocks, log.Once))
        {
            EndOnReset = options.NoReboot,
            LoadBootState = LoadBootState,
        };
        Layout = new RamLayout(options.MemoryBytes, options.Machine.Type == "q35" ? RamSplit.Q35 : RamSplit.I440Fx);
        Layout.MapInto(Machine.Memory);
        for (var i = 0; i < options.Smp.Count; i++)
        {
            Machine.AddProcessor(model).Topology = Topology;
        }

        var links = serial.Select(channel => channel is null ? null : new SerialLink(channel, Machine.Scheduler)).ToArray();
        Legacy = new LegacyDevices(Machine.Memory, Machine.Ports, Machine.Scheduler, this, new LegacyOptions
        {
            RtcStart = RtcStart(options.Rtc),
            RamBelow4G = (long)Layout.Below4G,
            RamAbove4G = (long)Layout.SizeAbove4G,
            Processors = options.Smp.Count,
            Serial = links,
            SystemRom = boot.Firmware,
            HasVga = options.HasVga,
            Video = VideoSelection.Read(options),
            Board = wiring => options.Machine.Type == "q35" ? new Q35Board(wiring) : new I440FxBoard(wiring),
        });
        JoinSerial(links);
        BuildApics(model);
        Acpi = options.Machine.Acpi ? BuildAcpi() : null;
        _hpet = options.Machine.Hpet ? BuildHpet() : null;
        foreach (var device in Legacy.All)
        {
            Machine.AddDevice(device);
        }

        Machine.AddDevice(new NumericErrorPort(Machine, Legacy));
        Storage = new PcStorage(this, options, log.Once);
        ExtraDevices.Add(this, options);
        Storage.DescribeToCmos();
        _flash = new FlashChips(this, options);
        _firmware = new FirmwareFiles(this, options, boot);
        _firmware.Add();
        if (boot.IsOwnBios)
        {
            OwnBios.Add(this, options, _firmware.OptionRoms);
        }
    }

    /// <summary>The processors, memory, time, and the loop that runs them.</summary>
    public VirtualMachine Machine { get; }

    /// <summary>Where RAM lies.</summary>
    public RamLayout Layout { get; }

    /// <summary>The board's devices.</summary>
    public LegacyDevices Legacy { get; }

    /// <summary>The disks.</summary>
    public PcStorage Storage { get; }

    /// <summary>Power management; null without ACPI.</summary>
    public AcpiFixedHardware? Acpi { get; }

    /// <summary>The bus between the local APICs.</summary>
    public ApicBus Apics { get; } = new();

    private CpuTopology Topology => new(_options.Smp.Cores, _options.Smp.Threads);

    /// <summary>What it was made of.</summary>
    internal MachineOptions Options => _options;

    /// <summary>Its firmware's ROM; empty without one.</summary>
    internal ReadOnlyMemory<byte> Firmware => _boot.Firmware;

    /// <summary>The channels that devices may name.</summary>
    internal IReadOnlyDictionary<string, IHostChannel> DebugChannels { get; }

    /// <summary>The APIC ids of the processors.</summary>
    internal uint[] ApicIds => Array.ConvertAll([.. Machine.Processors], processor => Topology.ApicIdOf(processor.Index));

    /// <summary>What was loaded at the last reset.</summary>
    public BootState? Loaded { get; private set; }

    /// <inheritdoc/>
    public void RequestReset() => Machine.RequestReset("by the chipset");

    /// <inheritdoc/>
    public void SetA20(bool enabled)
    {
        foreach (var processor in Machine.Processors)
        {
            processor.Mmu.SetA20(enabled);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Machine.Dispose();
        Storage.Dispose();
        _flash.Dispose();
    }

    private void JoinSerial(SerialLink?[] links)
    {
        for (var i = 0; i < links.Length; i++)
        {
            if (Legacy.Uarts[i] is { } uart)
            {
                links[i]!.Attach(uart);
            }
        }
    }

    private void BuildApics(CpuModel model)
    {
        foreach (var processor in Machine.Processors)
        {
            var apic = new LocalApic(Apics, processor, Machine.Scheduler, new LocalApicOptions
            {
                Id = Topology.ApicIdOf(processor.Index),
                Bootstrap = processor.Index == 0,
                PhysicalAddressBits = model.PhysicalAddressBits,
                TimestampOffset = () => processor.TimestampOffset,
                X2Apic = model.Has("x2apic"),
                TscDeadline = model.Has("tsc-deadline"),
            });
            processor.Apic = apic;
            Machine.AddDevice(apic);
        }

        _ = new LocalApicWindow(Machine.Memory, Apics, () => Apics.LocalApics[Machine.Current?.Index ?? 0]);
        Apics.AcknowledgePic = () => Legacy.Pic.Acknowledge();
        Legacy.Pic.IntrChanged = level => Apics.SetLine(0, level);
        Legacy.Router.IoApic = Machine.AddDevice(new IoApic(Apics, Machine.Memory));
    }

    private AcpiFixedHardware BuildAcpi()
    {
        Action powerOff = _options.NoShutdown ? Machine.Pause : () => Machine.RequestPowerOff(ExitStatus.Success);
        var hardware = new AcpiFixedHardware(Machine.Scheduler, Legacy.Router.Connect(PcPlatform.AcpiIrq), powerOff, RefuseSleep);
        Machine.AddDevice(hardware);
        foreach (var device in Legacy.Board.JoinPowerManagement(hardware))
        {
            Legacy.Add(device);
        }

        return hardware;
    }

    private void RefuseSleep(int type) => Machine.Log.Once(
        $"it asked to sleep (SLP_TYP {type}), and this machine has no sleep states but S5: no S3; it goes on at once");

    private HpetBlock BuildHpet() => Machine.AddDevice(new HpetBlock(Machine.Memory, Machine.Scheduler, new HpetWiring(
        Legacy.Router.IoApic!,
        Legacy.Router.Connect(PcPlatform.PitIrq),
        Legacy.Router.Connect(PcPlatform.RtcIrq),
        replaced => Legacy.Router.LegacyReplacement = replaced,
        Apics)));

    // A kernel that is loaded directly finds what firmware would have left; firmware itself finds the machine as reset left it.
    private void LoadBootState()
    {
        _firmware.SetBootOrder();
        if (_boot.StartsFirmware || _boot.Kernel is null)
        {
            Loaded = BootState.FromReset("firmware");
            return;
        }

        SetUpChipset();
        VideoSelection.SetUpAsFirmware(Legacy.Vga);
        Acpi?.EnterAcpiMode();
        var tables = new Ahead<List<PlacedTable>>("tables", () => BuildTables(PciLimits.WindowStart(Layout)));
        var rootPointer = Acpi is null ? 0 : RamLayout.BiosStart;
        Loaded = KernelLoader.Load(_boot.ToRequest(Layout, rootPointer), Machine.Memory, Legacy.Uarts.Count(uart => uart is not null));
        foreach (var table in tables.Take())
        {
            Machine.Memory.Write(table.Address, table.Bytes);
        }

        ProcessorBoot.Apply(Machine.Processors[0], Loaded);
    }

    /// <summary>Sets up the bridges, PCI and the disk controllers as firmware does before it starts a system.</summary>
    internal void SetUpChipset()
    {
        Legacy.HostBridge.EnableShadowRam();
        PciFirmwareSetup.Run(Legacy.Board, Legacy.Pci, PciLimits.WindowStart(Layout));
        Storage.EnableAsFirmware();
    }

    // ACPI tables where there is ACPI, SMBIOS tables behind them where there is room.
    private List<PlacedTable> BuildTables(uint pciWindow)
    {
        var tables = new List<PlacedTable>();
        var end = TablesAddress;
        if (Acpi is not null)
        {
            var acpi = AcpiTables.Build(DescribeToAcpi(pciWindow));
            tables.AddRange(acpi);
            end = acpi[^2].End;
        }

        var smbios = SmbiosTables.Build(DescribeToSmbios((end + 15) & ~15ul));
        if (smbios[1].End <= RamLayout.HighStart)
        {
            tables.AddRange(smbios);
        }

        return tables;
    }

    /// <summary>What ACPI tables say of the machine as its chips are programmed now.</summary>
    internal AcpiOptions DescribeToAcpi(uint pciWindow) => Legacy.Board.Describe(new AcpiOptions
    {
        ApicIds = ApicIds,
        RootPointerAddress = RamLayout.BiosStart,
        TablesAddress = TablesAddress,
        PciWindowStart = pciWindow,
        HpetBlockId = _hpet?.BlockId,
        SerialPorts = Legacy.Uarts.Count(uart => uart is not null),
    });

    /// <summary>What SMBIOS tables at an address say of the machine.</summary>
    internal SmbiosOptions DescribeToSmbios(ulong address) => new()
    {
        RamSize = _options.MemoryBytes,
        Processors = _options.Smp.Count,
        EntryPointAddress = SmbiosAddress,
        TablesAddress = address,
        Product = Legacy.Board.Product,
        Choice = _options.Smbios,
    };

    private static ITranslationStrategy ChooseStrategy(AccelChoice accel)
        => accel.Kind == "interpreter" ? new InterpreterStrategy()
            : accel.Strategy is { } name && StrategyRegistry.Find(name) is { } named ? named
            : StrategyRegistry.All[0];

    private static JitOptions Tuning(AccelChoice accel)
    {
        var defaults = new JitOptions();
        return new JitOptions
        {
            Threshold = accel.Threshold,
            Threads = accel.Threads ?? defaults.Threads,
            Verify = accel.Verify,
            CodeBytes = accel.CodeMegabytes is { } megabytes ? (long)megabytes << 20 : defaults.CodeBytes,
        };
    }

    private static GuestRam AllocateRam(long size)
    {
        try
        {
            return new GuestRam(size);
        }
        catch (OutOfMemoryException)
        {
            throw new UserErrorException($"-m {size >> 20}", "the host does not give that much memory", "give a smaller size");
        }
    }

    private static DateTime RtcStart(RtcChoice rtc) => rtc.Base switch
    {
        RtcBase.LocalTime => DateTime.Now,
        RtcBase.Date => rtc.Date!.Value,
        _ => DateTime.UtcNow,
    };
}
