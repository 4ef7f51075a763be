using Emulator.Host.Cli;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests;

/// <summary>A kernel and an initramfs on the host's disk.</summary>
internal sealed record DebianFiles(string Kernel, string Initrd);

/// <summary>
/// The Debian guests of a test run: fetched once, into the emulator's own cache folder. A guest that cannot be had skips the tests
/// that need it, with the reason.
/// </summary>
public sealed class DebianGuests
{
    private readonly Dictionary<string, DebianFiles> _fetched = new(StringComparer.Ordinal);

    /// <summary>The kernel of a package, with the busybox initramfs.</summary>
    internal DebianFiles Get(string package = LinuxGuest.DefaultPackage)
    {
        if (!_fetched.TryGetValue(package, out var files))
        {
            files = Fetch(package);
            _fetched.Add(package, files);
        }

        return files;
    }

    private static DebianFiles Fetch(string package)
    {
        try
        {
            var files = LinuxGuest.Prepare(null, null, package, DebianPackages.DefaultFolder(), line => TestContext.Current.SendDiagnosticMessage("{0}", line));
            return new DebianFiles(files.Kernel, files.Initrd);
        }
        catch (UserErrorException reason)
        {
            Assert.Skip(reason.Message);
            throw;
        }
    }
}

/// <summary>The tests that share <see cref="DebianGuests"/>.</summary>
[CollectionDefinition(Name)]
public sealed class DebianCollection : ICollectionFixture<DebianGuests>
{
    /// <summary>The collection's name.</summary>
    public const string Name = "Debian guests";
}
