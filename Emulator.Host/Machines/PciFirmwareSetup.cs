using Emulator.Devices;
using Emulator.Devices.Boards;
using Emulator.Devices.Pci;

namespace Emulator.Host.Machines;

/// <summary>
/// What firmware does to PCI before it starts a system, for kernels that are started without one: BARs get addresses, interrupt
/// wires get ISA lines (10 and 11, level-triggered), decoding is enabled.
/// </summary>
internal static class PciFirmwareSetup
{
    private const uint IoStart = 0xc000;
    private const uint MemoryEnd = 0xfebf_0000;
    private const byte LevelLines10And11 = 0x0c;

    /// <summary>Sets up every function of bus 0.</summary>
    /// <param name="board">The board whose bridges route interrupts.</param>
    /// <param name="pci">The bus.</param>
    /// <param name="memoryStart">The first address for memory BARs.</param>
    public static void Run(IPcBoard board, PciBus pci, uint memoryStart)
    {
        board.SetUpAsFirmware();
        var ports = pci.Ports;
        ports.Write(PcPlatform.ElcrPort + 1, 1, LevelLines10And11);
        var nextIo = IoStart;
        ulong nextMemory = memoryStart;
        foreach (var device in pci.Devices)
        {
            PlaceBars(pci, device, ref nextIo, ref nextMemory);
            var pin = device.ReadConfig(PciRegister.InterruptPin, 1);
            if (pin is >= 1 and <= 4)
            {
                pci.WriteConfig(device.Devfn, PciRegister.InterruptLine, 1, (uint)PcPlatform.FirmwareLineOf(board.IsaBridge.PirqOf(device.Devfn >> 3, (int)pin - 1)));
            }
        }
    }

    private static void PlaceBars(PciBus pci, PciDevice device, ref uint nextIo, ref ulong nextMemory)
    {
        var command = 0u;
        foreach (var bar in device.Bars)
        {
            var register = PciRegister.BaseAddress + (4 * bar.Index);
            if (bar.Kind == PciBarKind.Io)
            {
                nextIo = (uint)AlignUp(nextIo, bar.Size);
                pci.WriteConfig(device.Devfn, register, 4, nextIo);
                nextIo += (uint)bar.Size;
                command |= PciRegister.CommandIo;
                continue;
            }

            var address = AlignUp(nextMemory, Math.Max(bar.Size, 0x1000));
            if (address + bar.Size > MemoryEnd)
            {
                continue;
            }

            pci.WriteConfig(device.Devfn, register, 4, (uint)address);
            nextMemory = address + bar.Size;
            command |= PciRegister.CommandMemory;
        }

        if (command != 0)
        {
            pci.WriteConfig(device.Devfn, PciRegister.Command, 2, device.ReadConfig(PciRegister.Command, 2) | command);
        }
    }

    private static ulong AlignUp(ulong value, ulong size) => (value + size - 1) & ~(size - 1);
}
