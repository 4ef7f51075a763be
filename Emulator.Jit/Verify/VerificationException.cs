namespace Emulator.Jit.Verify;

/// <summary>Compiled code did something else than the interpreter: the emulator is wrong, the guest cannot go on.</summary>
/// <param name="message">One line: where, and what differs first.</param>
/// <param name="report">All that is known, for people.</param>
public sealed class VerificationException(string message, string report) : Exception(message)
{
    /// <summary>Registers side by side, memory, guest code and CIL, as lines of text.</summary>
    public string Report { get; } = report;
}
