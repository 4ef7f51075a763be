using System.Collections.Concurrent;
using Emulator.Core.Time;
using Emulator.Devices.Storage;
using Emulator.Host.Cli;

namespace Emulator.Host.Images;

/// <summary>How a backend treats its image.</summary>
/// <param name="Cache">When writes are reported done, and what a flush does.</param>
/// <param name="Unmap">Whether discarded ranges are given back.</param>
/// <param name="ReadError">What happens when the host cannot read.</param>
/// <param name="WriteError">What happens when the host cannot write.</param>
public sealed record BackendPolicy(
    DriveCache Cache = DriveCache.WriteBack,
    bool Unmap = false,
    DriveErrorAction ReadError = DriveErrorAction.Report,
    DriveErrorAction WriteError = DriveErrorAction.Report);

/// <summary>The host's failure that has stopped the machine.</summary>
/// <param name="IsRead">Whether it was a read.</param>
/// <param name="IsNoSpace">Whether the host has no space left.</param>
/// <param name="Reason">What the host said.</param>
public sealed record StoppingFailure(bool IsRead, bool IsNoSpace, string Reason);

/// <summary>
/// An image as a controller sees it: requests are done in their order on a thread of the image's own, and completions come back as
/// events of the machine. The order is stronger than the contract asks: a flush covers every request made before it. A failure that stops the
/// machine keeps its request, and what comes behind it, until <see cref="Retry"/>; a call that waits cannot be kept and tells its caller.
/// </summary>
public sealed class ImageBackend : IBlockBackend, IDisposable
{
    private const int SectorSize = 512;

    private readonly IDiskImage _image;
    private readonly BackendPolicy _policy;
    private readonly EventScheduler _scheduler;
    private readonly Action<string> _report;
    private readonly BlockingCollection<Action> _requests = [];
    private readonly ConcurrentQueue<Action> _completed = new();
    private readonly Queue<Request> _kept = new();
    private readonly Thread _thread;
    private bool _hasReported;
    private bool _isDisposed;

    /// <summary>Starts the image's thread.</summary>
    /// <param name="image">The image, which the backend disposes of.</param>
    /// <param name="policy">How it is treated.</param>
    /// <param name="scheduler">The machine's events.</param>
    /// <param name="report">Gets the first failure of the host's as a line; on the image's thread.</param>
    public ImageBackend(IDiskImage image, BackendPolicy policy, EventScheduler scheduler, Action<string> report)
    {
        _image = image;
        _policy = policy;
        _scheduler = scheduler;
        _report = report;
        Length = (image.Length + SectorSize - 1) / SectorSize * SectorSize;
        _thread = new Thread(Work) { IsBackground = true, Name = "image " + Path.GetFileName(image.Path) };
        _thread.Start();
    }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public bool IsReadOnly => _image.IsReadOnly;

    /// <inheritdoc/>
    public int Pending { get; private set; }

    /// <summary>Called on the machine's thread when a failure has to stop the machine.</summary>
    public Action<StoppingFailure>? Stopping { get; set; }

    /// <summary>The image. Between requests only: see <see cref="Exclusively"/>.</summary>
    public IDiskImage Image => _image;

