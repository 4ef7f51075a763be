using Emulator.Devices.Input;

namespace Emulator.Devices.Tests;

/// <summary>A guest that does anything: seeded random accesses of every claimed port and window, and time that passes.</summary>
internal sealed class GuestNoise(MachineRig rig, int seed)
{
    private readonly Random _random = new(seed);
    private readonly ushort[] _ports = [.. Enumerable.Range(0, 0x10000).Where(port => rig.Ports.ClaimAt((ushort)port) is not null).Select(port => (ushort)port)];
    private ulong _hash = 14695981039346656037;

    /// <summary>A hash of everything that was read.</summary>
    public ulong Hash => _hash;

    public void Run(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Step();
        }
    }

    private void Step()
    {
        var size = 1 << _random.Next(3);
        switch (_random.Next(16))
        {
            case < 5:
                Note(rig.Ports.Read(Port(), size));
                break;
            case < 10:
                rig.Ports.Write(Port(), size, Value());
                break;
            case 10:
                rig.WritePci(Function(), _random.Next(64) * 4, 4, Value());
                break;
            case 11:
                Note(rig.ReadPci(Function(), _random.Next(64) * 4));
                break;
            case 12:
                rig.Memory.Write(Address(), Value());
                break;
            case 13:
                Note(rig.Memory.Read<uint>(Address()));
                break;
            case 14:
                HostInput();
                break;
            default:
                rig.Clock.Set(rig.Clock.Now + _random.Next(1 << _random.Next(28)));
                rig.Scheduler.RunDue();
                Assert.True(rig.Scheduler.NextDue > rig.Clock.Now);
                break;
        }
    }

    private void HostInput()
    {
        var keyboard = rig.Legacy.Keyboard;
        switch (_random.Next(4))
        {
            case 0:
                rig.Legacy.Uarts[0]!.Receive((byte)_random.Next(256));
                break;
            case 1:
                keyboard.KeyboardKey((PcKey)_random.Next(0x59), _random.Next(2) != 0);
                break;
            case 2:
                keyboard.MouseMove(_random.Next(-600, 600), _random.Next(-600, 600), _random.Next(-3, 3), (byte)_random.Next(32));
                break;
            default:
                Note(rig.Legacy.Pic.Acknowledge());
                break;
        }
    }

    private ushort Port() => _ports[_random.Next(_ports.Length)];

    private uint Value() => _random.Next(3) == 0 ? (uint)_random.Next(256) : (uint)_random.NextInt64(1L << 32);

    private int Function() => _random.Next(6) switch
    {
        0 => PcPlatform.HostBridgeDevfn,
        1 => PcPlatform.IsaBridgeDevfn,
        2 => 3 << 3,
        3 => PcPlatform.IdeDevfn,
        4 => Storage.RigStorage.AhciDevfn,
        _ => _random.Next(256),
    };

    private ulong Address() => _random.Next(4) switch
    {
        0 => 0xa0000 + (ulong)_random.Next(0x60000),
        1 => 0xff000000 + (ulong)_random.Next(0x10000),
        2 => (ulong)_random.NextInt64(1L << 32),
        _ => (ulong)_random.NextInt64(MachineRig.RamSize),
    };

    private void Note(uint value) => _hash = (_hash ^ value) * 1099511628211;
}
