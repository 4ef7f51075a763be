using Emulator.Core.Machine;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>
/// Address line 20 as port 0x92 and the keyboard controller's output port drive it. One latch: the last writer wins, and both
/// ports read it back, so that software which uses either alone sees what it wrote. After reset the line passes.
/// </summary>
public sealed class A20Gate(ISystemControl system) : IDevice
{
    /// <inheritdoc/>
    public string StateName => "a20";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>Whether address line 20 passes.</summary>
    public bool Enabled { get; private set; } = true;

    /// <summary>Drives the line.</summary>
    public void Set(bool enabled)
    {
        if (Enabled != enabled)
        {
            Enabled = enabled;
            system.SetA20(enabled);
        }
    }

    /// <inheritdoc/>
    public void Reset() => Set(true);

    /// <inheritdoc/>
    public void Save(StateWriter writer) => writer.Write(Enabled);

    /// <inheritdoc/>
    public void Load(StateReader reader) => Enabled = reader.ReadBoolean();
}
