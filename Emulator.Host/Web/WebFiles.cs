namespace Emulator.Host.Web;

/// <summary>The files of the page, which are part of this assembly.</summary>
internal static class WebFiles
{
    /// <summary>A file's content and its type; null when there is no such file.</summary>
    public static (byte[] Content, string Type)? Find(string name)
    {
        using var stream = typeof(WebFiles).Assembly.GetManifestResourceStream("web." + name);
        if (stream is null)
        {
            return null;
        }

        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return (content, Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".js" => "text/javascript; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            _ => "application/octet-stream",
        });
    }
}
