using Emulator.Devices.Storage;

namespace Emulator.Host.Images.Qcow2;

/// <summary>The disk as a snapshot has it, to be read. It owns neither file nor backing file.</summary>
internal sealed class SnapshotImage(Qcow2Image image) : IDiskImage
{
    public string Format => image.Format;

    public string Path => image.Path;

    public long Length => image.Length;

    public bool IsReadOnly => true;

    public IDiskImage? Backing => image.Backing;

    public void Read(long offset, Span<byte> destination) => image.Read(offset, destination);

    public void Write(long offset, ReadOnlySpan<byte> source) => throw Refuse();

    public void WriteZeros(long offset, long length) => throw Refuse();

    public void Discard(long offset, long length) => throw Refuse();

    public void Resize(long length) => throw Refuse();

    public void Flush()
    {
    }

    public void WriteBack()
    {
    }

    public Extent Map(long offset, long length) => image.Map(offset, length);

    public void Dispose()
    {
    }

    private ImageException Refuse() => new(Path, "a snapshot is not written", "apply it first", BlockStatus.ReadOnly);
}
