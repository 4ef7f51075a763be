namespace Emulator.Architecture.Tests;

/// <summary>What a rule was broken by.</summary>
internal static class Findings
{
    /// <summary>Fails with all of them, one a line.</summary>
    public static void AreNone(IEnumerable<string> findings)
    {
        var all = findings.ToList();
        Assert.True(all.Count == 0, string.Join('\n', all));
    }
}
