using System.Reflection;
using System.Runtime.CompilerServices;

namespace Emulator.Architecture.Tests;

/// <summary>What the tests of this project look at: the product's assemblies and the repository's sources.</summary>
internal static class Product
{
    /// <summary>Each assembly's name, its folder, and the assemblies of ours that it may know.</summary>
    public static IReadOnlyList<(string Assembly, string Project, string[] MayKnow)> Layers =>
    [
        ("Emulator.Core", "Emulator.Core/Emulator.Core.csproj", []),
        ("Emulator.Jit", "Emulator.Jit/Emulator.Jit.csproj", ["Emulator.Core"]),
        ("Emulator.Devices", "Emulator.Devices/Emulator.Devices.csproj", ["Emulator.Core"]),
        ("Emulator.Roms", "roms/Emulator.Roms.csproj", []),
        ("emulator", "Emulator.Host/Emulator.Host.csproj", ["Emulator.Core", "Emulator.Jit", "Emulator.Devices", "Emulator.Roms"]),
    ];

    /// <summary>The names of the assemblies, as test cases.</summary>
    public static TheoryData<string> Assemblies => [.. Layers.Select(layer => layer.Assembly)];

    /// <summary>Loads an assembly by its name.</summary>
    public static Assembly Load(string name) => Assembly.Load(new AssemblyName(name));

    /// <summary>The types that a person wrote.</summary>
    public static IEnumerable<Type> TypesOf(string assembly)
        => Load(assembly).GetTypes().Where(type => !IsGenerated(type));

    /// <summary>The folder that holds the solution.</summary>
    public static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Emulator.sln")))
            {
                folder = folder.Parent;
            }

            return folder?.FullName ?? throw new InvalidOperationException("Emulator.sln stands in no folder above the test.");
        }
    }

    /// <summary>The C# files under a folder of the repository, without what the build made.</summary>
    public static IEnumerable<string> Sources(string folder = "")
        => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" || part.StartsWith('.')));

    /// <summary>Closures, cached lambdas and literal data, and whatever is nested in them.</summary>
    private static bool IsGenerated(Type type)
        => type.Name.StartsWith('<')
        || type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        || (type.DeclaringType is { } outer && IsGenerated(outer));
}
