using Emulator.Core.Machine;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Tests;

/// <summary>What every device promises: its saved state is all of its state, loading makes no edges, reset is complete.</summary>
public abstract class DeviceContractTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Load_AfterMutation_RestoresWhatWasSaved(int seed)
    {
        using var rig = new MachineRig();
        new GuestNoise(rig, seed).Run(2000);
        var device = Select(rig);
        rig.Scheduler.RunDue();
        var saved = MachineRig.Save(device);
        new GuestNoise(rig, seed + 100).Run(2000);
        rig.Scheduler.RunDue();
        MachineRig.Load(device, saved);
        Assert.Equal(saved, MachineRig.Save(device));
    }

    [Fact]
    public void Load_OfAnotherRecord_IsRefused()
    {
        using var rig = new MachineRig();
        var device = Select(rig);
        var saved = MachineRig.Save(device);
        Array.Resize(ref saved, saved.Length - 1);
        Assert.Throws<SnapshotException>(() =>
        {
            MachineRig.Load(device, saved);
        });
    }

    [Fact]
    public void Reset_AfterReset_ChangesNothing()
    {
        using var rig = new MachineRig();
        new GuestNoise(rig, 7).Run(2000);
        var device = Select(rig);
        rig.Scheduler.RunDue();
        rig.Legacy.Reset();
        var first = MachineRig.Save(device);
        rig.Legacy.Reset();
        Assert.Equal(first, MachineRig.Save(device));
    }

    private protected abstract IDevice Select(MachineRig rig);
}

public sealed class PicContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Pic;
}

public sealed class InterruptRouterContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Router;
}

public sealed class A20GateContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.A20;
}

public sealed class PitContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Pit;
}

public sealed class SystemControlPortBContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.PortB;
}

public sealed class SystemControlPortAContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.All.Single(device => device.StateName == "port-a");
}

public sealed class PostCodePortContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.PostCode;
}

public sealed class DmaContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Dma;
}

public sealed class RtcContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Rtc;
}

public sealed class I8042Contract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Keyboard;
}

public sealed class UartContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Uarts[0]!;
}

public sealed class PciBusContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Pci;
}

public sealed class PciConfigPortsContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.All.Single(device => device.StateName == "pci.config");
}

public sealed class ResetControlContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.All.Single(device => device.StateName == "reset-control");
}

public sealed class HostBridgeContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.HostBridge;
}

public sealed class IsaBridgeContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.IsaBridge;
}

public sealed class FwCfgContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.FwCfg;
}

public sealed class VgaContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Vga!;
}

public sealed class IsaDebugConsoleContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.DebugConsole;
}

public sealed class IsaDebugExitContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.All.Single(device => device.StateName == "isa-debug-exit");
}

public sealed class PcTestDeviceContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.TestDevice;
}

public sealed class PciTestDeviceContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.PciTest;
}

public sealed class BochsVgaContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Legacy.Display!;
}

public sealed class Piix3IdeContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Storage.Ide;
}

public sealed class AhciControllerContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Storage.Ahci;
}

public sealed class FloppyControllerContract : DeviceContractTests
{
    private protected override IDevice Select(MachineRig rig) => rig.Storage.Floppy;
}
