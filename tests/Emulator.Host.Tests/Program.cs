using System.Globalization;
using Emulator.Host.Tests.Images;
using Xunit.MicrosoftTestingPlatform;

namespace Emulator.Host.Tests;

/// <summary>The tests, or the writer that <see cref="KillTests"/> kills: <c>--write-until-killed IMAGE SEED</c>.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        if (args is [KilledWriter.Option, var image, var seed])
        {
            KilledWriter.Run(image, int.Parse(seed, CultureInfo.InvariantCulture), Console.Out);
            return 0;
        }

        return args.Any(arg => arg is "-automated" or "@@")
            ? await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).ConfigureAwait(false)
            : await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions).ConfigureAwait(false);
    }
}
