using Emulator.Core.Snapshots;
using Emulator.Devices.Boards;

namespace Emulator.Devices.Pci;

/// <summary>
/// Intel 440FX host bridge, 82441FX (Intel 440FX PCIset data sheet, order 290549): PCI 00:00.0, 8086:1237. Its PAM registers
/// switch ROM and RAM below 1 MiB, its SMRAM register opens RAM behind VGA memory.
/// </summary>
public sealed class I440FxHostBridge : PciDevice, IHostBridge
{
    private const int Pam0 = 0x59;
    private const int DramRowBoundary = 0x60;
    private const int Smram = 0x72;

    private readonly LowMemoryControl _lowMemory;

    /// <summary>Attaches to slot 0 and takes over memory from 0xc0000 to 1 MiB.</summary>
    public I440FxHostBridge(PciBus bus)
        : base(bus, PcPlatform.HostBridgeDevfn, "i440fx", new PciIdentity(0x8086, 0x1237, 0x060000)
        {
            Revision = 2,
            SubsystemVendorId = 0x1af4,
            SubsystemId = 0x1100,
        })
    {
        Config.Declare(PciRegister.Command, 2, PciRegister.CommandMaster | PciRegister.CommandMemory, PciRegister.CommandSerr);
        Config.Declare(PciRegister.Status, 2, PciRegister.StatusFastBackToBack | PciRegister.StatusDevselMedium, 0, PciRegister.StatusErrors);
        DeclareDramRegisters();
        _lowMemory = new LowMemoryControl(bus, Config, Pam0, Smram);
    }

    /// <inheritdoc/>
    public void LoadRom(ulong address, ReadOnlySpan<byte> contents) => _lowMemory.LoadRom(address, contents);

    /// <inheritdoc/>
    public void EnableShadowRam() => _lowMemory.EnableShadowRam();

    /// <inheritdoc/>
    public void ProtectFirmware() => _lowMemory.ProtectFirmware();

    /// <inheritdoc/>
    protected override void OnConfigWritten(int offset, int size) => _lowMemory.OnConfigWritten(offset, size);

    /// <inheritdoc/>
    protected override void ResetDevice() => _lowMemory.Reset();

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer) => _lowMemory.Save(writer);

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader) => _lowMemory.Load(reader);

    // Registers 3.2.10 to 3.2.21 that firmware programs and reads back; the DRAM behind them needs no set-up here.
    private void DeclareDramRegisters()
    {
        Config.Declare(0x50, 2, 0, 0xffff);
        Config.Declare(0x52, 1, 0, 0xff);
        Config.Declare(0x53, 1, 0x80, 0xfb);
        Config.Declare(0x54, 1, 0, 0x06);
        Config.Declare(0x55, 2, 0, 0xffff);
        Config.Declare(0x57, 1, 0x01, 0x3f);
        Config.Declare(0x58, 1, 0x10, 0x7f);
        for (var row = 0; row < 8; row++)
        {
            Config.Declare(DramRowBoundary + row, 1, 0x01, 0xff);
        }

        Config.Declare(0x68, 1, 0, 0xc0);
        Config.Declare(0x70, 1, 0, 0xff);
        Config.Declare(0x71, 1, 0x10, 0xff);
        Config.Declare(0x90, 1, 0, 0xff);
        Config.Declare(0x91, 1, 0, 0, 0x11);
        Config.Declare(0x93, 1, 0, 0x0f);
    }
}
