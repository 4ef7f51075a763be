using System.Diagnostics;
using System.Text;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>The program, or QEMU, in a process of its own, with a QMP socket in a folder that goes with it.</summary>
internal sealed class EmulatorRun : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emulator-consoles");
    private readonly StringBuilder _text = new();
    private readonly Process _process;

    private EmulatorRun(string program, IReadOnlyList<string> arguments, byte[]? kernel)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add("-qmp");
        start.ArgumentList.Add($"unix:{File("qmp")},server=on,wait=off");
        if (kernel is not null)
        {
            System.IO.File.WriteAllBytes(File("kernel"), kernel);
            start.ArgumentList.Add("-kernel");
            start.ArgumentList.Add(File("kernel"));
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
    }

    /// <summary>All that it wrote.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>Starts this emulator; without a kernel it runs its demo guest.</summary>
    public static EmulatorRun Start(byte[]? kernel, params string[] arguments)
        => new EmulatorRun(Path.Combine(AppContext.BaseDirectory, "emulator"), arguments, kernel).Begin();

    /// <summary>Starts QEMU. The test is skipped where there is none.</summary>
    public static EmulatorRun StartQemu(params string[] arguments)
    {
        const string Qemu = "/usr/bin/qemu-system-x86_64";
        Assert.SkipUnless(System.IO.File.Exists(Qemu), "no QEMU (Debian package qemu-system-x86)");
        return new EmulatorRun(Qemu, arguments, null).Begin();
    }

    /// <summary>A file's path in the run's folder.</summary>
    public string File(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Waits for a line that begins with some text; returns the rest of it.</summary>
    public string WaitForLine(string beginning)
    {
        string? line = null;
        WaitUntil(() => (line = Text.Split('\n').FirstOrDefault(item => item.StartsWith(beginning, StringComparison.Ordinal))) is not null, beginning);
        return line![beginning.Length..];
    }

    /// <summary>Types at the program's own input.</summary>
    public void Type(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    /// <summary>Opens the QMP socket.</summary>
    public QmpClient Connect()
    {
        WaitUntil(() => System.IO.File.Exists(File("qmp")), "the QMP socket");
        return new QmpClient(File("qmp"));
    }

    /// <summary>Opens the QMP socket and begins.</summary>
    public QmpClient Negotiate()
    {
        var client = Connect();
        client.Execute("qmp_capabilities");
        return client;
    }

    /// <summary>Waits until something is so.</summary>
    public void WaitUntil(Func<bool> condition, string what)
    {
        var end = Environment.TickCount64 + (long)GuestMachine.AnswerLimit.TotalMilliseconds;
        while (!condition())
        {
            Assert.False(_process.HasExited, $"The process has ended before {what}:\n{Text}");
            Assert.True(Environment.TickCount64 < end, $"{what} did not come:\n{Text}");
            Thread.Sleep(20);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private EmulatorRun Begin()
    {
        Assert.True(_process.Start());
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        return this;
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_text)
        {
            _text.Append(line.Data).Append('\n');
        }
    }
}
