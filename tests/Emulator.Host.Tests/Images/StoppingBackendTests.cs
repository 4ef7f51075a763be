using Emulator.Core.Time;
using Emulator.Devices.Storage;
using Emulator.Host.Cli;
using Emulator.Host.Images;

namespace Emulator.Host.Tests.Images;

/// <summary><c>werror=stop</c>, <c>rerror=stop</c> and <c>enospc</c>: what the host cannot do waits until the machine goes on.</summary>
public sealed class StoppingBackendTests : IDisposable
{
    private readonly EventScheduler _scheduler = new(new ManualClock());
    private readonly UnreliableImage _image = new();
    private readonly List<string> _done = [];
    private readonly List<StoppingFailure> _failures = [];
    private ImageBackend? _backend;

    public void Dispose() => _backend?.Dispose();

    [Fact]
    public void Write_Failing_IsKeptWithWhatFollowsUntilRetried()
    {
        var backend = Make(DriveErrorAction.Stop);
        _image.Fails = BlockStatus.IoError;
        Write(backend, 0, 1);
        Write(backend, 512, 2);
        backend.Flush(status => _done.Add($"flush {status}"));
        Settle(backend);
        Assert.Empty(_done);
        Assert.Equal((false, false), Assert.Single(_failures) is var failure ? (failure.IsRead, failure.IsNoSpace) : default);
        Assert.Equal(3, backend.Pending);

        // It fails again, and is told again.
        backend.Retry();
        Settle(backend);
        Assert.Equal(2, _failures.Count);

        _image.Fails = null;
        backend.Retry();
        Settle(backend);
        Assert.Equal(["write 0 Success", "write 512 Success", "flush Success"], _done);
        Assert.Equal((1, 2), (_image.Bytes[0], _image.Bytes[512]));
        Assert.Equal(0, backend.Pending);
    }

    [Fact]
    public void Read_Failing_IsKeptByItsOwnAction()
    {
        var backend = Make(DriveErrorAction.Report, DriveErrorAction.Stop);
        _image.Fails = BlockStatus.IoError;
        Write(backend, 0, 1);
        backend.Read(0, new byte[512], status => _done.Add($"read {status}"));
        Settle(backend);
        Assert.Equal(["write 0 IoError"], _done);
        Assert.True(Assert.Single(_failures).IsRead);
    }

    [Theory]
    [InlineData(BlockStatus.NoSpace, true)]
    [InlineData(BlockStatus.IoError, false)]
    public void Write_WithoutSpace_IsKeptByEnospc(BlockStatus status, bool isKept)
    {
        var backend = Make(DriveErrorAction.StopWithoutSpace);
        _image.Fails = status;
        Write(backend, 0, 1);
        Settle(backend);
        Assert.Equal(isKept ? [] : [$"write 0 {status}"], _done);
        Assert.Equal(isKept, _failures is [{ IsNoSpace: true }]);
    }

    [Fact]
    public void Write_BeyondTheEnd_IsTheGuestsFaultAndReported()
    {
        var backend = Make(DriveErrorAction.Stop);
        Write(backend, UnreliableImage.Size, 1);
        Settle(backend);
        Assert.Equal([$"write {UnreliableImage.Size} OutOfRange"], _done);
        Assert.Empty(_failures);
    }

    [Fact]
    public void Drain_WithAKeptRequest_ReportsItsFailure()
    {
        var backend = Make(DriveErrorAction.Stop);
        _image.Fails = BlockStatus.IoError;
        Write(backend, 0, 1);
        Settle(backend);
        backend.Drain();
        Assert.Equal(["write 0 IoError"], _done);
        Assert.Equal(0, backend.Pending);
    }

    [Fact]
    public void WaitingCall_Failing_TellsItsCaller()
    {
        var backend = Make(DriveErrorAction.Stop);
        _image.Fails = BlockStatus.IoError;
        Assert.Equal(BlockStatus.IoError, backend.WriteNow(0, new byte[512]));
        Assert.Empty(_failures);
    }

    private ImageBackend Make(DriveErrorAction write, DriveErrorAction read = DriveErrorAction.Report)
        => _backend = new ImageBackend(_image, new BackendPolicy(ReadError: read, WriteError: write), _scheduler, _ => { }) { Stopping = _failures.Add };

    private void Write(ImageBackend backend, long offset, byte value)
        => backend.Write(offset, Enumerable.Repeat(value, 512).ToArray(), status => _done.Add($"write {offset} {status}"));

    // The image's thread has done all that was asked before.
    private void Settle(ImageBackend backend)
    {
        _ = backend.ReadNow(UnreliableImage.Size, new byte[1]);
        _scheduler.RunDue();
    }

    private sealed class UnreliableImage : IDiskImage
    {
        public const int Size = 4096;

        public byte[] Bytes { get; } = new byte[Size];

        public BlockStatus? Fails { get; set; }

        public string Format => "raw";

        public string Path => "unreliable";

        public long Length => Size;

        public bool IsReadOnly => false;

        public IDiskImage? Backing => null;

        public void Read(long offset, Span<byte> destination)
        {
            Check();
            Bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
        }

        public void Write(long offset, ReadOnlySpan<byte> source)
        {
            Check();
            source.CopyTo(Bytes.AsSpan((int)offset));
        }

        public void WriteZeros(long offset, long length) => Bytes.AsSpan((int)offset, (int)length).Clear();

        public void Discard(long offset, long length) => WriteZeros(offset, length);

        public void Flush() => Check();

        public void WriteBack()
        {
        }

        public void Resize(long length) => throw new NotSupportedException();

        public Extent Map(long offset, long length) => new(ExtentKind.Data, length);

        public void Dispose()
        {
        }

        private void Check()
        {
            if (Fails is { } status)
            {
                throw new ImageException(Path, "does not work", "wait", status);
            }
        }
    }
}
