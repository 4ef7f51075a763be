using System.Text;

namespace Emulator.Core.Snapshots;

/// <summary>Writes the values of one record, little-endian, without padding.</summary>
public sealed class StateWriter : IDisposable
{
    private readonly BinaryWriter _writer;

    /// <summary>Writes to a stream, which stays open.</summary>
    public StateWriter(Stream stream) => _writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);

    public void Write(bool value) => _writer.Write(value);

    public void Write(byte value) => _writer.Write(value);

    public void Write(ushort value) => _writer.Write(value);

    public void Write(int value) => _writer.Write(value);

    public void Write(uint value) => _writer.Write(value);

    public void Write(long value) => _writer.Write(value);

    public void Write(ulong value) => _writer.Write(value);

    public void Write(string value) => _writer.Write(value);

    /// <summary>Writes a length and the bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _writer.Write(bytes.Length);
        _writer.Write(bytes);
    }

    /// <summary>Writes whether the event is armed, and its due time.</summary>
    public void Write(Time.ScheduledEvent timer)
    {
        _writer.Write(timer.IsArmed);
        _writer.Write(timer.IsArmed ? timer.Due : 0);
    }

    /// <summary>Writes a part's record: name, version, length, contents.</summary>
    public void WriteRecord(IStateful part)
    {
        using var body = new MemoryStream();
        using (var inner = new StateWriter(body))
        {
            part.Save(inner);
        }

        _writer.Write(part.StateName);
        _writer.Write(part.StateVersion);
        Write(body.ToArray());
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
