namespace Emulator.Devices.Storage;

/// <summary>
/// One request at a time to a <see cref="IBlockBackend"/>, with the buffer that it reads into or writes from. A request that is
/// cancelled still runs to its end, and until then neither the request nor its buffer is free: whoever wants them waits for
/// <see cref="Released"/>. So a guest that resets a controller in a loop makes nothing grow.
/// </summary>
public sealed class BlockRequest
{
    private readonly Action<BlockStatus> _done;
    private readonly Action<BlockStatus> _ended;
    private byte[] _buffer = [];
    private bool _cancelled;

    /// <summary>A request of somebody who is told of its end.</summary>
    /// <param name="done">Called with the status of a request that was not cancelled.</param>
    public BlockRequest(Action<BlockStatus> done)
    {
        _done = done;
        _ended = OnEnded;
    }

    /// <summary>Called when a cancelled request has ended.</summary>
    public Action? Released { get; init; }

    /// <summary>Whether the backend works on it, cancelled or not.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>The buffer, as large as the largest size asked for so far.</summary>
    public byte[] Buffer => _buffer;

    /// <summary>Makes the buffer at least <paramref name="size"/> bytes long, keeping its contents.</summary>
    public byte[] Reserve(int size)
    {
        if (_buffer.Length < size)
        {
            Array.Resize(ref _buffer, size);
        }

        return _buffer;
    }

    /// <summary>Reads into the buffer's first bytes.</summary>
    public void Read(IBlockBackend backend, long offset, int length)
    {
        IsBusy = true;
        backend.Read(offset, Reserve(length).AsMemory(0, length), _ended);
    }

    /// <summary>Writes the buffer's first bytes.</summary>
    public void Write(IBlockBackend backend, long offset, int length)
    {
        IsBusy = true;
        backend.Write(offset, _buffer.AsMemory(0, length), _ended);
    }

    /// <summary>Brings what was written to stable storage.</summary>
    public void Flush(IBlockBackend backend)
    {
        IsBusy = true;
        backend.Flush(_ended);
    }

    /// <summary>Gives up the contents of a range.</summary>
    public void Discard(IBlockBackend backend, long offset, long length)
    {
        IsBusy = true;
        backend.Discard(offset, length, _ended);
    }

    /// <summary>Whoever asked does not want to know any more.</summary>
    public void Cancel() => _cancelled = IsBusy;

    private void OnEnded(BlockStatus status)
    {
        IsBusy = false;
        if (_cancelled)
        {
            _cancelled = false;
            Released?.Invoke();
        }
        else
        {
            _done(status);
        }
    }
}
