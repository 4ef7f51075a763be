namespace Emulator.Devices.Storage;

/// <summary>How a request to a block backend ended.</summary>
public enum BlockStatus
{
    /// <summary>Done; for a flush: on the host's stable storage.</summary>
    Success,

    /// <summary>The host could not read or write.</summary>
    IoError,

    /// <summary>The host has no space left.</summary>
    NoSpace,

    /// <summary>A write to what may only be read.</summary>
    ReadOnly,

    /// <summary>Beyond the end.</summary>
    OutOfRange,
}

/// <summary>
/// The contents of a disk, as a controller sees them. Every call comes on the machine's thread and returns at once; the work is done
/// elsewhere and <c>done</c> runs later, as an event on the machine's thread. Requests complete in any order; a flush that succeeds
/// covers every write that was reported done before the flush was asked for. The memory must stay as it is until then.
/// </summary>
public interface IBlockBackend
{
    /// <summary>Size in bytes, a multiple of 512.</summary>
    long Length { get; }

    /// <summary>Whether writes are refused.</summary>
    bool IsReadOnly { get; }

    /// <summary>Requests that have not completed yet; a snapshot waits until there is none.</summary>
    int Pending { get; }

    /// <summary>Reads bytes from an offset.</summary>
    void Read(long offset, Memory<byte> destination, Action<BlockStatus> done);

    /// <summary>Writes bytes at an offset.</summary>
    void Write(long offset, ReadOnlyMemory<byte> source, Action<BlockStatus> done);

    /// <summary>Brings what was written to the host's stable storage.</summary>
    void Flush(Action<BlockStatus> done);

    /// <summary>Says that the contents of a range do not matter any more; it reads as zeros afterwards or as it was.</summary>
    void Discard(long offset, long length, Action<BlockStatus> done);

    /// <summary>
    /// Reads bytes and waits for them: for firmware's services, which have nothing else to do. Ordered after every write that was
    /// reported done.
    /// </summary>
    BlockStatus ReadNow(long offset, Span<byte> destination);

    /// <summary>Writes bytes and waits: for firmware's services.</summary>
    BlockStatus WriteNow(long offset, ReadOnlySpan<byte> source);
}
