using System.Formats.Tar;
using System.IO.Compression;

namespace Emulator.Host.Web;

/// <summary>
/// The files of the page: its own, which are part of this assembly, and those of noVNC and xterm.js, which the build fetched as npm's
/// packages and left in <c>web/</c> beside the program. A build without network has none of those; the page then works without them.
/// </summary>
internal sealed class WebFiles
{
    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    /// <summary>Reads everything.</summary>
    public WebFiles(string folder)
    {
        HasViewer = AddPackage("novnc", Path.Combine(folder, "novnc.tgz"), ["core/", "vendor/"]);
        HasTerminal = AddPackage("xterm", Path.Combine(folder, "xterm.tgz"), ["lib/xterm.js", "css/xterm.css"]);
    }

    /// <summary>Where the build leaves packages.</summary>
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "web");

    /// <summary>Whether noVNC is there.</summary>
    public bool HasViewer { get; }

    /// <summary>Whether xterm.js is there.</summary>
    public bool HasTerminal { get; }

    /// <summary>A file's content and its type; null when there is no such file.</summary>
    public (byte[] Content, string Type)? Find(string path)
    {
        var content = _files.GetValueOrDefault(path) ?? Own(path);
        return content is null ? null : (content, Path.GetExtension(path) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            _ => "application/octet-stream",
        });
    }

    private static byte[]? Own(string path)
    {
        using var stream = path.Contains('/', StringComparison.Ordinal) ? null : typeof(WebFiles).Assembly.GetManifestResourceStream("web." + path);
        if (stream is null)
        {
            return null;
        }

        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }

    private bool AddPackage(string name, string path, string[] wanted)
    {
        if (!File.Exists(path))
        {
            return false;
        }

        const string Root = "package/";
        using var reader = new TarReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.GetNextEntry() is { } entry)
        {
            var inside = entry.Name.StartsWith(Root, StringComparison.Ordinal) ? entry.Name[Root.Length..] : "";
            if (entry.DataStream is { } data && Array.Exists(wanted, start => inside.StartsWith(start, StringComparison.Ordinal)))
            {
                var content = new byte[data.Length];
                data.ReadExactly(content);
                _files[$"{name}/{inside}"] = content;
            }
        }

        return true;
    }
}
