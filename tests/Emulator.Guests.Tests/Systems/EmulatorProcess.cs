namespace Emulator.Guests.Tests.Systems;

/// <summary>The emulator in a process of its own, with the guest's serial port and the monitor at its standard input and output.</summary>
internal sealed class EmulatorProcess(params IReadOnlyList<string> arguments) : IDisposable
{
    private const string MonitorPrompt = "(emulator) ";
    private const char Escape = '\u0001';

    private readonly ProgramRun _run = new(Path.Combine(AppContext.BaseDirectory, "emulator"), ["-nographic", .. arguments]);

    /// <summary>Waits for text behind what was waited for before; returns what stands between.</summary>
    public string WaitFor(string text) => _run.WaitFor(text);

    /// <summary>Types a line at the guest.</summary>
    public void Type(string line) => _run.Type(line);

    /// <summary>Gives the monitor a command; returns its answer, without the echo.</summary>
    public string Monitor(string command)
    {
        _run.Type($"{Escape}c{command}");
        _run.WaitFor(MonitorPrompt);
        var answer = _run.WaitFor(MonitorPrompt);
        _run.Type($"{Escape}c");
        return answer[(answer.IndexOf('\n', StringComparison.Ordinal) + 1)..];
    }

    /// <summary>Writes the machine's state to a file, and ends it.</summary>
    public void Migrate(string file)
    {
        Monitor("migrate file:" + file);
        Assert.True(File.Exists(file), "the state was not written");
        Quit();
    }

    /// <summary>Ends the process as Ctrl-A x does.</summary>
    public void Quit()
    {
        _run.Type($"{Escape}x");
        WaitForEnd();
    }

    /// <summary>Waits for the process's end; returns its exit status.</summary>
    public int WaitForEnd() => _run.WaitForEnd();

    /// <summary>Kills the process (SIGKILL); returns all that the guest wrote.</summary>
    public string Kill() => _run.Kill();

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();
}
