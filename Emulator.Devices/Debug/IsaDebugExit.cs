using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Debug;

/// <summary>QEMU's isa-debug-exit (properties iobase and iosize): a write ends the emulator with status (value &lt;&lt; 1) | 1.</summary>
public sealed class IsaDebugExit : IDevice, IPortHandler
{
    private readonly Action<int> _exit;

    /// <summary>Claims the ports.</summary>
    public IsaDebugExit(IoPortBus ports, Action<int> exit, ushort iobase = PcPlatform.DebugExitPort, int iosize = 2)
    {
        _exit = exit;
        ports.Claim("isa-debug-exit", iobase, iosize, this);
    }

    /// <inheritdoc/>
    public string StateName => "isa-debug-exit";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size) => 0;

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value) => _exit((int)((value << 1) | 1));

    /// <inheritdoc/>
    public void Reset()
    {
        // It has no state.
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        // It has no state.
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        // It has no state.
    }
}
