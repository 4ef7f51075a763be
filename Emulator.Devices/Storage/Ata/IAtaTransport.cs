namespace Emulator.Devices.Storage.Ata;

/// <summary>What a device has asked its transport to move.</summary>
public enum AtaDataKind
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A packet device waits for its command packet.</summary>
    Packet,

    /// <summary>From the device, by programmed I/O.</summary>
    PioIn,

    /// <summary>To the device, by programmed I/O.</summary>
    PioOut,

    /// <summary>From the device, by DMA.</summary>
    DmaIn,

    /// <summary>To the device, by DMA.</summary>
    DmaOut,
}

/// <summary>
/// What a device's command layer asks of what it is attached to: a parallel ATA channel or an AHCI port. The transport moves
/// <see cref="AtaDevice.Data"/> and calls <see cref="AtaDevice.DataDone"/> when all of it is moved, at once or later.
/// </summary>
public interface IAtaTransport
{
    /// <summary>There is data to move, as <see cref="AtaDevice.DataKind"/> says.</summary>
    void BeginData(AtaDevice device);

    /// <summary>The command has ended; Status and Error say how.</summary>
    /// <param name="device">The device.</param>
    /// <param name="interrupt">Whether the host is told; false where the last block of data was what it waited for.</param>
    void EndCommand(AtaDevice device, bool interrupt);
}
