namespace Emulator.Host.Monitors;

/// <summary>What the monitor sees and does of a machine. All calls come on the machine's thread, between instructions.</summary>
public interface IMonitorTarget
{
    /// <summary>Whether the guest runs.</summary>
    bool IsRunning { get; }

    /// <summary>The same as QEMU calls it: running, paused, or io-error when a drive's failure has stopped it.</summary>
    string RunState { get; }

    /// <summary>The size in bits of the code that runs: 16, 32 or 64.</summary>
    int CodeBits { get; }

    /// <summary>The parts that <see cref="Describe"/> knows, with a line on each.</summary>
    IReadOnlyList<(string Name, string Summary)> Parts { get; }

    /// <summary>Stops the guest.</summary>
    void Stop();

    /// <summary>Lets the guest go on.</summary>
    void Continue();

    /// <summary>Resets the machine.</summary>
    void Reset();

    /// <summary>Presses the power button.</summary>
    void PressPowerButton();

    /// <summary>Raises an NMI on every processor.</summary>
    void RaiseNmi();

    /// <summary>Ends the process with status 0.</summary>
    void Quit();

    /// <summary>A part of the machine as text: <c>registers</c>, <c>cpus</c>, <c>mtree</c>, ...; null when there is no such part.</summary>
    string? Describe(string part);

    /// <summary>The current processor's register of a name in lower case; null when there is none.</summary>
    ulong? Register(string name);

    /// <summary>Reads physical memory.</summary>
    void ReadPhysical(ulong address, Span<byte> destination);

    /// <summary>Reads memory as the current processor sees it; false where nothing is mapped.</summary>
    bool TryReadLinear(ulong address, Span<byte> destination);
}
