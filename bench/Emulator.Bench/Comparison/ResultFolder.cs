namespace Emulator.Bench.Comparison;

/// <summary>Where figures are kept: <c>bench/results</c>, files named after the day.</summary>
internal static class ResultFolder
{
    /// <summary>The repository's root: the folder with the solution, above the program or above the current folder.</summary>
    public static string Root => Above(AppContext.BaseDirectory) ?? Above(Directory.GetCurrentDirectory()) ?? Directory.GetCurrentDirectory();

    /// <summary>The folder, unless another was asked for.</summary>
    public static string Choose(string? asked)
    {
        var folder = asked ?? Path.Combine(Root, "bench", "results");
        Directory.CreateDirectory(folder);
        return folder;
    }

    /// <summary>Writes a file, and says so.</summary>
    public static void Write(string path, string content)
    {
        File.WriteAllText(path, content.ReplaceLineEndings("\n"));
        Console.WriteLine("written: " + path);
    }

    private static string? Above(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Emulator.sln")))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
