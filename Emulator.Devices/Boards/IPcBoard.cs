using Emulator.Core.Machine;
using Emulator.Core.Time;
using Emulator.Devices.Acpi;
using Emulator.Devices.Chipset;
using Emulator.Devices.Pci;

namespace Emulator.Devices.Boards;

/// <summary>The chips that make one PC board differ from another: host bridge, bridge to ISA, power management.</summary>
public interface IPcBoard
{
    /// <summary>The board's name, as SMBIOS and monitors show it.</summary>
    string Product { get; }

    /// <summary>The bridge between processors, memory and PCI.</summary>
    IHostBridge HostBridge { get; }

    /// <summary>The bridge to the ISA devices, which routes PCI's interrupts.</summary>
    IIsaBridge IsaBridge { get; }

    /// <summary>Makes the ports through which the guest reaches power management; returns the devices that this adds.</summary>
    IEnumerable<IDevice> JoinPowerManagement(AcpiFixedHardware hardware);

    /// <summary>Programs the chips as firmware does, for kernels that are started without one.</summary>
    void SetUpAsFirmware();

    /// <summary>Says in <paramref name="options"/> what ACPI tables say of the chips as they are programmed now.</summary>
    AcpiOptions Describe(AcpiOptions options);
}

/// <summary>What a board's chips are joined to.</summary>
/// <param name="Bus">PCI bus 0.</param>
/// <param name="Router">The interrupt lines.</param>
/// <param name="Scheduler">The machine's time.</param>
/// <param name="System">The machine's reset.</param>
public sealed record BoardWiring(PciBus Bus, InterruptRouter Router, EventScheduler Scheduler, ISystemControl System);

/// <summary>A host bridge: whatever else it has, it governs memory below 1 MiB.</summary>
public interface IHostBridge : IDevice
{
    /// <summary>Puts ROM contents at a physical address from 0xc0000 on; seen where the PAM registers select ROM.</summary>
    void LoadRom(ulong address, ReadOnlySpan<byte> contents);

    /// <summary>Selects RAM from 0xc0000 to 1 MiB for reads and writes, as firmware leaves it.</summary>
    void EnableShadowRam();

    /// <summary>Lets RAM from 0xf0000 on be read and not written any more, as firmware leaves its own copy.</summary>
    void ProtectFirmware();
}

/// <summary>A bridge to the ISA devices.</summary>
public interface IIsaBridge : IDevice, IPirqSink
{
    /// <summary>Its PCI function.</summary>
    int Devfn { get; }

    /// <summary>Routes PIRQs to ISA lines as firmware does.</summary>
    void RouteAsFirmware();
}
