namespace Emulator.Host;

/// <summary>The entry point of <c>emulator</c>.</summary>
internal static class Program
{
    private static int Main()
    {
        Console.Error.WriteLine("emulator: nothing to run yet.");
        return 1;
    }
}
