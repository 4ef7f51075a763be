using System.Buffers.Binary;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Images;

/// <summary>Opens an image with its chain of backing files.</summary>
/// <param name="warn">Gets a line about what is dangerous though it works.</param>
public sealed class ImageOpener(Action<string> warn)
{
    /// <summary>The longest chain; a loop of names that differ ends here.</summary>
    public const int LongestChain = 200;

    private const uint Qcow2Magic = 0x5146_49fb;

    /// <summary>Opens an image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format"><c>raw</c>, <c>qcow2</c>, or null to look at the contents.</param>
    /// <param name="access">How; backing files are opened for reading alone.</param>
    /// <param name="withBacking">Whether backing files are opened; without, unallocated ranges read as zeros.</param>
    public IDiskImage Open(string path, string? format, ImageAccess access, bool withBacking = true) => Open(path, format, access, withBacking, []);

    /// <summary>The format of a file by its contents.</summary>
    public static string Probe(ImageFile file)
    {
        Span<byte> head = stackalloc byte[8];
        file.Read(0, head);
        return BinaryPrimitives.ReadUInt32BigEndian(head) == Qcow2Magic && BinaryPrimitives.ReadUInt32BigEndian(head[4..]) >= 2 ? "qcow2" : "raw";
    }

    /// <summary>The path of a backing file as it stands in an image, from where the image lies.</summary>
    public static string ResolveBacking(string image, string backing)
    {
        const string FileProtocol = "file:";
        var path = backing.StartsWith(FileProtocol, StringComparison.Ordinal) ? backing[FileProtocol.Length..] : backing;
        return Path.Combine(Path.GetDirectoryName(image) ?? "", path);
    }

    private IDiskImage Open(string path, string? format, ImageAccess access, bool withBacking, List<string> chain)
    {
        if (format is not (null or "raw" or "qcow2"))
        {
            throw new ImageException(path, $"the format '{format}' is not supported", "use raw or qcow2");
        }

        var real = RealPath(path);
        if (chain.Contains(real) || chain.Count >= LongestChain)
        {
            throw new ImageException(chain[0], $"its backing files form a loop at {path}", "mend it by img rebase -u -b FILE, or -b \"\" for none");
        }

        chain.Add(real);
        var file = ImageFile.Open(path, access);
        try
        {
            if ((format ?? Probe(file)) == "raw")
            {
                WarnAboutGuess(file, format, access);
                return new RawImage(file);
            }

            return Qcow2Image.Open(file, withBacking ? (backing, backingFormat) => OpenBacking(path, backing, backingFormat, access, chain) : null);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private IDiskImage OpenBacking(string image, string backing, string? format, ImageAccess access, List<string> chain)
    {
        if (backing.StartsWith("json:", StringComparison.Ordinal) || (backing.Contains("://", StringComparison.Ordinal) && !File.Exists(backing)))
        {
            throw new ImageException(image, $"its backing file '{backing}' is no path", "rebase it onto a file: img rebase -u -b FILE");
        }

        var path = ResolveBacking(image, backing);
        try
        {
            return Open(path, format is "file" or "host_device" ? "raw" : format, access & ImageAccess.Unlocked, withBacking: true, chain);
        }
        catch (ImageException error) when (!File.Exists(path))
        {
            throw new ImageException(image, $"its backing file {path} is not there", "put it there, or rebase: img rebase -u -b FILE", error.Status);
        }
    }

    // A guest that writes a qcow2 header into a raw disk would have it taken for qcow2 next time; and its backing file's name with it.
    private void WarnAboutGuess(ImageFile file, string? format, ImageAccess access)
    {
        if (format is null && access.HasFlag(ImageAccess.Write) && file.Length > 0)
        {
            warn($"{file.Path}: its format was guessed to be raw; a guest could make the next guess come out otherwise: say format=raw");
        }
    }

    private static string RealPath(string path)
    {
        try
        {
            var full = Path.GetFullPath(path);
            return new FileInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return path;
        }
    }
}
