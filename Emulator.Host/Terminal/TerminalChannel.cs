using System.Text;
using Emulator.Host.Serial;
using Microsoft.Win32.SafeHandles;

namespace Emulator.Host.Terminal;

/// <summary>
/// Standard input and output as a channel: raw while they are a terminal, plain bytes else. With the monitor, Ctrl-A is the escape
/// key and Ctrl-A c switches where keys go. The end of standard input ends nothing.
/// </summary>
public sealed class TerminalChannel : IHostChannel
{
    private readonly bool _withMonitor;
    private readonly OutboundQueue _output;
    private readonly Stream _stdout = Console.OpenStandardOutput();
    private readonly EscapeKeys _keys = new();
    private TerminalMode? _mode;
    private bool _monitorHasKeys;

    /// <summary>Prepares the channel; <see cref="Start"/> changes the terminal.</summary>
    /// <param name="withMonitor">Whether the terminal is shared with the monitor, and Ctrl-C goes to the guest.</param>
    public TerminalChannel(bool withMonitor)
    {
        _withMonitor = withMonitor;
        _output = new OutboundQueue("terminal output", bytes => _stdout.Write(bytes), FullQueue.Wait);
    }

    /// <inheritdoc/>
    public InboundQueue Input { get; } = new();

    /// <inheritdoc/>
    public Action? BreakReceived { get; set; }

    /// <summary>Called on the reader's thread at Ctrl-A x.</summary>
    public Action? QuitRequested { get; set; }

    /// <summary>Called on the reader's thread with each byte typed at the monitor.</summary>
    public Action<byte>? MonitorByte { get; set; }

    /// <summary>Called on the reader's thread when the monitor gets the keys.</summary>
    public Action? MonitorEntered { get; set; }

    /// <summary>Called once, before the first byte goes out.</summary>
    public Action? BeforeFirstOutput { get; set; }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        if (BeforeFirstOutput is { } before)
        {
            BeforeFirstOutput = null;
            before();
        }

        _output.Write(bytes);
    }

    /// <summary>Writes text of the emulator itself.</summary>
    public void Write(string text) => Write(Encoding.UTF8.GetBytes(text));

    /// <inheritdoc/>
    public void Start()
    {
        _mode = TerminalMode.TryEnter(0, keepSignals: !_withMonitor);
        ThreadStart loop = OperatingSystem.IsWindows() && !Console.IsInputRedirected ? ReadKeys : ReadBytes;
        new Thread(loop) { IsBackground = true, Name = "terminal input" }.Start();
    }

    /// <summary>Puts the terminal back; any thread, any time.</summary>
    public void RestoreTerminal() => _mode?.Restore();

    /// <summary>Sets raw mode again after the process was stopped and continued.</summary>
    public void ReenterRaw() => _mode?.Apply();

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        RestoreTerminal();
    }

    /// <summary>Takes a byte from the keyboard. Internal for its tests.</summary>
    internal void Type(byte typed)
    {
        var command = EscapeCommand.Data;
        var data = typed;
        if (_withMonitor)
        {
            command = _keys.Feed(typed, out data);
        }

        switch (command)
        {
            case EscapeCommand.Data when _monitorHasKeys:
                MonitorByte?.Invoke(data);
                break;
            case EscapeCommand.Data when _mode is not null:
                // Waiting for a guest that does not read would make the escape key wait too.
                Input.TryAdd(data);
                break;
            case EscapeCommand.Data:
                Input.Add([data]);
                break;
            case EscapeCommand.Quit:
                QuitRequested?.Invoke();
                break;
            case EscapeCommand.SwitchMonitor:
                _monitorHasKeys = !_monitorHasKeys;
                if (_monitorHasKeys)
                {
                    MonitorEntered?.Invoke();
                }

                break;
            case EscapeCommand.Help:
                Write(EscapeKeys.Help);
                break;
            case EscapeCommand.Break:
                BreakReceived?.Invoke();
                break;
            default:
                break;
        }
    }

    private void ReadBytes()
    {
        try
        {
            using var handle = new SafeFileHandle(0, ownsHandle: false);
            using var input = new FileStream(handle, FileAccess.Read, bufferSize: 0);
            var buffer = new byte[256];
            for (int count; (count = input.Read(buffer)) > 0;)
            {
                foreach (var typed in buffer.AsSpan(0, count))
                {
                    Type(typed);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or ObjectDisposedException)
        {
            // A standard input that is closed or cannot be read is an input without keys.
            BreakReceived = null;
        }
    }

    // Windows' console gives keys, not bytes: the few that a serial terminal has are spelled out as it would send them.
    private void ReadKeys()
    {
        Console.TreatControlCAsInput = _withMonitor;
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            var text = key.Key switch
            {
                ConsoleKey.UpArrow => "\u001b[A",
                ConsoleKey.DownArrow => "\u001b[B",
                ConsoleKey.RightArrow => "\u001b[C",
                ConsoleKey.LeftArrow => "\u001b[D",
                ConsoleKey.Home => "\u001b[H",
                ConsoleKey.End => "\u001b[F",
                ConsoleKey.Delete => "\u001b[3~",
                ConsoleKey.Backspace => "\u007f",
                _ => key.KeyChar == '\0' ? "" : key.KeyChar.ToString(),
            };
            foreach (var typed in Encoding.UTF8.GetBytes(text))
            {
                Type(typed);
            }
        }
    }
}
