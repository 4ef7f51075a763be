using Emulator.Devices.Storage;

namespace Emulator.Host.Images;

/// <summary>A file that is the disk, byte for byte.</summary>
public sealed class RawImage : IDiskImage
{
    private const int ZeroChunk = 1 << 16;

    private readonly ImageFile _file;

    /// <summary>A disk over an open file, which it disposes of.</summary>
    public RawImage(ImageFile file) => _file = file;

    /// <inheritdoc/>
    public string Format => "raw";

    /// <inheritdoc/>
    public string Path => _file.Path;

    /// <inheritdoc/>
    public long Length => _file.Length;

    /// <inheritdoc/>
    public bool IsReadOnly => !_file.IsWritable;

    /// <inheritdoc/>
    public IDiskImage? Backing => null;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination) => _file.Read(offset, destination);

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<byte> source) => _file.Write(offset, source);

    /// <inheritdoc/>
    public void WriteZeros(long offset, long length)
    {
        // What lies at the end needs no writing: the file ends before it and then grows over a hole.
        if (offset + length >= _file.Length && offset <= _file.Length && length > ZeroChunk)
        {
            var end = Math.Max(_file.Length, offset + length);
            _file.SetLength(offset);
            _file.SetLength(end);
            return;
        }

        var zeros = new byte[Math.Min(length, ZeroChunk)];
        for (var done = 0L; done < length; done += zeros.Length)
        {
            _file.Write(offset + done, zeros.AsSpan(0, (int)Math.Min(zeros.Length, length - done)));
        }
    }

    /// <inheritdoc/>
    public void Discard(long offset, long length)
    {
    }

    /// <inheritdoc/>
    public void Flush()
    {
        if (_file.IsWritable)
        {
            _file.Flush();
        }
    }

    /// <inheritdoc/>
    public void WriteBack()
    {
    }

    /// <inheritdoc/>
    public void Resize(long length)
        => _file.SetLength(length >= 0 ? length : throw new ImageException(Path, "a negative size", "give a size", BlockStatus.OutOfRange));

    /// <inheritdoc/>
    public Extent Map(long offset, long length) => new(ExtentKind.Data, length);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
