using Emulator.Devices.Storage;

namespace Emulator.Host.Images;

/// <summary>How an image's file is opened.</summary>
[Flags]
public enum ImageAccess
{
    /// <summary>For reading.</summary>
    Read = 0,

    /// <summary>For writing too.</summary>
    Write = 1,

    /// <summary>Without a lock against other writers.</summary>
    Unlocked = 2,

    /// <summary>Made anew; what was there is lost.</summary>
    Create = 4,

    /// <summary>Deleted when closed, or when the process ends in whatever way where the host can do that.</summary>
    Temporary = 8,
}

/// <summary>A file of the host's that holds an image: reads and writes at offsets, and turns the host's errors into <see cref="ImageException"/>.</summary>
public sealed class ImageFile : IDisposable
{
    private readonly FileStream _stream;

    private ImageFile(string path, FileStream stream, ImageAccess access)
    {
        Path = path;
        _stream = stream;
        IsWritable = access.HasFlag(ImageAccess.Write);
        Length = RandomAccess.GetLength(stream.SafeFileHandle);
    }

    /// <summary>The path as given.</summary>
    public string Path { get; }

    /// <summary>Whether it may be written.</summary>
    public bool IsWritable { get; }

    /// <summary>Its length.</summary>
    public long Length { get; private set; }

    /// <summary>Opens or makes a file.</summary>
    public static ImageFile Open(string path, ImageAccess access)
    {
        if (path.Length == 0 || Directory.Exists(path))
        {
            throw new ImageException(path.Length == 0 ? "image" : path, path.Length == 0 ? "an empty path" : "a folder, not a file", "give the path of an image");
        }

        try
        {
            return OpenLocked(path, access);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw Explain(path, error);
        }
    }

    /// <summary>Fills the span; beyond the end of the file there are zeros.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        try
        {
            while (destination.Length > 0)
            {
                var count = offset >= 0 ? RandomAccess.Read(_stream.SafeFileHandle, destination, offset) : 0;
                if (count == 0)
                {
                    destination.Clear();
                    return;
                }

                destination = destination[count..];
                offset += count;
            }
        }
        catch (Exception error) when (IsOfTheHost(error))
        {
            throw Failed("read", error);
        }
    }

    /// <summary>Writes the span.</summary>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        CheckWritable();
        try
        {
            RandomAccess.Write(_stream.SafeFileHandle, source, offset);
            Length = Math.Max(Length, offset + source.Length);
        }
        catch (Exception error) when (IsOfTheHost(error))
        {
            throw Failed("written", error);
        }
    }

    /// <summary>Changes the length.</summary>
    public void SetLength(long length)
    {
        CheckWritable();
        try
        {
            RandomAccess.SetLength(_stream.SafeFileHandle, length);
            Length = length;
        }
        catch (Exception error) when (IsOfTheHost(error))
        {
            throw Failed("resized", error);
        }
    }

    /// <summary>Brings what was written to stable storage.</summary>
    public void Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_stream.SafeFileHandle);
        }
        catch (Exception error) when (IsOfTheHost(error))
        {
            throw Failed("flushed", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static ImageFile OpenLocked(string path, ImageAccess access)
    {
        var isWritable = access.HasFlag(ImageAccess.Write);
        var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = access.HasFlag(ImageAccess.Create) && !File.Exists(path) ? FileMode.OpenOrCreate : FileMode.Open,
            Access = isWritable ? FileAccess.ReadWrite : FileAccess.Read,
            Share = Sharing(access),
            BufferSize = 0,
            Options = access.HasFlag(ImageAccess.Temporary) && OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None,
        });
        try
        {
            if (!stream.CanSeek)
            {
                throw new ImageException(path, "no file that can be read at any place", "give a file or a block device");
            }

            if (OperatingSystem.IsLinux() && !access.HasFlag(ImageAccess.Unlocked))
            {
                LockLikeQemu(path, stream, isWritable);
            }

            if (access.HasFlag(ImageAccess.Create))
            {
                stream.SetLength(0);
            }

            if (access.HasFlag(ImageAccess.Temporary) && !OperatingSystem.IsWindows())
            {
                File.Delete(path);
            }

            return new ImageFile(path, stream, access);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    // On Linux bytes are locked as QEMU does; elsewhere sharing is what there is.
    private static FileShare Sharing(ImageAccess access)
        => OperatingSystem.IsLinux() || access.HasFlag(ImageAccess.Unlocked) || access.HasFlag(ImageAccess.Temporary)
            ? FileShare.ReadWrite | FileShare.Delete
            : access.HasFlag(ImageAccess.Write) ? FileShare.None : FileShare.Read;

    // QEMU's file driver locks byte 100 + n for a permission that it uses and byte 200 + n for one that it does not leave to others;
    // permission 1 is writing. A writer's lock is exclusive, a reader's keeps writers out.
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private static void LockLikeQemu(string path, FileStream stream, bool isWritable)
    {
        const long WritePermission = 101;
        const long WriteNotShared = 201;
        try
        {
            if (isWritable)
            {
                stream.Lock(WritePermission, 1);
            }

            stream.Lock(WriteNotShared, 1);
        }
        catch (IOException)
        {
            throw new ImageException(
                path, $"it cannot be locked for {(isWritable ? "writing" : "reading")}: another process uses it",
                "end that process; or readonly=on on both sides, or file.locking=off if you know that it is safe (img: -U)");
        }
    }

    private static bool IsOfTheHost(Exception error)
        => error is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or ObjectDisposedException;

    private static ImageException Explain(string path, Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => new ImageException(path, "no such file", "give the path of an image, or make one: emulator img create"),
        UnauthorizedAccessException => new ImageException(path, "no permission to open it", "allow it by chmod, or open it with readonly=on"),
        _ => new ImageException(path, "cannot be opened (" + error.Message + ")", "give the path of an image"),
    };

    private void CheckWritable()
    {
        if (!IsWritable)
        {
            throw new ImageException(Path, "it is open for reading alone", "open it for writing", BlockStatus.ReadOnly);
        }
    }

    private ImageException Failed(string what, Exception error)
        => IsNoSpace(error)
            ? new ImageException(Path, $"cannot be {what}: the host has no space left", "free space on the host", BlockStatus.NoSpace)
            : new ImageException(Path, $"cannot be {what} ({error.Message})", "look at the host's disk");

    // ENOSPC and EDQUOT of Linux; ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL of Windows.
    private static bool IsNoSpace(Exception error)
        => error is IOException && (error.HResult is 28 or 122 || (error.HResult & 0xffff) is 0x70 or 0x27);
}
