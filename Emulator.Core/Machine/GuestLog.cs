namespace Emulator.Core.Machine;

/// <summary>
/// What the machine says about its guest: each thing once, by name, however often the guest does it. Bounded.
/// </summary>
public sealed class GuestLog(Action<string> sink)
{
    private const int Limit = 1000;

    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <summary>A log that keeps nothing.</summary>
    public static GuestLog Silent() => new(_ => { });

    /// <summary>Says <paramref name="message"/> unless it has been said before.</summary>
    public void Once(string message)
    {
        if (_said.Count < Limit && _said.Add(message))
        {
            sink(message);
        }
    }
}
