using System.Text.RegularExpressions;

namespace Emulator.Architecture.Tests;

/// <summary>The documents point at what is there.</summary>
public sealed partial class DocumentLinkTests
{
    public static TheoryData<string> Documents
        => [.. Directory.EnumerateFiles(Product.Root, "*.md").Concat(Directory.EnumerateFiles(
                Path.Combine(Product.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Product.Root, path).Replace('\\', '/'))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Link_ToAFile_LeadsToOne(string document)
    {
        var path = Path.Combine(Product.Root, document);
        var broken = Link().Matches(File.ReadAllText(path)).Select(match => match.Groups["target"].Value)
            .Where(target => !Path.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)));
        Findings.AreNone(broken);
    }

    // Not to other sites, and without the part of the page.
    [GeneratedRegex(@"\]\((?!https?:|#)(?<target>[^)#\s]+)")]
    private static partial Regex Link();
}
