using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Devices.Boards;
using Emulator.Devices.Pci;

namespace Emulator.Devices.Acpi;

/// <summary>
/// The power management I/O block of the ICH9 (data sheet 316972, 13.8.3): ACPI fixed hardware, the GPE0 block at 0x20, SMI control at 0x30
/// and the watchdog at 0x60. There is no system management mode: APMC_EN stands from reset on, which tells firmware that it has nothing
/// to set up.
/// </summary>
public sealed class Ich9PowerManagement : IDevice
{
    /// <summary>Bytes of the block.</summary>
    public const int Length = 128;

    /// <summary>Where the GPE0 block is.</summary>
    public const int GpeOffset = 0x20;

    /// <summary>Bytes of the GPE0 block: eight of status, eight of enables.</summary>
    public const byte GpeLength = 16;

    private const int SmiEnable = 0x30;
    private const int SmiStatus = 0x34;
    private const int WatchdogOffset = 0x60;
    private const uint ApmcEnable = 1 << 5;

    private readonly AcpiFixedHardware _hardware;
    private readonly Ich9LpcBridge _bridge;
    private readonly MovablePorts _ports;
    private readonly Ich9Watchdog _watchdog;
    private uint _smiEnable = ApmcEnable;

    /// <summary>Makes the block; the bridge places it.</summary>
    public Ich9PowerManagement(Ich9LpcBridge bridge, AcpiFixedHardware hardware, BoardWiring wiring)
    {
        _hardware = hardware;
        _bridge = bridge;
        _watchdog = new Ich9Watchdog(wiring.Scheduler, () =>
        {
            if (!bridge.IsWatchdogHarmless)
            {
                wiring.System.RequestReset();
            }
        });
        _ports = new MovablePorts(wiring.Bus.Ports, "ich9-pm", Length, new BytePorts(Read, Write));
        AcpiPorts.ClaimSmiCommand(wiring.Bus.Ports, hardware);
        bridge.PowerManagementMoved = Place;
    }

    /// <inheritdoc/>
    public string StateName => "ich9-pm";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public void Reset()
    {
        _smiEnable = ApmcEnable;
        _watchdog.Reset();
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_smiEnable);
        _watchdog.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        _smiEnable = reader.ReadUInt32();
        _watchdog.Load(reader);
    }

    private void Place() => _ports.Place(_bridge.PmBase, _bridge.IsPowerManagementEnabled);

    private uint Read(int offset) => offset switch
    {
        < GpeOffset => _hardware.ReadPm(offset),
        GpeOffset => _hardware.ReadGpe(0) & 0xffff,
        GpeOffset + (GpeLength / 2) => _hardware.ReadGpe(0) >> 16,
        SmiEnable => _smiEnable,
        >= WatchdogOffset and < Length => _watchdog.Read(offset - WatchdogOffset),
        _ => 0,
    };

    private void Write(int offset, byte value)
    {
        switch (offset)
        {
            case < GpeOffset:
                _hardware.WritePm(offset, value);
                break;
            case GpeOffset or GpeOffset + 1:
                _hardware.WriteGpe(offset - GpeOffset, value);
                break;
            case GpeOffset + (GpeLength / 2) or GpeOffset + (GpeLength / 2) + 1:
                _hardware.WriteGpe(2 + offset - GpeOffset - (GpeLength / 2), value);
                break;
            case >= SmiEnable and < SmiStatus:
                var shift = (offset - SmiEnable) * 8;
                _smiEnable = (_smiEnable & ~(0xffu << shift)) | ((uint)value << shift);
                break;
            case >= WatchdogOffset and < Length:
                _watchdog.Write(offset - WatchdogOffset, value);
                break;
            default:
                break;
        }
    }
}
