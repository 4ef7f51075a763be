using System.Diagnostics;
using Emulator.Devices.Video;

namespace Emulator.Host.Display;

/// <summary>
/// Stands between the display and those who look at it. The machine's thread draws a picture only when somebody waits for one, at most
/// 30 times a second; comparing and handing out happens on other threads. While nobody looks, nothing runs.
/// </summary>
public sealed class DisplayHub : IDisposable
{
    private const int Period = 33;
    private const int BlankWidth = 640;
    private const int BlankHeight = 400;

    private readonly Lock _lock = new();
    private readonly IDisplaySource _source;
    private readonly Action<Action> _post;
    private readonly DamageMap _damage = new();
    private Frame _shown = new();
    private Frame _next = new();
    private TaskCompletionSource? _wanted;
    private TaskCompletionSource? _drawing;
    private long _lastDrawn;
    private bool _running;
    private bool _closed;

    /// <summary>Joins a display.</summary>
    /// <param name="source">The display.</param>
    /// <param name="post">Hands work to the machine's thread.</param>
    public DisplayHub(IDisplaySource source, Action<Action> post)
    {
        _source = source;
        _post = post;
    }

    /// <summary>Pictures drawn so far.</summary>
    public long Drawn { get; private set; }

    /// <summary>Opens the display for one viewer.</summary>
    public DisplayView Open() => new(this);

    /// <summary>Completes when a picture has been drawn that is younger than this call. Cancelled when the hub closes.</summary>
    public Task DrawAsync()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return Task.FromCanceled(new CancellationToken(canceled: true));
            }

            _wanted ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_running)
            {
                _running = true;
                _ = Task.Run(DrawWhileWantedAsync);
            }

            return _wanted.Task;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _wanted?.TrySetCanceled();
            _drawing?.TrySetCanceled();
        }
    }

    /// <summary>Copies what changed after <paramref name="view"/>'s last look, and what is asked for anyway, into its picture.</summary>
    internal void CopyTo(DisplayView view, PixelRect? anyway)
    {
        lock (_lock)
        {
            view.Changed.Clear();
            view.HasNewSize = view.Seen < _damage.SizeVersion;
            view.Picture.Resize(_shown.Width, _shown.Height);
            if (view.HasNewSize || anyway?.Within(_shown.Width, _shown.Height) == new PixelRect(0, 0, _shown.Width, _shown.Height))
            {
                view.Changed.Add(new PixelRect(0, 0, _shown.Width, _shown.Height));
            }
            else
            {
                _damage.CollectSince(view.Seen, _shown.Width, _shown.Height, view.Changed);
                if (anyway?.Within(_shown.Width, _shown.Height) is { Area: > 0 } region)
                {
                    view.Changed.Add(region);
                }
            }

            view.Seen = _damage.Version;
            foreach (var rect in view.Changed)
            {
                for (var y = rect.Y; y < rect.Y + rect.Height; y++)
                {
                    var start = (y * _shown.Width) + rect.X;
                    _shown.Pixels.AsSpan(start, rect.Width).CopyTo(view.Picture.Pixels.AsSpan(start));
                }
            }
        }
    }

    private async Task DrawWhileWantedAsync()
    {
        while (true)
        {
            var rest = Period - (int)Math.Min(Stopwatch.GetElapsedTime(_lastDrawn).TotalMilliseconds, Period);
            if (_lastDrawn != 0 && rest > 0)
            {
                await Task.Delay(rest).ConfigureAwait(false);
            }

            TaskCompletionSource wanted;
            TaskCompletionSource drawing;
            lock (_lock)
            {
                if (_wanted is null || _closed)
                {
                    _running = false;
                    return;
                }

                wanted = _wanted;
                _wanted = null;
                drawing = _drawing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            _lastDrawn = Stopwatch.GetTimestamp();
            _post(() =>
            {
                _source.Render(_next);
                drawing.TrySetResult();
            });
            await Task.WhenAny(drawing.Task).ConfigureAwait(false);
            if (drawing.Task.IsCanceled)
            {
                wanted.TrySetCanceled();
                return;
            }

            Publish();
            wanted.TrySetResult();
        }
    }

    private void Publish()
    {
        if (_next.Width <= 0 || _next.Height <= 0)
        {
            _next.Resize(BlankWidth, BlankHeight);
            Array.Clear(_next.Pixels);
        }

        lock (_lock)
        {
            _damage.Compare(_shown, _next);
            (_shown, _next) = (_next, _shown);
            Drawn++;
        }
    }
}

/// <summary>The display as one viewer has seen it; used by one thread at a time.</summary>
public sealed class DisplayView
{
    private readonly DisplayHub _hub;

    internal DisplayView(DisplayHub hub) => _hub = hub;

    /// <summary>The picture, as of the last look.</summary>
    public Frame Picture { get; } = new();

    /// <summary>What the last look found changed; may overlap.</summary>
    public List<PixelRect> Changed { get; } = [];

    /// <summary>Whether the picture's size changed at the last look.</summary>
    public bool HasNewSize { get; internal set; }

    internal long Seen { get; set; }

    /// <summary>Waits for a fresh picture and takes over what changed.</summary>
    /// <param name="anyway">Changed or not, this region counts as changed.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task LookAsync(PixelRect? anyway, CancellationToken cancellation)
    {
        await _hub.DrawAsync().WaitAsync(cancellation).ConfigureAwait(false);
        _hub.CopyTo(this, anyway);
    }
}
