using Emulator.Host.Cli;

namespace Emulator.Host;

/// <summary>The entry point of <c>emulator</c>.</summary>
internal static class Program
{
    // The streams are opened bare: the console class would set up the terminal, which the guest's session does itself.
    private static int Main(string[] arguments)
    {
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        using var error = new StreamWriter(Console.OpenStandardError()) { AutoFlush = true };
        return Application.Run(arguments, output, TextWriter.Synchronized(error));
    }
}
