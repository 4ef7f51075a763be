using System.Text;

namespace Emulator.Core.Snapshots;

/// <summary>Reads the values of one record in the order in which they were written.</summary>
public sealed class StateReader : IDisposable
{
    // No device has more than its frame buffer, of up to 256 MiB, and some registers.
    private const int LongestRecord = 512 << 20;

    private readonly BinaryReader _reader;

    /// <summary>Reads from a stream, which stays open.</summary>
    public StateReader(Stream stream) => _reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);

    public bool ReadBoolean() => Guarded(_reader.ReadBoolean);

    public byte ReadByte() => Guarded(_reader.ReadByte);

    public ushort ReadUInt16() => Guarded(_reader.ReadUInt16);

    public int ReadInt32() => Guarded(_reader.ReadInt32);

    public uint ReadUInt32() => Guarded(_reader.ReadUInt32);

    public long ReadInt64() => Guarded(_reader.ReadInt64);

    public ulong ReadUInt64() => Guarded(_reader.ReadUInt64);

    public string ReadString() => Guarded(_reader.ReadString);

    /// <summary>Reads a length and that many bytes into <paramref name="destination"/>, whose length must agree.</summary>
    public void ReadBytes(Span<byte> destination)
    {
        var length = ReadInt32();
        if (length != destination.Length)
        {
            throw new SnapshotException($"a block of {length} bytes stands where {destination.Length} are expected.");
        }

        Fill(destination);
    }

    /// <summary>Reads a length of at most that of <paramref name="room"/> and that many bytes to its start; returns how many.</summary>
    public int ReadBlock(Span<byte> room)
    {
        var length = ReadInt32();
        if (length < 0 || length > room.Length)
        {
            throw new SnapshotException($"a block of {length} bytes is longer than the {room.Length} allowed.");
        }

        Fill(room[..length]);
        return length;
    }

    /// <summary>Reads a length of at most <paramref name="limit"/> and that many bytes.</summary>
    public byte[] ReadBytes(int limit)
    {
        var length = ReadInt32();
        if (length < 0 || length > limit)
        {
            throw new SnapshotException($"a block of {length} bytes is longer than the {limit} allowed.");
        }

        var bytes = _reader.ReadBytes(length);
        return bytes.Length == length ? bytes : throw new SnapshotException("the record ends too early.");
    }

    /// <summary>Arms or cancels the event as it was when saved.</summary>
    public void ReadEvent(Time.ScheduledEvent timer)
    {
        var armed = ReadBoolean();
        var due = ReadInt64();
        if (armed)
        {
            timer.Arm(due);
        }
        else
        {
            timer.Cancel();
        }
    }

    /// <summary>Reads the next record without loading it; refuses another name or version than those of <paramref name="part"/>.</summary>
    public byte[] TakeRecord(IStateful part)
    {
        var name = ReadString();
        var version = ReadInt32();
        return name == part.StateName && version == part.StateVersion
            ? ReadBytes(LongestRecord)
            : throw new SnapshotException($"record '{name}' version {version} stands where '{part.StateName}' version {part.StateVersion} is expected.");
    }

    /// <summary>Reads the next record into <paramref name="part"/>; refuses another name, another version, and leftovers.</summary>
    public void ReadRecord(IStateful part)
    {
        using var body = new MemoryStream(TakeRecord(part));
        using var inner = new StateReader(body);
        part.Load(inner);
        if (body.Position != body.Length)
        {
            throw new SnapshotException($"record '{part.StateName}' has {body.Length - body.Position} bytes left over.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _reader.Dispose();

    private void Fill(Span<byte> destination)
    {
        if (_reader.BaseStream.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) < destination.Length)
        {
            throw new SnapshotException("the record ends too early.");
        }
    }

    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (EndOfStreamException)
        {
            throw new SnapshotException("the record ends too early.");
        }
        catch (FormatException)
        {
            throw new SnapshotException("a text has no length.");
        }
    }
}
