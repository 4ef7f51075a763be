using System.Globalization;

namespace Emulator.Guests.Tests;

/// <summary>A Linux guest whose init ends in a busybox shell on the serial port: boots it, and asks it things.</summary>
internal sealed class LinuxShell : IDisposable
{
    private const string Prompt = " # ";

    private int _asked;

    /// <summary>Starts a kernel with the busybox initramfs.</summary>
    /// <param name="files">The kernel and the initramfs.</param>
    /// <param name="arguments">What else stands on the command line; what is behind an <c>-append</c> is added to the kernel's.</param>
    public LinuxShell(DebianFiles files, params IReadOnlyList<string> arguments)
    {
        string[] size = arguments.Contains("-m", StringComparer.Ordinal) ? [] : ["-m", "256"];
        var append = arguments.ToList().IndexOf("-append");
        var kernel = append < 0 ? "console=ttyS0 quiet panic=-1" : $"console=ttyS0 quiet panic=-1 {arguments[append + 1]}";
        var others = append < 0 ? arguments : [.. arguments.Take(append), .. arguments.Skip(append + 2)];
        Machine = new GuestMachine([.. size, "-kernel", files.Kernel, "-initrd", files.Initrd, "-append", kernel, "-nographic", .. others]);
        Machine.Start();
    }

    /// <summary>The machine.</summary>
    public GuestMachine Machine { get; }

    /// <summary>Waits for the shell's prompt; returns what the guest wrote until then.</summary>
    public string WaitForShell() => Machine.WaitFor(Prompt);

    /// <summary>Runs a command; returns what it wrote, trimmed. Its status must be 0.</summary>
    public string Ask(string command)
    {
        // The quotes keep the marks out of the echo of what is typed.
        var number = (++_asked).ToString(CultureInfo.InvariantCulture);
        Machine.Type($"echo beg''in{number}; {command}; echo st''atus{number} $?.");
        Machine.WaitFor($"begin{number}\n");
        var answer = Machine.WaitFor($"status{number} ");
        var status = Machine.WaitFor(".");
        WaitForShell();
        Assert.True(status == "0", $"\"{command}\" ended with status {status}:\n{answer}\n{Machine.Report()}");
        return answer.Trim();
    }

    /// <summary>Has the guest switch itself off; returns the machine's exit status.</summary>
    public int PowerOff()
    {
        Machine.Type("poweroff -f");
        return Machine.WaitForEnd();
    }

    /// <inheritdoc/>
    public void Dispose() => Machine.Dispose();
}
