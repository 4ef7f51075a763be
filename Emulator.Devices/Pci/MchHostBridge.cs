using Emulator.Core.Snapshots;
using Emulator.Devices.Boards;

namespace Emulator.Devices.Pci;

/// <summary>
/// Memory controller hub of the Q35 chipset, 82Q35 (Intel 3 Series Express Chipset Family data sheet, order 316966, chapter 5): PCI 00:00.0,
/// 8086:29c0. PCIEXBAR places the memory-mapped configuration space, PAM and SMRAM govern memory below 1 MiB. There is no system
/// management mode: ESMRAMC is stored and hides nothing.
/// </summary>
public sealed class MchHostBridge : PciDevice, IHostBridge
{
    /// <summary>Where firmware places the memory-mapped configuration space.</summary>
    public const uint FirmwareEcamAddress = 0xb000_0000;

    private const int PciExpressBar = 0x60;
    private const int Pam0 = 0x90;
    private const int Smram = 0x9d;
    private const int ExtendedSmram = 0x9e;
    private const uint EnableBit = 1;
    private const byte ExtendedSmramCacheBits = 0x38;
    private const byte ExtendedSmramWritable = 0x87;

    private readonly LowMemoryControl _lowMemory;
    private readonly EcamWindow _ecam;

    /// <summary>Attaches to slot 0 and takes over memory from 0xc0000 to 1 MiB.</summary>
    public MchHostBridge(PciBus bus)
        : base(bus, PcPlatform.HostBridgeDevfn, "mch", new PciIdentity(0x8086, 0x29c0, 0x060000)
        {
            SubsystemVendorId = 0x1af4,
            SubsystemId = 0x1100,
        })
    {
        Config.Declare(PciRegister.Command, 2, PciRegister.CommandMaster | PciRegister.CommandMemory, PciRegister.CommandSerr);
        Config.Declare(PciRegister.Status, 2, PciRegister.StatusFastBackToBack, 0, PciRegister.StatusErrors);
        Config.Declare(PciExpressBar, 4, FirmwareEcamAddress, 0xfc00_0007);
        Config.Declare(PciExpressBar + 4, 4, 0, 0x0000_000f);
        _lowMemory = new LowMemoryControl(bus, Config, Pam0, Smram);
        Config.Declare(ExtendedSmram, 1, ExtendedSmramCacheBits, ExtendedSmramWritable);
        _ecam = new EcamWindow(bus);
    }

    /// <summary>Where the memory-mapped configuration space is; null while it is disabled.</summary>
    public ulong? EcamAddress => _ecam.Address;

    /// <inheritdoc/>
    public void LoadRom(ulong address, ReadOnlySpan<byte> contents) => _lowMemory.LoadRom(address, contents);

    /// <inheritdoc/>
    public void EnableShadowRam() => _lowMemory.EnableShadowRam();

    /// <inheritdoc/>
    public void ProtectFirmware() => _lowMemory.ProtectFirmware();

    /// <summary>Places and enables the memory-mapped configuration space as firmware does.</summary>
    public void PlaceEcamAsFirmware() => WriteConfig(PciExpressBar, 4, FirmwareEcamAddress | EnableBit);

    /// <inheritdoc/>
    protected override void OnConfigWritten(int offset, int size)
    {
        _lowMemory.OnConfigWritten(offset, size);
        if (offset < PciExpressBar + 8 && offset + size > PciExpressBar)
        {
            PlaceEcam();
        }
    }

    /// <inheritdoc/>
    protected override void ResetDevice()
    {
        _lowMemory.Reset();
        PlaceEcam();
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer) => _lowMemory.Save(writer);

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        _lowMemory.Load(reader);
        PlaceEcam();
    }

    // 5.1.15: the length is 256, 128 or 64 MiB; the fourth code is reserved and enables nothing.
    private void PlaceEcam()
    {
        var low = Config.Dword(PciExpressBar);
        var length = (low >> 1 & 3) switch
        {
            0u => 256ul << 20,
            1u => 128ul << 20,
            2u => 64ul << 20,
            _ => 0ul,
        };
        var address = ((ulong)Config.Dword(PciExpressBar + 4) << 32) | (low & 0xfc00_0000);
        _ecam.Place(address & ~(length - 1), (low & EnableBit) == 0 ? 0 : length);
    }
}
