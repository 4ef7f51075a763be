using System.Diagnostics;

namespace Emulator.Guests.Tests;

/// <summary>The program in a process of its own, with its terminal's two directions as pipes.</summary>
internal sealed class ProgramRun : IDisposable
{
    private readonly GuestConsole _console = new();
    private readonly Process _process;
    private readonly Task<string> _messages;
    private readonly Task _reading;
    private int _read;

    /// <summary>Starts it.</summary>
    public ProgramRun(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        _messages = _process.StandardError.ReadToEndAsync();
        _reading = ReadAsync(_process.StandardOutput.BaseStream);
    }

    /// <summary>Waits for text behind what was waited for before; returns what stands between, without the text itself.</summary>
    public string WaitFor(string text)
    {
        var start = _read;
        var end = _console.WaitFor(text, start, GuestMachine.AnswerLimit, out var failure);
        if (end < 0)
        {
            _process.Kill();
            Assert.Fail($"Waiting for \"{text}\": {failure}\n--- console ---\n{_console.Text}\n--- messages ---\n{_messages.GetAwaiter().GetResult()}");
        }

        _read = end;
        return _console.Text[start..(end - text.Length)];
    }

    /// <summary>Types a line.</summary>
    public void Type(string line)
    {
        _process.StandardInput.Write(line + "\n");
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for the process's end; returns its exit status.</summary>
    public int WaitForEnd()
    {
        Assert.True(_process.WaitForExit(GuestMachine.AnswerLimit), $"The process did not end.\n--- console ---\n{_console.Text}");
        return _process.ExitCode;
    }

    /// <summary>Kills the process, on Unix by SIGKILL; returns all that it wrote.</summary>
    public string Kill()
    {
        _process.Kill();
        _reading.GetAwaiter().GetResult();
        return _console.Text;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _reading.GetAwaiter().GetResult();
        _process.Dispose();
        _console.Dispose();
    }

    private async Task ReadAsync(Stream output)
    {
        var buffer = new byte[4096];
        for (int count; (count = await output.ReadAsync(buffer)) > 0;)
        {
            _console.Write(buffer.AsSpan(0, count));
        }

        _console.End("the process has closed its output");
    }
}
