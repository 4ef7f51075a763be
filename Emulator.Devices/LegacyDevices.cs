using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Emulator.Devices.Boards;
using Emulator.Devices.Chipset;
using Emulator.Devices.Firmware;
using Emulator.Devices.Input;
using Emulator.Devices.Pci;
using Emulator.Devices.Serial;
using Emulator.Devices.Video;

namespace Emulator.Devices;

/// <summary>What the host decides about the legacy devices.</summary>
public sealed record LegacyOptions
{
    /// <summary>The RTC's calendar at power-on.</summary>
    public DateTime RtcStart { get; init; } = DateTime.UnixEpoch;

    /// <summary>RAM below 4 GiB, for CMOS.</summary>
    public long RamBelow4G { get; init; } = 0x100000;

    /// <summary>RAM above 4 GiB, for CMOS.</summary>
    public long RamAbove4G { get; init; }

    /// <summary>Processors, for CMOS.</summary>
    public int Processors { get; init; } = 1;

    /// <summary>The other ends of COM1 to COM4; null means that the port does not exist.</summary>
    public IReadOnlyList<ISerialBackend?> Serial { get; init; } = [];

    /// <summary>Whether there is a VGA.</summary>
    public bool HasVga { get; init; } = true;

    /// <summary>Makes the chips that boards differ in.</summary>
    public Func<BoardWiring, IPcBoard> Board { get; init; } = wiring => new I440FxBoard(wiring);

    /// <summary>A firmware image, which ends at 4 GiB and at 1 MiB; empty for none.</summary>
    public ReadOnlyMemory<byte> SystemRom { get; init; }
}

/// <summary>
/// Builds and wires a PC's legacy devices on its board: interrupt controllers, timers, clock, serial ports,
/// keyboard controller, DMA, PCI, VGA, fw_cfg. The host resets, saves and loads <see cref="All"/> in order, and connects
/// <see cref="PicPair.IntrChanged"/> to LINT0 and <see cref="InterruptRouter.IoApic"/> to the I/O APIC.
/// </summary>
public sealed class LegacyDevices
{
    private readonly List<IDevice> _all = [];

    /// <summary>Builds everything; claims ports and windows.</summary>
    public LegacyDevices(MemoryMap memory, IoPortBus ports, EventScheduler scheduler, ISystemControl system, LegacyOptions options)
    {
        Pic = Add(new PicPair(ports));
        Router = Add(new InterruptRouter(Pic));
        A20 = Add(new A20Gate(system));
        Pit = Add(new Pit8254(ports, scheduler, Router.Connect(PcPlatform.PitIrq, replaceable: true)));
        PortB = Add(new SystemControlPortB(ports, scheduler, Pit));
        Add(new SystemControlPortA(ports, system, A20));
        PostCode = Add(new PostCodePort(ports));
        Dma = Add(new DmaPair(ports, memory));
        Rtc = Add(new Rtc146818(ports, scheduler, Router.Connect(PcPlatform.RtcIrq, replaceable: true), options.RtcStart));
        Rtc.DescribeMachine(options.RamBelow4G, options.RamAbove4G, options.Processors);
        Keyboard = Add(new I8042(ports, scheduler, Router.Connect(PcPlatform.KeyboardIrq), Router.Connect(PcPlatform.MouseIrq), system, A20));
        Uarts = BuildUarts(ports, scheduler, options.Serial);
        Pci = Add(new PciBus(memory, ports));
        var reset = Add(new ResetControl(system));
        Add(new PciConfigPorts(ports, Pci, reset));
        Board = options.Board(new BoardWiring(Pci, Router, scheduler, system));
        HostBridge = Add(Board.HostBridge);
        IsaBridge = Add(Board.IsaBridge);
        FwCfg = Add(new FwCfg(ports, memory));
        Vga = options.HasVga ? Add(new Vga(ports, memory, scheduler)) : null;
        SystemRom = options.SystemRom.IsEmpty ? null : new SystemRom(memory, HostBridge, options.SystemRom.Span);
    }

    /// <summary>Every device, in the order in which it is reset, saved and loaded.</summary>
    public IReadOnlyList<IDevice> All => _all;

    /// <summary>The two 8259A.</summary>
    public PicPair Pic { get; }

    /// <summary>The interrupt wiring: other devices connect here.</summary>
    public InterruptRouter Router { get; }

    /// <summary>Address line 20.</summary>
    public A20Gate A20 { get; }

    /// <summary>The interval timer.</summary>
    public Pit8254 Pit { get; }

    /// <summary>Port 0x61.</summary>
    public SystemControlPortB PortB { get; }

    /// <summary>Clock and CMOS RAM.</summary>
    public Rtc146818 Rtc { get; }

    /// <summary>Keyboard controller, keyboard and mouse.</summary>
    public I8042 Keyboard { get; }

    /// <summary>COM1 to COM4; null where the port does not exist.</summary>
    public IReadOnlyList<Uart16550?> Uarts { get; }

    /// <summary>PCI bus 0.</summary>
    public PciBus Pci { get; }

    /// <summary>The chips that boards differ in.</summary>
    public IPcBoard Board { get; }

    /// <summary>The host bridge.</summary>
    public IHostBridge HostBridge { get; }

    /// <summary>The ISA bridge.</summary>
    public IIsaBridge IsaBridge { get; }

    /// <summary>The last self-test code.</summary>
    public PostCodePort PostCode { get; }

    /// <summary>The DMA controllers.</summary>
    public DmaPair Dma { get; }

    /// <summary>What firmware reads from the host.</summary>
    public FwCfg FwCfg { get; }

    /// <summary>The display; null on a machine without one.</summary>
    public Vga? Vga { get; }

    /// <summary>The firmware image, which lives as long as this does.</summary>
    public SystemRom? SystemRom { get; }

    /// <summary>Resets every device.</summary>
    public void Reset()
    {
        foreach (var device in _all)
        {
            device.Reset();
        }
    }

    /// <summary>Adds a further device to <see cref="All"/>.</summary>
    public T Add<T>(T device)
        where T : IDevice
    {
        _all.Add(device);
        return device;
    }

    private Uart16550?[] BuildUarts(IoPortBus ports, EventScheduler scheduler, IReadOnlyList<ISerialBackend?> backends)
    {
        ReadOnlySpan<(ushort Port, int Irq)> places =
        [
            (PcPlatform.Com1Port, PcPlatform.Com1Irq),
            (PcPlatform.Com2Port, PcPlatform.Com2Irq),
            (PcPlatform.Com3Port, PcPlatform.Com1Irq),
            (PcPlatform.Com4Port, PcPlatform.Com2Irq),
        ];
        var uarts = new Uart16550?[places.Length];
        for (var i = 0; i < uarts.Length && i < backends.Count; i++)
        {
            if (backends[i] is { } backend)
            {
                uarts[i] = Add(new Uart16550($"uart{i}", places[i].Port, ports, scheduler, Router.Connect(places[i].Irq), backend));
            }
        }

        return uarts;
    }
}
