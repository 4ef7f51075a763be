using Emulator.Guests.Tests.Systems;

namespace Emulator.Guests.Tests;

/// <summary>A Linux guest whose init ends in a busybox shell on the serial port: boots it, and asks it things.</summary>
internal sealed class LinuxShell : IDisposable
{
    private const string Prompt = " # ";

    private readonly GuestShell _shell;

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
        _shell = new GuestShell(Machine);
    }

    /// <summary>The machine.</summary>
    public GuestMachine Machine { get; }

    /// <summary>Waits for the shell's prompt; returns what the guest wrote until then.</summary>
    public string WaitForShell() => Machine.WaitFor(Prompt);

    /// <summary>Runs a command; returns what it wrote, trimmed. Its status must be 0.</summary>
    public string Ask(string command)
    {
        var answer = _shell.Ask(command);
        WaitForShell();
        return answer;
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
