namespace Emulator.Host.Terminal;

/// <summary>
/// One line on stderr that says what takes so long before the guest's first output, and goes when that comes. Nothing is shown
/// where stderr is no terminal, or when the output comes soon.
/// </summary>
public sealed class ProgressLine(TextWriter error, bool isTerminal) : IDisposable
{
    private const int Delay = 700;

    private readonly Lock _lock = new();
    private Timer? _timer;
    private bool _shown;
    private bool _closed;

    /// <summary>Shows a line after a moment, unless <see cref="Clear"/> comes first.</summary>
    public void ShowSoon(string text)
    {
        if (isTerminal)
        {
            _timer = new Timer(_ => Show(text), null, Delay, Timeout.Infinite);
        }
    }

    /// <summary>Takes the line away for good. Any thread.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _closed = true;
            if (_shown)
            {
                _shown = false;
                error.Write("\r\u001b[K");
                error.Flush();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        _timer?.Dispose();
    }

    private void Show(string text)
    {
        lock (_lock)
        {
            if (!_closed)
            {
                _shown = true;
                error.Write($"emulator: {text}");
                error.Flush();
            }
        }
    }
}
