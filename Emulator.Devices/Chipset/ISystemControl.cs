namespace Emulator.Devices.Chipset;

/// <summary>What the chipset asks of the machine. Called on the machine's thread, inside a port access: act at the next boundary.</summary>
public interface ISystemControl
{
    /// <summary>RESET#: the whole machine resets; RAM keeps its contents.</summary>
    void RequestReset();

    /// <summary>A20M#: whether address line 20 passes.</summary>
    void SetA20(bool enabled);
}
