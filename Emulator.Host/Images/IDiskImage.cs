namespace Emulator.Host.Images;

/// <summary>What an image itself says about a range of its disk.</summary>
public enum ExtentKind
{
    /// <summary>Nothing: the backing file has the contents, or they are zeros.</summary>
    Unallocated,

    /// <summary>Zeros.</summary>
    Zero,

    /// <summary>Bytes.</summary>
    Data,
}

/// <summary>A range of one kind, from where was asked.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Length">How many bytes; at least one.</param>
public readonly record struct Extent(ExtentKind Kind, long Length);

/// <summary>
/// The contents of a disk as a file of some format. One thread at a time; calls block. Every failure is an
/// <see cref="ImageException"/>, after which the image can still be used.
/// </summary>
public interface IDiskImage : IDisposable
{
    /// <summary>The format's name: <c>raw</c>, <c>qcow2</c>.</summary>
    string Format { get; }

    /// <summary>The file.</summary>
    string Path { get; }

    /// <summary>The disk's size in bytes.</summary>
    long Length { get; }

    /// <summary>Whether writes are refused.</summary>
    bool IsReadOnly { get; }

    /// <summary>What unallocated ranges show; null for zeros. The image disposes of it.</summary>
    IDiskImage? Backing { get; }

    /// <summary>Reads a range, which lies within the disk.</summary>
    void Read(long offset, Span<byte> destination);

    /// <summary>Writes a range, which lies within the disk.</summary>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Makes a range zeros, without space where the format can.</summary>
    void WriteZeros(long offset, long length);

    /// <summary>Gives space back where whole units of the format are covered; they read as zeros or as they were.</summary>
    void Discard(long offset, long length);

    /// <summary>Brings everything written to the host's stable storage.</summary>
    void Flush();

    /// <summary>Makes the file consistent without waiting for stable storage.</summary>
    void WriteBack();

    /// <summary>Changes the disk's size; what is added reads as zeros.</summary>
    void Resize(long length);

    /// <summary>What the image itself has at an offset within the disk, looking at most as far as <paramref name="length"/>.</summary>
    Extent Map(long offset, long length);
}
