using System.Text.RegularExpressions;

namespace Emulator.Architecture.Tests;

/// <summary>Names say what a thing is.</summary>
public sealed partial class NamingTests
{
    public static TheoryData<string> Assemblies => Product.Assemblies;

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Type_InTheProduct_IsNamedAfterAnIdea(string assembly)
        => Findings.AreNone(Product.TypesOf(assembly).Where(type => EmptyName().IsMatch(type.Name)).Select(type => type.FullName!));

    [Fact]
    public void TestMethod_InAnyProject_SaysSubjectConditionResult()
    {
        var tests =
            from path in Product.Sources("tests")
            from Match match in TestMethod().Matches(File.ReadAllText(Path.Combine(Product.Root, path)))
            select (Path: path, Name: match.Groups["name"].Value);
        Assert.NotEmpty(tests);
        Findings.AreNone(tests.Where(test => !ThreePartName().IsMatch(test.Name)).Select(test => $"{test.Path}: {test.Name}"));
    }

    [GeneratedRegex("(Helpers?|Misc|Managers?|Util(s|ity|ities)?)(`\\d+)?$")]
    private static partial Regex EmptyName();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]*(_[A-Z0-9][A-Za-z0-9]*){2}$")]
    private static partial Regex ThreePartName();

    [GeneratedRegex(@"^\s*\[(Fact|Theory)\b[^\n]*\n(\s*\[[^\n]*\n)*\s*public [\w<>\[\]?, ]*?(?<name>\w+)\(", RegexOptions.Multiline)]
    private static partial Regex TestMethod();
}
