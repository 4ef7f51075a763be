using Emulator.Core.Snapshots;

namespace Emulator.Devices.Pci;

/// <summary>
/// Intel 440FX host bridge, 82441FX (Intel 440FX PCIset data sheet, order 290549): PCI 00:00.0, 8086:1237. Its PAM registers
/// switch ROM and RAM below 1 MiB, its SMRAM register opens RAM behind VGA memory.
/// </summary>
public sealed class I440FxHostBridge : PciDevice
{
    private const int PamFirst = 0x59;
    private const int PamLast = 0x5f;
    private const int DramRowBoundary = 0x60;
    private const int Smram = 0x72;
    private const byte SmramOpen = 0x40;
    private const byte SmramLock = 0x10;
    private const byte SmramEnable = 0x08;

    private readonly ShadowMemory _shadow;
    private bool _smramLocked;

    /// <summary>Attaches to slot 0 and takes over memory from 0xc0000 to 1 MiB.</summary>
    public I440FxHostBridge(PciBus bus)
        : base(bus, PcPlatform.HostBridgeDevfn, "i440fx", new PciIdentity(0x8086, 0x1237, 0x060000)
        {
            Revision = 2,
            SubsystemVendorId = 0x1af4,
            SubsystemId = 0x1100,
        })
    {
        _shadow = new ShadowMemory(bus.Memory);
        Config.Declare(PciRegister.Command, 2, PciRegister.CommandMaster | PciRegister.CommandMemory, PciRegister.CommandSerr);
        Config.Declare(PciRegister.Status, 2, PciRegister.StatusFastBackToBack | PciRegister.StatusDevselMedium, 0, PciRegister.StatusErrors);
        DeclareDramRegisters();
        for (var pam = PamFirst; pam <= PamLast; pam++)
        {
            Config.Declare(pam, 1, 0, pam == PamFirst ? 0x30u : 0x33u);
        }

        Config.Declare(Smram, 1, 0x02, 0x78);
    }

    /// <summary>Puts ROM contents at a physical address from 0xc0000 on; seen where the PAM registers select ROM.</summary>
    public void LoadRom(ulong address, ReadOnlySpan<byte> contents) => _shadow.LoadRom(address, contents);

    /// <summary>Selects RAM from 0xc0000 to 1 MiB for reads and writes, as firmware leaves it.</summary>
    public void EnableShadowRam()
    {
        for (var pam = PamFirst; pam <= PamLast; pam++)
        {
            WriteConfig(pam, 1, 0x33);
        }
    }

    /// <inheritdoc/>
    protected override void OnConfigWritten(int offset, int size)
    {
        if (offset + size > PamFirst && offset <= PamLast)
        {
            UpdatePam();
        }

        if (offset <= Smram && offset + size > Smram)
        {
            UpdateSmram();
        }
    }

    /// <inheritdoc/>
    protected override void ResetDevice()
    {
        _smramLocked = false;
        UpdatePam();
        UpdateSmram();
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer) => writer.Write(_smramLocked);

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        _smramLocked = reader.ReadBoolean();
        UpdatePam();
        UpdateSmram();
    }

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

    // PAM0's high nibble is 0xf0000-0xfffff; PAM1 to PAM6 are 16 KiB segments from 0xc0000 on, low nibble first.
    private void UpdatePam()
    {
        _shadow.SetAccess(ShadowMemory.Segments - 1, (byte)(Config.Bytes[PamFirst] >> 4));
        for (var segment = 0; segment < ShadowMemory.Segments - 1; segment++)
        {
            var pam = Config.Bytes[PamFirst + 1 + (segment / 2)];
            _shadow.SetAccess(segment, (byte)(segment % 2 == 0 ? pam & 15 : pam >> 4));
        }
    }

    // D_LCK makes itself, G_SMRAME and D_OPEN read-only (D_OPEN as zero) until reset.
    private void UpdateSmram()
    {
        ref var smram = ref Config.Bytes[Smram];
        if (_smramLocked || (smram & SmramLock) != 0)
        {
            _smramLocked = true;
            smram = (byte)((smram | SmramLock) & ~SmramOpen);
        }

        _shadow.OpenSmram((smram & (SmramOpen | SmramEnable)) == (SmramOpen | SmramEnable));
    }
}
