using System.Text;
using Emulator.Host.Serial;

namespace Emulator.Guests.Tests;

/// <summary>
/// The other end of a guest's serial port: keeps all that the guest writes, at once, so that its UART never waits, and lets a test
/// wait for text.
/// </summary>
internal sealed class GuestConsole : IHostChannel
{
    private readonly object _gate = new();
    private readonly StringBuilder _text = new();
    private string? _ended;

    /// <inheritdoc/>
    public InboundQueue Input { get; } = new();

    /// <inheritdoc/>
    public Action? BreakReceived { get; set; }

    /// <summary>All that the guest wrote so far.</summary>
    public string Text
    {
        get
        {
            lock (_gate)
            {
                return _text.ToString();
            }
        }
    }

    /// <inheritdoc/>
    public void Start()
    {
        // There is nothing to open.
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _text.Append(Encoding.Latin1.GetString(bytes).Replace("\r", "", StringComparison.Ordinal));
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Tells those who wait that nothing more comes, and why.</summary>
    public void End(string cause)
    {
        lock (_gate)
        {
            _ended = cause;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// Waits until <paramref name="text"/> stands at or behind <paramref name="from"/>; returns the place behind it, or -1 when the
    /// time is over or the machine has ended, with what it waited for in vain in <paramref name="failure"/>.
    /// </summary>
    public int WaitFor(string text, int from, TimeSpan limit, out string failure)
    {
        var end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        lock (_gate)
        {
            while (true)
            {
                var all = _text.ToString();
                var at = all.IndexOf(text, Math.Min(from, all.Length), StringComparison.Ordinal);
                if (at >= 0)
                {
                    failure = "";
                    return at + text.Length;
                }

                var left = end - Environment.TickCount64;
                if (_ended is not null || left <= 0)
                {
                    failure = _ended ?? $"{limit.TotalSeconds:0} s went by";
                    return -1;
                }

                Monitor.Wait(_gate, (int)Math.Min(left, 1000));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing is held.
    }
}
