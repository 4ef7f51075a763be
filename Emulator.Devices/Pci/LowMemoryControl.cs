using Emulator.Core.Snapshots;

namespace Emulator.Devices.Pci;

/// <summary>
/// The registers of a host bridge that govern memory below 1 MiB, alike in the 82441FX (order 290549, 3.2.18 and 3.2.24) and in the MCH
/// (Intel 3 Series, order 316966, 5.1.18 to 5.1.29): seven PAM registers switch ROM and RAM, SMRAM opens RAM behind VGA memory.
/// </summary>
internal sealed class LowMemoryControl
{
    private const int PamRegisters = 7;
    private const byte ReadAndWriteRam = 0x33;
    private const byte ReadRam = 0x10;
    private const byte SmramOpen = 0x40;
    private const byte SmramLock = 0x10;
    private const byte SmramEnable = 0x08;

    private readonly PciConfigSpace _config;
    private readonly ShadowMemory _shadow;
    private readonly int _pam;
    private readonly int _smram;
    private bool _locked;

    /// <summary>Declares the registers.</summary>
    /// <param name="bus">The bus, for the memory map.</param>
    /// <param name="config">The bridge's configuration space.</param>
    /// <param name="pam">The offset of PAM0.</param>
    /// <param name="smram">The offset of SMRAM.</param>
    public LowMemoryControl(PciBus bus, PciConfigSpace config, int pam, int smram)
    {
        _config = config;
        _pam = pam;
        _smram = smram;
        _shadow = new ShadowMemory(bus.Memory);
        for (var i = 0; i < PamRegisters; i++)
        {
            config.Declare(pam + i, 1, 0, i == 0 ? 0x30u : ReadAndWriteRam);
        }

        config.Declare(smram, 1, 0x02, 0x78);
    }

    /// <summary>Puts ROM contents at a physical address from 0xc0000 on; seen where the PAM registers select ROM.</summary>
    public void LoadRom(ulong address, ReadOnlySpan<byte> contents) => _shadow.LoadRom(address, contents);

    /// <summary>Selects RAM from 0xc0000 to 1 MiB for reads and writes, as firmware leaves it.</summary>
    public void EnableShadowRam()
    {
        for (var i = 0; i < PamRegisters; i++)
        {
            _config.Write(_pam + i, 1, ReadAndWriteRam);
        }

        UpdatePam();
    }

    /// <summary>Lets RAM from 0xf0000 on be read and not written.</summary>
    public void ProtectFirmware()
    {
        _config.Write(_pam, 1, ReadRam);
        UpdatePam();
    }

    /// <summary>The guest wrote configuration space.</summary>
    public void OnConfigWritten(int offset, int size)
    {
        if (offset + size > _pam && offset < _pam + PamRegisters)
        {
            UpdatePam();
        }

        if (offset <= _smram && offset + size > _smram)
        {
            UpdateSmram();
        }
    }

    /// <summary>The registers have their values after reset.</summary>
    public void Reset()
    {
        _locked = false;
        UpdatePam();
        UpdateSmram();
    }

    /// <summary>Writes what the registers do not say.</summary>
    public void Save(StateWriter writer) => writer.Write(_locked);

    /// <summary>Reads what <see cref="Save"/> wrote; the registers are loaded.</summary>
    public void Load(StateReader reader)
    {
        _locked = reader.ReadBoolean();
        UpdatePam();
        UpdateSmram();
    }

    // PAM0's high nibble is 0xf0000-0xfffff; PAM1 to PAM6 are 16 KiB segments from 0xc0000 on, low nibble first.
    private void UpdatePam()
    {
        _shadow.SetAccess(ShadowMemory.Segments - 1, (byte)(_config.Bytes[_pam] >> 4));
        for (var segment = 0; segment < ShadowMemory.Segments - 1; segment++)
        {
            var pam = _config.Bytes[_pam + 1 + (segment / 2)];
            _shadow.SetAccess(segment, (byte)(segment % 2 == 0 ? pam & 15 : pam >> 4));
        }
    }

    // D_LCK makes itself, G_SMRAME and D_OPEN read-only (D_OPEN as zero) until reset.
    private void UpdateSmram()
    {
        ref var smram = ref _config.Bytes[_smram];
        if (_locked || (smram & SmramLock) != 0)
        {
            _locked = true;
            smram = (byte)((smram | SmramLock) & ~SmramOpen);
        }

        _shadow.OpenSmram((smram & (SmramOpen | SmramEnable)) == (SmramOpen | SmramEnable));
    }
}
