using Emulator.Core.Bus;
using Emulator.Core.Snapshots;
using Emulator.Devices.Pci;

namespace Emulator.Devices.Storage.Ide;

/// <summary>
/// PIIX3 IDE controller, 82371SB function 1 (Intel 82371FB/82371SB data sheet, order 290550, 2.3): PCI 00:01.1, 8086:7010. Two channels
/// at the legacy ports, which answer whatever IDETIM says, and a bus master behind BAR 4. IDETIM tells only what firmware has enabled.
/// </summary>
public sealed class Piix3Ide : PciDevice, IPortHandler
{
    private const int BusMasterBar = 4;
    private const int PrimaryTiming = 0x40;
    private const int SecondaryTiming = 0x42;
    private const int SlaveTiming = 0x44;
    private const ushort DecodeEnable = 0x8000;

    private readonly BusMasterChannel[] _busMasters;

    /// <summary>Attaches to slot 1, function 1, and claims the channels' ports.</summary>
    /// <param name="bus">The PCI bus.</param>
    /// <param name="connect">Gives the wire to an ISA interrupt line.</param>
    public Piix3Ide(PciBus bus, Func<int, InterruptLine> connect)
        : base(bus, PcPlatform.IdeDevfn, "piix3-ide", new PciIdentity(0x8086, 0x7010, 0x010180) { SubsystemVendorId = 0x1af4, SubsystemId = 0x1100 })
    {
        Config.Declare(PciRegister.Command, 2, 0, PciRegister.CommandIo | PciRegister.CommandMaster);
        Config.Declare(PciRegister.Status, 2, PciRegister.StatusFastBackToBack | PciRegister.StatusDevselMedium, 0, PciRegister.StatusErrors);
        Config.Declare(PrimaryTiming, 2, 0, 0xffff);
        Config.Declare(SecondaryTiming, 2, 0, 0xffff);
        Config.Declare(SlaveTiming, 1, 0, 0xff);
        _busMasters = [new BusMasterChannel(bus.Memory), new BusMasterChannel(bus.Memory)];
        AddIoBar(BusMasterBar, 2 * BusMasterChannel.Ports, this);
        ReadOnlySpan<IdePlace> places = [PcPlatform.PrimaryIde, PcPlatform.SecondaryIde];
        var channels = new IdeChannel[places.Length];
        for (var i = 0; i < channels.Length; i++)
        {
            channels[i] = new IdeChannel(bus.Ports, places[i], connect(places[i].Irq), _busMasters[i], () => IsBusMaster);
        }

        Channels = channels;
    }

    /// <summary>The primary and the secondary channel.</summary>
    public IReadOnlyList<IdeChannel> Channels { get; }

    /// <summary>Enables both channels in IDETIM, as firmware does.</summary>
    public void EnableAsFirmware()
    {
        WriteConfig(PrimaryTiming, 2, DecodeEnable);
        WriteConfig(SecondaryTiming, 2, DecodeEnable);
        WriteConfig(PciRegister.Command, 2, Config.Word(PciRegister.Command) | (uint)(PciRegister.CommandIo | PciRegister.CommandMaster));
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        var value = 0u;
        for (var i = 0; i < size; i++)
        {
            var at = offset + i;
            value |= (uint)_busMasters[at / BusMasterChannel.Ports].Read(at % BusMasterChannel.Ports) << (8 * i);
        }

        return value;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        for (var i = 0; i < size; i++)
        {
            var at = offset + i;
            _busMasters[at / BusMasterChannel.Ports].Write(at % BusMasterChannel.Ports, (byte)(value >> (8 * i)));
        }
    }

    /// <inheritdoc/>
    protected override void ResetDevice()
    {
        for (var i = 0; i < _busMasters.Length; i++)
        {
            _busMasters[i].Reset();
            Channels[i].Reset();
        }
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer)
    {
        for (var i = 0; i < _busMasters.Length; i++)
        {
            _busMasters[i].Save(writer);
            Channels[i].Save(writer);
        }
    }

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        for (var i = 0; i < _busMasters.Length; i++)
        {
            _busMasters[i].Load(reader);
            Channels[i].Load(reader);
        }
    }
}
