using System.Reflection;
using System.Xml.Linq;

namespace Emulator.Architecture.Tests;

/// <summary>What is public says what it is for.</summary>
public sealed class DocumentationTests
{
    public static TheoryData<string> Assemblies => Product.Assemblies;

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Type_OnItsOwn_HasASummary(string assembly)
    {
        var documented = Summaries(Product.Load(assembly));
        var types = Product.TypesOf(assembly).Where(type => type.IsVisible || !type.IsNested);
        Findings.AreNone(types.Select(type => type.FullName!.Replace('+', '.')).Except(documented));
    }

    private static HashSet<string> Summaries(Assembly assembly)
        => [.. XDocument.Load(Path.ChangeExtension(assembly.Location, "xml")).Descendants("member")
            .Where(member => !string.IsNullOrWhiteSpace(member.Element("summary")?.Value) || member.Element("inheritdoc") is not null)
            .Select(member => member.Attribute("name")!.Value)
            .Where(name => name.StartsWith("T:", StringComparison.Ordinal))
            .Select(name => name[2..])];
}
