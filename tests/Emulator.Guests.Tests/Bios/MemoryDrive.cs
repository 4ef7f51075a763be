using Emulator.Devices.Storage;

namespace Emulator.Guests.Tests.Bios;

/// <summary>A drive whose medium is an array.</summary>
internal sealed class MemoryDrive(string name, DriveKind kind, byte[]? contents) : IDrive
{
    public string Name => name;

    public DriveKind Kind => kind;

    public IBlockBackend? Medium { get; private set; } = contents is null ? null : new MemoryBackend(contents);

    public bool IsLocked => false;

    public void ChangeMedium(IBlockBackend? medium) => Medium = medium;
}

/// <summary>An array as a disk's contents. Requests complete at once.</summary>
internal sealed class MemoryBackend(byte[] contents) : IBlockBackend
{
    public long Length => contents.Length;

    public bool IsReadOnly { get; init; }

    public int Pending => 0;

    public void Read(long offset, Memory<byte> destination, Action<BlockStatus> done) => done(ReadNow(offset, destination.Span));

    public void Write(long offset, ReadOnlyMemory<byte> source, Action<BlockStatus> done) => done(WriteNow(offset, source.Span));

    public void Flush(Action<BlockStatus> done) => done(BlockStatus.Success);

    public void Discard(long offset, long length, Action<BlockStatus> done) => done(BlockStatus.Success);

    public BlockStatus ReadNow(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset + destination.Length > contents.Length)
        {
            return BlockStatus.OutOfRange;
        }

        contents.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return BlockStatus.Success;
    }

    public BlockStatus WriteNow(long offset, ReadOnlySpan<byte> source)
    {
        if (IsReadOnly)
        {
            return BlockStatus.ReadOnly;
        }

        if (offset < 0 || offset + source.Length > contents.Length)
        {
            return BlockStatus.OutOfRange;
        }

        source.CopyTo(contents.AsSpan((int)offset));
        return BlockStatus.Success;
    }
}
