using System.Xml.Linq;

namespace Emulator.Architecture.Tests;

/// <summary>Dependencies point one way.</summary>
public sealed class DependencyTests
{
    public static TheoryData<string> Assemblies => Product.Assemblies;

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Assembly_AsCompiled_KnowsOnlyItsLayers(string assembly)
    {
        var known = Product.Load(assembly).GetReferencedAssemblies().Select(name => name.Name!).Where(IsOurs);
        Findings.AreNone(known.Except(MayKnow(assembly)));
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Project_AsWritten_ReferencesOnlyItsLayers(string assembly)
    {
        var path = Product.Layers.Single(layer => layer.Assembly == assembly).Project;
        var referenced = XDocument.Load(Path.Combine(Product.Root, path)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));
        Findings.AreNone(referenced.Except(MayKnow(assembly)));
    }

    [Fact]
    public void Repository_ItsProductProjects_AreAllLayers()
    {
        var projects = Directory.EnumerateFiles(Product.Root, "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Product.Root, path).Replace('\\', '/'))
            .Where(path => path.Split('/')[0] is not ("tests" or "bench"));
        Assert.Equal(Product.Layers.Select(layer => layer.Project).Order(), projects.Order());
    }

    private static bool IsOurs(string name) => name.StartsWith("emulator", StringComparison.OrdinalIgnoreCase);

    private static string[] MayKnow(string assembly) => Product.Layers.Single(layer => layer.Assembly == assembly).MayKnow;
}