    /// <inheritdoc/>
    public void Read(long offset, Memory<byte> destination, Action<BlockStatus> done)
        => Submit(() => ReadPart(offset, destination.Span), done, isRead: true);

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlyMemory<byte> source, Action<BlockStatus> done)
        => Submit(() => WritePart(offset, source.Span), done);

    /// <inheritdoc/>
    public void Flush(Action<BlockStatus> done) => Submit(FlushImage, done);

    /// <inheritdoc/>
    public void Discard(long offset, long length, Action<BlockStatus> done) => Submit(() => DiscardPart(offset, length), done);

    /// <inheritdoc/>
    public unsafe BlockStatus ReadNow(long offset, Span<byte> destination)
    {
        fixed (byte* pointer = destination)
        {
            var (address, length) = ((nint)pointer, destination.Length);
            return Wait(() => ReadPart(offset, new Span<byte>((void*)address, length)));
        }
    }

    /// <inheritdoc/>
    public unsafe BlockStatus WriteNow(long offset, ReadOnlySpan<byte> source)
    {
        fixed (byte* pointer = source)
        {
            var (address, length) = ((nint)pointer, source.Length);
            return Wait(() => WritePart(offset, new ReadOnlySpan<byte>((void*)address, length)));
        }
    }

    /// <summary>Does something with the image after every request made so far, while the caller waits.</summary>
    /// <exception cref="ImageException">What the work threw.</exception>
    public void Exclusively(Action<IDiskImage> work)
    {
        ImageException? failure = null;
        Wait(() =>
        {
            try
            {
                work(_image);
                return BlockStatus.Success;
            }
            catch (ImageException error)
            {
                failure = error;
                return error.Status;
            }
        });
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>Tries again what a failure has kept. Any thread.</summary>
    public void Retry() => _requests.Add(() => Release(mayKeep: true));

    /// <summary>
    /// Waits until nothing is pending, and what a failure has kept is tried a last time: completions run here and now, and so does what they go on to ask for. On the machine's thread.
    /// </summary>
    public void Drain()
    {
        RunCompleted();
        while (Pending > 0)
        {
            Wait(() =>
            {
                Release(mayKeep: false);
                return BlockStatus.Success;
            });
            RunCompleted();
        }
    }

    /// <summary>Ends after every request made so far is done and the image is consistent on the host.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        _requests.Add(() => Release(mayKeep: false));
        _requests.CompleteAdding();
        _thread.Join();
        _requests.Dispose();
        try
        {
            _image.Dispose();
        }
        catch (ImageException error)
        {
            _report(error.Message);
        }
    }

    private void Work()
    {
        foreach (var request in _requests.GetConsumingEnumerable())
        {
            request();
        }
    }

    private void Submit(Func<BlockStatus> work, Action<BlockStatus> done, bool isRead = false)
    {
        Pending++;
        var request = new Request(work, done, isRead);
        _requests.Add(() => Perform(request, mayKeep: true));
    }

    // On the image's thread, as Release is. Behind a kept request nothing is done, so that their order stays.
    private void Perform(Request request, bool mayKeep)
    {
        if (mayKeep && _kept.Count > 0)
        {
            _kept.Enqueue(request);
            return;
        }

        var status = Guard(request.Work, out var reason);
        if (mayKeep && reason is not null && Stops(request.IsRead ? _policy.ReadError : _policy.WriteError, status))
        {
            _kept.Enqueue(request);
            var failure = new StoppingFailure(request.IsRead, status == BlockStatus.NoSpace, reason);
            _scheduler.Post(() => Stopping?.Invoke(failure));
            return;
        }

        _completed.Enqueue(() =>
        {
            Pending--;
            request.Done(status);
        });
        _scheduler.Post(RunCompleted);
    }

    private void Release(bool mayKeep)
    {
        var kept = _kept.ToArray();
        _kept.Clear();
        Array.ForEach(kept, request => Perform(request, mayKeep));
    }

    private static bool Stops(DriveErrorAction action, BlockStatus status)
        => action == DriveErrorAction.Stop || (action == DriveErrorAction.StopWithoutSpace && status == BlockStatus.NoSpace);

    private void RunCompleted()
    {
        while (_completed.TryDequeue(out var completion))
        {
            completion();
        }
    }

    private BlockStatus Wait(Func<BlockStatus> work)
    {
        using var finished = new ManualResetEventSlim();
        var status = BlockStatus.IoError;
        _requests.Add(() =>
        {
            status = Guard(work, out _);
            finished.Set();
        });
        finished.Wait();
        return status;
    }

    // The reason is the host's, and null when it did not fail.
    private BlockStatus Guard(Func<BlockStatus> work, out string? reason)
    {
        reason = null;
        try
        {
            return work();
        }
        catch (ImageException error)
        {
            ReportOnce(error);
            reason = error.Message;
            return error.Status;
        }
    }

    private void ReportOnce(ImageException error)
    {
        if (!_hasReported)
        {
            _hasReported = true;
            _report(error.Message);
        }
    }

    private BlockStatus ReadPart(long offset, Span<byte> destination)
    {
        if (!IsInside(offset, destination.Length))
        {
            return BlockStatus.OutOfRange;
        }

        try
        {
            var inside = (int)Math.Clamp(_image.Length - offset, 0, destination.Length);
            destination[inside..].Clear();
            _image.Read(offset, destination[..inside]);
            return BlockStatus.Success;
        }
        catch (ImageException error) when (_policy.ReadError == DriveErrorAction.Ignore)
        {
            ReportOnce(error);
            return BlockStatus.Success;
        }
    }

    private BlockStatus WritePart(long offset, ReadOnlySpan<byte> source)
    {
        if (IsReadOnly)
        {
            return BlockStatus.ReadOnly;
        }

        return IsInside(offset, source.Length) ? Tolerate(offset, source) : BlockStatus.OutOfRange;
    }

    private BlockStatus Tolerate(long offset, ReadOnlySpan<byte> source)
    {
        try
        {
            // An image whose size is no multiple of 512 keeps its size.
            _image.Write(offset, source[..(int)Math.Clamp(_image.Length - offset, 0, source.Length)]);
            if (_policy.Cache == DriveCache.WriteThrough)
            {
                _image.Flush();
            }

            return BlockStatus.Success;
        }
        catch (ImageException error) when (_policy.WriteError == DriveErrorAction.Ignore)
        {
            ReportOnce(error);
            return BlockStatus.Success;
        }
    }

    private BlockStatus FlushImage()
    {
        if (!IsReadOnly && _policy.Cache != DriveCache.Unsafe)
        {
            _image.Flush();
        }

        return BlockStatus.Success;
    }

    private BlockStatus DiscardPart(long offset, long length)
    {
        if (IsReadOnly)
        {
            return BlockStatus.ReadOnly;
        }

        if (!IsInside(offset, length))
        {
            return BlockStatus.OutOfRange;
        }

        if (_policy.Unmap)
        {
            _image.Discard(offset, Math.Min(length, _image.Length - offset));
        }

        return BlockStatus.Success;
    }

    private bool IsInside(long offset, long length) => offset >= 0 && length >= 0 && offset <= Length && length <= Length - offset;

    private sealed record Request(Func<BlockStatus> Work, Action<BlockStatus> Done, bool IsRead);
}
