using Emulator.Core.Snapshots;

namespace Emulator.Core.Machine;

/// <summary>
/// A device of the machine. It is wired by its constructor (bus, lines, scheduler), claims its ports and windows there,
/// and never touches a CPU. All calls come on the machine's thread.
/// </summary>
public interface IDevice : IStateful
{
    /// <summary>Puts the device into its power-on state. Called once before the first instruction and at every machine reset.</summary>
    void Reset();
}
