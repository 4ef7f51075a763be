namespace Emulator.Host.Cli;

/// <summary>Reads files that the command line names; whatever is wrong with one becomes one line.</summary>
public static class InputFile
{
    /// <summary>Reads a whole file.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="path">Its path.</param>
    /// <param name="mend">What the option wants, for messages.</param>
    /// <param name="limit">The largest size accepted.</param>
    public static byte[] Read(string option, string path, string mend, long limit = 2L << 30)
    {
        var subject = $"{option} {path}";
        if (path.Length == 0)
        {
            throw new UserErrorException(option, "an empty path", mend);
        }

        if (Directory.Exists(path))
        {
            throw new UserErrorException(subject, "a folder, not a file", mend);
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            limit = Math.Min(limit, Array.MaxLength);
            if (file.CanSeek && file.Length > limit)
            {
                throw new UserErrorException(subject, $"larger than {Quantity.Format(limit)}", mend);
            }

            return ReadToEnd(file, subject, mend, limit);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException(subject, "no such file", mend);
        }
        catch (UnauthorizedAccessException)
        {
            throw new UserErrorException(subject, "no permission to read it", "allow it (chmod +r) or give another file");
        }
        catch (Exception error) when (error is IOException or NotSupportedException or ArgumentException)
        {
            throw new UserErrorException(subject, "cannot be read (" + error.Message + ")", mend);
        }
    }

    private static byte[] ReadToEnd(FileStream file, string subject, string mend, long limit)
    {
        if (file.CanSeek && file.Length > 0)
        {
            var bytes = new byte[file.Length];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count == bytes.Length ? bytes : bytes[..count];
        }

        // A pipe, or a file of /proc: its length shows at its end.
        using var buffer = new MemoryStream();
        var chunk = new byte[1 << 16];
        for (int count; (count = file.Read(chunk)) > 0;)
        {
            buffer.Write(chunk, 0, count);
            if (buffer.Length > limit)
            {
                throw new UserErrorException(subject, $"larger than {Quantity.Format(limit)}", mend);
            }
        }

        return buffer.ToArray();
    }
}
