using System.Threading.Channels;
using Emulator.Host.Serial;

namespace Emulator.Host.Web;

/// <summary>
/// A serial port's channel with web pages beside it: what the guest sends goes to both, keys come from both. The end of what was sent is
/// kept for pages that come later; a page that does not keep up loses the oldest bytes.
/// </summary>
internal sealed class SerialTap(IHostChannel inner) : IHostChannel
{
    private const int KeptBytes = 128 << 10;
    private const int WaitingParts = 4096;

    private readonly Lock _lock = new();
    private readonly Queue<byte[]> _kept = new();
    private readonly List<Channel<byte[]>> _pages = [];
    private int _keptBytes;

    /// <inheritdoc/>
    public InboundQueue Input => inner.Input;

    /// <inheritdoc/>
    public Action? BreakReceived
    {
        get => inner.BreakReceived;
        set => inner.BreakReceived = value;
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        var part = bytes.ToArray();
        lock (_lock)
        {
            _kept.Enqueue(part);
            _keptBytes += part.Length;
            while (_keptBytes > KeptBytes && _kept.Count > 1)
            {
                _keptBytes -= _kept.Dequeue().Length;
            }

            foreach (var page in _pages)
            {
                page.Writer.TryWrite(part);
            }
        }

        inner.Write(bytes);
    }

    /// <summary>A page comes: what it reads begins with what was kept.</summary>
    public Channel<byte[]> Join()
    {
        var page = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(WaitingParts) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (_lock)
        {
            foreach (var part in _kept)
            {
                page.Writer.TryWrite(part);
            }

            _pages.Add(page);
        }

        return page;
    }

    /// <summary>A page goes.</summary>
    public void Leave(Channel<byte[]> page)
    {
        lock (_lock)
        {
            _pages.Remove(page);
        }
    }

    /// <inheritdoc/>
    public void Start()
    {
        // Whoever made the inner channel starts and closes it.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Whoever made the inner channel starts and closes it.
    }
}
