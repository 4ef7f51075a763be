namespace Emulator.Host.Cli;

/// <summary>
/// Something that the person at the command line can mend. Its message is one line that names the option and its value,
/// says what is wrong, and says what to do; the process prints it on stderr and exits with status 1.
/// </summary>
public class UserErrorException : Exception
{
    /// <summary>Composes the line.</summary>
    /// <param name="subject">The option as typed, with its value: <c>-m 0</c>.</param>
    /// <param name="problem">What is wrong with it.</param>
    /// <param name="mend">What to do instead.</param>
    public UserErrorException(string subject, string problem, string mend)
        : base(OneLine($"{subject}: {problem}; {mend}"))
    {
    }

    // A value typed by the user or read from a file may hold anything; the message stays one printable line.
    private static string OneLine(string text)
    {
        var line = string.Create(text.Length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = char.IsControl(source[i]) ? '?' : source[i];
            }
        });
        return line.Length <= 600 ? line : line[..400] + " ... " + line[^190..];
    }
}
