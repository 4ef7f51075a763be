using System.Globalization;

namespace Emulator.Guests.Tests.Systems;

/// <summary>What is said to a Linux shell at a serial port, whoever reads and types there.</summary>
internal sealed class GuestShell(Action<string> type, Func<string, string> waitFor)
{
    private int _asked;

    /// <summary>The shell of a machine in this process.</summary>
    public GuestShell(GuestMachine machine)
        : this(machine.Type, machine.WaitFor)
    {
    }

    /// <summary>Logs in to <see cref="DebianDisk"/> at the prompt that was waited for. The terminal gets no control codes afterwards.</summary>
    public void LogIn()
    {
        type("root");
        waitFor("Password: ");
        type("debian");
        waitFor("# ");
        type("export TERM=dumb PS1='# '; bind 'set enable-bracketed-paste off'; stty -echo cols 300; echo lo''ggedin");
        waitFor("loggedin\n");
    }

    /// <summary>Runs a command; returns what it wrote, trimmed. Its status must be 0.</summary>
    public string Ask(string command)
    {
        // The quotes keep the marks out of the echo of what is typed.
        var number = (++_asked).ToString(CultureInfo.InvariantCulture);
        type($"echo beg''in{number}; {command}; echo st''atus{number} $?.");
        waitFor($"begin{number}\n");
        var answer = waitFor($"status{number} ");
        var status = waitFor(".");
        Assert.True(status == "0", $"\"{command}\" ended with status {status}:\n{answer}");
        return answer.Trim();
    }
}
