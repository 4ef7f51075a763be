using System.Collections.Immutable;
using Emulator.Devices;
using Emulator.Devices.Debug;
using Emulator.Devices.Serial;
using Emulator.Host.Cli;

namespace Emulator.Host.Machines;

/// <summary>The devices of <c>-device</c>: their catalogue and their making.</summary>
internal static class ExtraDevices
{
    /// <summary>What can be added, with QEMU's names and properties.</summary>
    public static ImmutableArray<DeviceEntry> Catalog =>
    [
        new("isa-debug-exit", "a write ends the emulator with status (value << 1) | 1",
            [new("iobase", "first port (default 0x501)"), new("iosize", "number of ports (default 2)")]),
        new("isa-debugcon", "bytes written to a port go to a channel",
            [new("iobase", "port (default 0xe9)"), new("readback", "what a read gives (default 0xe9)"), new("chardev", "the id of a -chardev")]),
        new("pc-testdev", "latch, page flush, interrupt lines and memory for kernel test programs", []),
        .. StorageDevices.Catalog,
        new("pci-testdev", "PCI device 1b36:0005 for kernel test programs", [new("addr", "slot, or slot.function")]),
        VideoSelection.Entry,
    ];

    /// <summary>Builds the chosen devices into the machine. Those that claim ports late come last.</summary>
    public static void Add(PcMachine pc, MachineOptions options)
    {
        foreach (var choice in options.Devices.Where(device => !VideoSelection.IsDisplay(device)).OrderBy(OrderOf))
        {
            try
            {
                Add(pc, options, choice);
            }
            catch (Exception error) when (error is InvalidOperationException or ArgumentException)
            {
                throw new UserErrorException($"-device {choice.Driver}", $"it does not fit in ({error.Message})", "give it another place, or leave it out");
            }
        }
    }

    // Controllers before the drives that hang on them, those that claim ports late last.
    private static int OrderOf(DeviceChoice device) => device.Driver switch
    {
        "pc-testdev" => 2,
        "ahci" or "ich9-ahci" => 0,
        _ => 1,
    };

    private static void Add(PcMachine pc, MachineOptions options, DeviceChoice choice)
    {
        if (StorageDevices.TryAdd(pc, choice, () => Slot(pc, choice)))
        {
            return;
        }

        var machine = pc.Machine;
        switch (choice.Driver)
        {
            case "isa-debug-exit":
                machine.AddDevice(new IsaDebugExit(
                    machine.Ports, status => machine.RequestPowerOff(status & 0xff),
                    (ushort)Number(choice, "iobase", PcPlatform.DebugExitPort, 0xffff), (int)Number(choice, "iosize", 2, 8)));
                break;
            case "isa-debugcon":
                machine.AddDevice(new IsaDebugConsole(
                    machine.Ports, machine.Scheduler, Backend(pc, options, choice),
                    (ushort)Number(choice, "iobase", PcPlatform.DebugConsolePort, 0xffff), (byte)Number(choice, "readback", 0xe9, 0xff)));
                break;
            case "pc-testdev":
                machine.AddDevice(new PcTestDevice(machine.Ports, machine.Memory, pc.Legacy.Router, _ => FlushTlbs(pc)));
                break;
            default:
                machine.AddDevice(new PciTestDevice(pc.Legacy.Pci, Slot(pc, choice)));
                break;
        }
    }

    // The page flush makes later accesses see the map afresh: what is cached of it goes.
    private static void FlushTlbs(PcMachine pc)
    {
        foreach (var processor in pc.Machine.Processors)
        {
            processor.Mmu.FlushAll();
        }
    }

    private static ISerialBackend Backend(PcMachine pc, MachineOptions options, DeviceChoice choice)
    {
        if (!choice.Properties.TryGetValue("chardev", out var id))
        {
            return new NullSerialBackend();
        }

        return pc.DebugChannels.TryGetValue(id, out var channel)
            ? new Serial.SerialLink(channel, pc.Machine.Scheduler)
            : throw new UserErrorException(
                $"-device isa-debugcon,chardev={id}", $"no chardev '{id}'",
                Suggestion.Mend(id, options.Chardevs.Keys, $"add -chardev KIND,id={id}"));
    }

    private static long Number(DeviceChoice choice, string property, long otherwise, long maximum)
        => !choice.Properties.TryGetValue(property, out var text)
            ? otherwise
            : Quantity.TryNumber(text, out var value) && value >= 0 && value <= maximum
                ? value
                : throw new UserErrorException($"-device {choice.Driver},{property}={text}", "is no number that fits", $"give 0 to 0x{maximum:x}");

    private static int Slot(PcMachine pc, DeviceChoice choice)
    {
        if (!choice.Properties.TryGetValue("addr", out var text))
        {
            return pc.Legacy.Pci.FreeDevfn();
        }

        var parts = text.Split('.');
        var function = 0L;
        var slot = 0L;
        var valid = parts.Length <= 2 && TryHex(parts[0], out slot) && slot < 32 && (parts.Length == 1 || (TryHex(parts[1], out function) && function < 8));
        var devfn = (int)((slot << 3) | function);
        return valid && pc.Legacy.Pci.At(devfn) is null
            ? devfn
            : throw new UserErrorException($"-device {choice.Driver},addr={text}", "is no free slot", "give a slot from 2 to 0x1f");
    }

    private static bool TryHex(string text, out long value) => Quantity.TryNumber("0x" + text.Replace("0x", "", StringComparison.Ordinal), out value);
}
