using Emulator.Host.Images;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Snapshots;

/// <summary>The room for a machine's state inside a qcow2 image as a stream, in large pieces, each between two requests of the disk's.</summary>
internal sealed class VmStateStream : Stream
{
    private const int PieceLength = 1 << 20;

    private readonly ImageBackend _backend;
    private readonly Qcow2Image _image;
    private long _length;

    private VmStateStream(ImageBackend backend, Qcow2Image image, long length, bool writes)
        => (_backend, _image, _length, CanWrite) = (backend, image, length, writes);

    /// <inheritdoc/>
    public override bool CanRead => !CanWrite;

    /// <inheritdoc/>
    public override bool CanWrite { get; }

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position { get; set; }

    /// <summary>Room to write in, which the next snapshot keeps.</summary>
    public static Stream ToWrite(ImageBackend backend)
        => new BufferedStream(new VmStateStream(backend, (Qcow2Image)backend.Image, 0, writes: true), PieceLength);

    /// <summary>What a snapshot keeps.</summary>
    public static Stream ToRead(ImageBackend backend, ImageSnapshot snapshot)
    {
        Qcow2Image? image = null;
        backend.Exclusively(whole => image = ((Qcow2Image)whole).OpenVmState(snapshot));
        return new BufferedStream(new VmStateStream(backend, image!, snapshot.VmStateSize, writes: false), PieceLength);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        var part = (int)Math.Clamp(_length - Position, 0, count);
        if (part > 0)
        {
            _backend.Exclusively(_ => _image.ReadVmState(Position, buffer.AsSpan(offset, part)));
            Position += part;
        }

        return part;
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count)
    {
        _backend.Exclusively(_ => _image.WriteVmState(Position, buffer.AsSpan(offset, count)));
        Position += count;
        _length = Math.Max(_length, Position);
    }

    /// <inheritdoc/>
    public override void Flush()
    {
        // The snapshot that follows brings everything to the file.
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => Position + offset,
        _ => _length + offset,
    };

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
