using Emulator.Host.Cli;
using Emulator.Host.Terminal;

namespace Emulator.Host.Serial;

/// <summary>Opens the channels that the command line names.</summary>
public sealed class ChannelFactory(TextWriter messages)
{
    private readonly List<IHostChannel> _open = [];

    /// <summary>The terminal, when something is joined to it.</summary>
    public TerminalChannel? Terminal { get; private set; }

    /// <summary>Every open channel.</summary>
    public IReadOnlyList<IHostChannel> Open => _open;

    /// <summary>Opens a target; null for <c>none</c>.</summary>
    /// <param name="option">The option that names it, for messages.</param>
    /// <param name="label">What it is joined to, for messages.</param>
    /// <param name="target">The target.</param>
    public IHostChannel? Create(string option, string label, ChannelTarget target)
    {
        IHostChannel? channel = target switch
        {
            ChannelTarget.Stdio stdio => Terminal = new TerminalChannel(stdio.WithMonitor),
            ChannelTarget.ToFile file => new FileChannel(option, file.Path, file.Append),
            ChannelTarget.Tcp or ChannelTarget.Unix => new SocketChannel(option, target, messages),
            ChannelTarget.Pty => CreatePty(option, label),
            ChannelTarget.None => null,
            _ => new NullChannel(),
        };
        if (channel is not null)
        {
            _open.Add(channel);
        }

        return channel;
    }

    private PtyChannel CreatePty(string option, string label)
    {
        var pty = new PtyChannel(option);
        messages.WriteLine($"emulator: {label} is at {pty.Name}");
        return pty;
    }
}
