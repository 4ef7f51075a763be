namespace Emulator.Host.Terminal;

/// <summary>What a key does after Ctrl-A.</summary>
public enum EscapeCommand
{
    /// <summary>Nothing yet: the byte is kept, or was no command.</summary>
    None,

    /// <summary>The byte goes on as data.</summary>
    Data,

    /// <summary>x: quit the emulator.</summary>
    Quit,

    /// <summary>c: switch between the guest and the monitor.</summary>
    SwitchMonitor,

    /// <summary>h or ?: list the keys.</summary>
    Help,

    /// <summary>b: send a break.</summary>
    Break,
}

/// <summary>The keys of <c>-nographic</c>, as a filter over the bytes typed: Ctrl-A, then a command.</summary>
public sealed class EscapeKeys
{
    /// <summary>Ctrl-A.</summary>
    public const byte Escape = 1;

    private bool _escaped;

    /// <summary>The keys, for people.</summary>
    public static string Help =>
        "\nCtrl-A h    this help\nCtrl-A x    quit the emulator\nCtrl-A c    switch between the guest and the monitor\n"
        + "Ctrl-A b    send a break\nCtrl-A a    send Ctrl-A\n";

    /// <summary>Takes the next byte typed; with <see cref="EscapeCommand.Data"/> the byte to send on is <paramref name="data"/>.</summary>
    public EscapeCommand Feed(byte typed, out byte data)
    {
        data = typed;
        if (!_escaped)
        {
            _escaped = typed == Escape;
            return _escaped ? EscapeCommand.None : EscapeCommand.Data;
        }

        _escaped = false;
        switch (typed)
        {
            case (byte)'x' or (byte)'X':
                return EscapeCommand.Quit;
            case (byte)'c' or (byte)'C':
                return EscapeCommand.SwitchMonitor;
            case (byte)'h' or (byte)'?':
                return EscapeCommand.Help;
            case (byte)'b':
                return EscapeCommand.Break;
            case (byte)'a' or Escape:
                data = Escape;
                return EscapeCommand.Data;
            default:
                return EscapeCommand.None;
        }
    }
}
