using System.Security.Cryptography;
using System.Text;
using Emulator.Core.Snapshots;
using Emulator.Host.Machines;

namespace Emulator.Host.Snapshots;

/// <summary>
/// A machine's state as a sealed stream, the same in a file and inside a qcow2 image: the mark <c>EMUSTATE</c>, the version (4 bytes,
/// little-endian), the machine's description (length in 4 bytes, UTF-8 lines), the <see cref="MachineSnapshot"/> in compressed chunks, and a
/// checksum (<see cref="ChunkWriter"/>).
/// </summary>
internal static class MachineState
{
    /// <summary>The version of the stream; the snapshot and its records have versions of their own.</summary>
    public const int Version = 1;

    private const int LongestDescription = 1 << 20;

    private static ReadOnlySpan<byte> Mark => "EMUSTATE"u8;

    /// <summary>Writes a machine. On its thread, with no request of its disks pending.</summary>
    public static void Write(PcMachine pc, Stream target)
    {
        using var writer = new ChunkWriter(target);
        writer.WritePlain(Mark);
        writer.WritePlain(Version);
        var description = Encoding.UTF8.GetBytes(MachineDescription.Of(pc).ToString());
        writer.WritePlain(description.Length);
        writer.WritePlain(description);
        MachineSnapshot.Save(pc.Machine, writer);
        writer.Seal();
    }

    /// <summary>
    /// Puts the machine into the state of a stream that can be read more than once: all of it is looked at before anything is changed. On the
    /// machine's thread, with no request of its disks pending.
    /// </summary>
    /// <exception cref="SnapshotException">What is wrong with it; the machine is as it was.</exception>
    public static void Read(PcMachine pc, Stream source)
    {
        source.Position = 0;
        CheckSeal(source);
        source.Position = 0;
        var saved = ReadHeader(source);
        if (MachineDescription.Of(pc).DifferenceTo(MachineDescription.Parse(saved)) is { } difference)
        {
            throw new SnapshotException("it is of another machine: " + difference);
        }

        using (var body = new ChunkReader(source))
        {
            MachineSnapshot.Check(pc.Machine, body);
        }

        source.Position = 0;
        ReadHeader(source);
        using var again = new ChunkReader(source);
        MachineSnapshot.Load(pc.Machine, again);
    }

    private static string ReadHeader(Stream source)
    {
        Span<byte> mark = stackalloc byte[Mark.Length];
        if (source.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false) < mark.Length || !mark.SequenceEqual(Mark))
        {
            throw new SnapshotException("it is no machine state of this emulator");
        }

        if (ReadNumber(source) is var version && version != Version)
        {
            throw new SnapshotException($"its version is {version}, and this emulator reads version {Version}");
        }

        if (ReadNumber(source) is var length && length is < 0 or > LongestDescription)
        {
            throw new SnapshotException("it is damaged: the machine's description has no possible length");
        }

        var description = new byte[length];
        ChunkReader.ReadWhole(source, description);
        return Encoding.UTF8.GetString(description);
    }

    // Reads everything but expands nothing.
    private static void CheckSeal(Stream source)
    {
        ReadHeader(source);
        var buffer = new byte[ChunkReader.LongestChunk];
        while (ChunkReader.ReadLength(source) is var length and > 0)
        {
            ChunkReader.ReadWhole(source, buffer.AsSpan(0, length));
        }

        var end = source.Position;
        Span<byte> seal = stackalloc byte[SHA256.HashSizeInBytes];
        ChunkReader.ReadWhole(source, seal);
        if (source.Position != source.Length)
        {
            throw new SnapshotException("it is damaged: something stands behind its end");
        }

        if (!seal.SequenceEqual(Hash(source, end, buffer)))
        {
            throw new SnapshotException("it is damaged: the checksum is not that of the contents");
        }
    }

    private static byte[] Hash(Stream source, long length, byte[] buffer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        source.Position = 0;
        while (length > 0)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length));
            ChunkReader.ReadWhole(source, part);
            hash.AppendData(part);
            length -= part.Length;
        }

        return hash.GetHashAndReset();
    }

    private static int ReadNumber(Stream source)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        ChunkReader.ReadWhole(source, bytes);
        return System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }
}
