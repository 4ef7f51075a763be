namespace Emulator.Core.Machine;

/// <summary>What parts of a machine may ask of the whole; carried out at the next instruction boundary.</summary>
public interface IMachineControl
{
    /// <summary>Resets the machine (triple fault, port 0xCF9, keyboard controller), naming the cause.</summary>
    void RequestReset(string cause);

    /// <summary>Powers the machine off with the exit status given (0 for ACPI S5, (value &lt;&lt; 1) | 1 for isa-debug-exit).</summary>
    void RequestPowerOff(int exitStatus);
}
