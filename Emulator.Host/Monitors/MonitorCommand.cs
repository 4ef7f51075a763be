using System.Collections.Immutable;

namespace Emulator.Host.Monitors;

/// <summary>A line typed at the monitor, in words.</summary>
/// <param name="Format">What stands behind the command's slash: the <c>4xw</c> of <c>x/4xw</c>.</param>
/// <param name="Words">The words behind the command.</param>
public sealed record MonitorLine(string Format, ImmutableArray<string> Words)
{
    /// <summary>A word; empty when there are fewer.</summary>
    public string this[int index] => index < Words.Length ? Words[index] : "";

    /// <summary>The words from one on, joined.</summary>
    public string From(int index) => string.Join(' ', Words.Skip(index));
}

/// <summary>A command of the monitor.</summary>
/// <param name="Name">Its name, QEMU's.</param>
/// <param name="Arguments">What follows it.</param>
/// <param name="Summary">A line of help.</param>
/// <param name="Run">Carries it out, on the machine's thread; the answer ends in a newline unless it is empty.</param>
public sealed record MonitorCommand(string Name, string Arguments, string Summary, Func<MonitorLine, string> Run)
{
    /// <summary>Other names.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];
}

/// <summary>Something that <c>info</c> shows.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">A line of help.</param>
/// <param name="Describe">The text, which ends in a newline.</param>
public sealed record InfoPart(string Name, string Summary, Func<string> Describe);

/// <summary>Commands that belong together.</summary>
public interface IMonitorGroup
{
    /// <summary>Its commands.</summary>
    IEnumerable<MonitorCommand> Commands => [];

    /// <summary>What it adds to <c>info</c>.</summary>
    IEnumerable<InfoPart> Parts => [];
}
