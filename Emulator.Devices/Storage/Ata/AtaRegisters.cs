using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Ata;

/// <summary>
/// A device's command block registers (ATA/ATAPI-6, 7). Those that are written twice for a 48-bit address keep what they held before
/// (7.1, "previous content").
/// </summary>
public sealed class AtaRegisters
{
    /// <summary>Features, Sector Count, LBA Low, LBA Mid, LBA High: offsets 1-5 of the command block.</summary>
    public const int Doubled = 5;

    private readonly byte[] _current = new byte[Doubled];
    private readonly byte[] _previous = new byte[Doubled];

    public byte Features
    {
        get => _current[0];
        set => _current[0] = value;
    }

    public byte SectorCount
    {
        get => _current[1];
        set => _current[1] = value;
    }

    public byte LbaLow
    {
        get => _current[2];
        set => _current[2] = value;
    }

    public byte LbaMid
    {
        get => _current[3];
        set => _current[3] = value;
    }

    public byte LbaHigh
    {
        get => _current[4];
        set => _current[4] = value;
    }

    /// <summary>Device register: bit 6 LBA, bit 4 the device selected, bits 3:0 head or LBA 27:24.</summary>
    public byte Device { get; set; }

    public byte Command { get; set; }

    public byte Status { get; set; }

    public byte Error { get; set; }

    /// <summary>Features of two bytes.</summary>
    public ushort FeaturesExt => (ushort)(Features | (_previous[0] << 8));

    /// <summary>Sector count of two bytes.</summary>
    public ushort SectorCountExt => (ushort)(SectorCount | (_previous[1] << 8));

    /// <summary>Whether addresses are LBA.</summary>
    public bool IsLba => (Device & 0x40) != 0;

    /// <summary>The head, or LBA 27:24.</summary>
    public int Head => Device & 0x0f;

    /// <summary>A 28-bit address.</summary>
    public long Lba28
    {
        get => LbaLow | (LbaMid << 8) | (LbaHigh << 16) | ((Device & 0x0f) << 24);
        set
        {
            (LbaLow, LbaMid, LbaHigh) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));
            Device = (byte)((Device & 0xf0) | (int)(value >> 24 & 0x0f));
        }
    }

    /// <summary>A 48-bit address.</summary>
    public long Lba48
    {
        get => (long)(LbaLow | ((ulong)LbaMid << 8) | ((ulong)LbaHigh << 16) | ((ulong)_previous[2] << 24) | ((ulong)_previous[3] << 32) | ((ulong)_previous[4] << 40));
        set
        {
            (LbaLow, LbaMid, LbaHigh) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));
            (_previous[2], _previous[3], _previous[4]) = ((byte)(value >> 24), (byte)(value >> 32), (byte)(value >> 40));
        }
    }

    /// <summary>Reads a register of two bytes (0-4 for Features to LBA High), or what it held before.</summary>
    public byte Read(int index, bool previous) => previous ? _previous[index] : _current[index];

    /// <summary>Writes a register of two bytes as the host does.</summary>
    public void Write(int index, byte value)
    {
        _previous[index] = _current[index];
        _current[index] = value;
    }

    /// <summary>Sets both bytes of a register of two, as a FIS does.</summary>
    public void Set(int index, byte current, byte previous)
    {
        _current[index] = current;
        _previous[index] = previous;
    }

    /// <summary>Sets the signature of a device after a reset (ATA/ATAPI-6, 9.12).</summary>
    public void SetSignature(byte lbaMid, byte lbaHigh)
    {
        Array.Clear(_previous);
        (Features, SectorCount, LbaLow, LbaMid, LbaHigh) = (0, 1, 1, lbaMid, lbaHigh);
        Device = 0;
    }

    /// <summary>Writes the registers.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(_current.AsSpan());
        writer.Write(_previous.AsSpan());
        writer.Write(Device);
        writer.Write(Command);
        writer.Write(Status);
        writer.Write(Error);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        reader.ReadBytes(_current);
        reader.ReadBytes(_previous);
        Device = reader.ReadByte();
        Command = reader.ReadByte();
        Status = reader.ReadByte();
        Error = reader.ReadByte();
    }
}

/// <summary>Status register (ATA/ATAPI-6, 7.15).</summary>
public static class AtaStatus
{
    public const byte Err = 0x01;
    public const byte Drq = 0x08;

    /// <summary>Seek complete; "service" of packet devices.</summary>
    public const byte Dsc = 0x10;
    public const byte DeviceFault = 0x20;
    public const byte Drdy = 0x40;
    public const byte Bsy = 0x80;

    /// <summary>At rest.</summary>
    public const byte Ready = Drdy | Dsc;
}

/// <summary>Error register (ATA/ATAPI-6, 7.9).</summary>
public static class AtaError
{
    /// <summary>After a reset or a diagnosis: passed.</summary>
    public const byte DiagnosticPassed = 0x01;
    public const byte Abrt = 0x04;
    public const byte Idnf = 0x10;
    public const byte Unc = 0x40;
}
