using Emulator.Core.Memory;

namespace Emulator.Host.Cli;

/// <summary>How messages speak of a file.</summary>
/// <param name="Subject">The option and the path as typed.</param>
/// <param name="Path">The path.</param>
/// <param name="Mend">What the option wants.</param>
internal readonly record struct HostFileName(string Subject, string Path, string Mend);

/// <summary>
/// A file that the command line names, for a loader: its parts are read where they are wanted, a kernel straight into guest RAM, since
/// touching fresh host memory for a copy of it takes longer than the reading.
/// </summary>
public sealed class HostFile
{
    private readonly byte[]? _bytes;
    private readonly HostFileName _name;

    /// <summary>A file whose bytes are there already.</summary>
    public HostFile(byte[] bytes)
    {
        _bytes = bytes;
        Length = bytes.Length;
    }

    internal HostFile(HostFileName name, int length)
    {
        _name = name;
        Length = length;
    }

    /// <summary>Its length.</summary>
    public int Length { get; }

    /// <summary>The first bytes, as many as there are up to <paramref name="length"/>.</summary>
    public byte[] Head(int length)
    {
        var head = new byte[Math.Min(length, Length)];
        Read(0, head);
        return head;
    }

    /// <summary>All bytes.</summary>
    public byte[] ToArray() => _bytes ?? Head(Length);

    /// <summary>Writes a part of the file, which has it, into guest memory.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="address">Where the part goes.</param>
    /// <param name="offset">Where it begins in the file.</param>
    /// <param name="length">How long it is.</param>
    public unsafe void CopyTo(MemoryMap memory, ulong address, int offset, int length)
    {
        var region = memory.Find(address, out var remaining);
        if (region is not { Kind: RegionKind.Ram } || remaining < (ulong)length)
        {
            var part = new byte[length];
            Read(offset, part);
            memory.Write(address, part);
            return;
        }

        var host = region.Host + (address - region.Start);
        for (var done = 0; done < length;)
        {
            var count = Math.Min(length - done, GuestRam.PageSize - (int)((address + (ulong)done) & (GuestRam.PageSize - 1)));
            memory.MarkWritten(host + done, count);
            done += count;
        }

        Read(offset, new Span<byte>(host, length));
    }

    private void Read(int offset, Span<byte> destination)
    {
        if (_bytes is null)
        {
            InputFile.ReadPart(_name, offset, destination);
        }
        else
        {
            _bytes.AsSpan(offset, destination.Length).CopyTo(destination);
        }
    }
}
