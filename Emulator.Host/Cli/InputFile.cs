namespace Emulator.Host.Cli;

/// <summary>Reads files that the command line names; whatever is wrong with one becomes one line.</summary>
public static class InputFile
{
    /// <summary>Reads a whole file.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="path">Its path.</param>
    /// <param name="mend">What the option wants, for messages.</param>
    /// <param name="limit">The largest size accepted.</param>
    public static byte[] Read(string option, string path, string mend, long limit = 2L << 30) => Open(option, path, mend, limit).ToArray();

    /// <summary>Finds a file; one without a length, such as a pipe or a file of /proc, is read at once.</summary>
    /// <inheritdoc cref="Read"/>
    public static HostFile Open(string option, string path, string mend, long limit = 2L << 30)
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
            using var file = OpenStream(path);
            limit = Math.Min(limit, Array.MaxLength);
            if (file.CanSeek && file.Length > limit)
            {
                throw new UserErrorException(subject, $"larger than {Quantity.Format(limit)}", mend);
            }

            return file.CanSeek && file.Length > 0
                ? new HostFile(new HostFileName(subject, path, mend), (int)file.Length)
                : new HostFile(ReadToEnd(file, subject, mend, limit));
        }
        catch (Exception error) when (IsOfTheFile(error))
        {
            throw Explain(error, subject, mend);
        }
    }

    /// <summary>Reads a part of a file that has it.</summary>
    internal static void ReadPart(HostFileName name, long offset, Span<byte> destination)
    {
        try
        {
            using var file = OpenStream(name.Path);
            while (destination.Length > 0)
            {
                var count = RandomAccess.Read(file.SafeFileHandle, destination, offset);
                if (count == 0)
                {
                    throw new UserErrorException(name.Subject, "became shorter while it was read", name.Mend);
                }

                destination = destination[count..];
                offset += count;
            }
        }
        catch (Exception error) when (IsOfTheFile(error))
        {
            throw Explain(error, name.Subject, name.Mend);
        }
    }

    private static FileStream OpenStream(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);

    private static bool IsOfTheFile(Exception error)
        => error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException;

    private static UserErrorException Explain(Exception error, string subject, string mend) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => new UserErrorException(subject, "no such file", mend),
        UnauthorizedAccessException => new UserErrorException(subject, "no permission to read it", "allow it (chmod +r) or give another file"),
        _ => new UserErrorException(subject, "cannot be read (" + error.Message + ")", mend),
    };

    private static byte[] ReadToEnd(FileStream file, string subject, string mend, long limit)
    {
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
