using Emulator.Devices.Storage;

namespace Emulator.Host.Bios.Disks;

/// <summary>What is done with sectors: INT 13h's function numbers.</summary>
internal enum DiskOperation
{
    Read = 0x02,
    Write = 0x03,
    Verify = 0x04,
}

/// <summary>Sectors between a drive and memory.</summary>
internal static class DiskTransfer
{
    private const int Piece = 0x10000;

    /// <summary>Moves or checks sectors; the status is INT 13h's.</summary>
    public static byte Run(BiosMemory memory, BiosDrive drive, IBlockBackend medium, long first, int count, ulong linear, DiskOperation operation)
        => Run(drive, medium, first, count, operation, (offset, bytes) => memory.Read(linear + (ulong)offset, bytes), (offset, bytes) => memory.Write(linear + (ulong)offset, bytes));

    /// <summary>The same with memory of another kind.</summary>
    public static byte Run(
        BiosDrive drive, IBlockBackend medium, long first, int count, DiskOperation operation, ReadBytes fetch, WriteBytes store)
    {
        if (first < 0 || first > drive.Sectors || count > drive.Sectors - first)
        {
            return DiskStatus.SectorNotFound;
        }

        if (operation == DiskOperation.Write && drive.IsReadOnly)
        {
            return DiskStatus.WriteProtected;
        }

        var length = (long)count * drive.SectorLength;
        var start = drive.Start + (first * drive.SectorLength);
        var buffer = new byte[Math.Min(length, Piece)];
        for (long done = 0; done < length; done += buffer.Length)
        {
            var bytes = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - done));
            var status = operation == DiskOperation.Write ? Write(medium, start + done, bytes, done, fetch) : medium.ReadNow(start + done, bytes);
            if (status != BlockStatus.Success)
            {
                return DiskStatus.Of(status, operation == DiskOperation.Write);
            }

            if (operation == DiskOperation.Read)
            {
                store(done, bytes);
            }
        }

        return DiskStatus.Success;
    }

    private static BlockStatus Write(IBlockBackend medium, long at, Span<byte> bytes, long offset, ReadBytes fetch)
    {
        fetch(offset, bytes);
        return medium.WriteNow(at, bytes);
    }
}

/// <summary>Gets bytes at an offset of the caller's buffer.</summary>
internal delegate void ReadBytes(long offset, Span<byte> bytes);

/// <summary>Puts bytes at an offset of the caller's buffer.</summary>
internal delegate void WriteBytes(long offset, ReadOnlySpan<byte> bytes);
