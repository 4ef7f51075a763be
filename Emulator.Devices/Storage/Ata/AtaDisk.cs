using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Ata;

/// <summary>
/// A fixed disk of ATA/ATAPI-6 with the commands of ATA8-ACS that systems use: addresses of cylinder, head and sector, of 28 and of
/// 48 bits, programmed I/O, DMA. Queued commands are the business of its AHCI port.
/// </summary>
public sealed partial class AtaDisk : AtaDevice
{
    /// <summary>Sectors that 28-bit addresses reach.</summary>
    public const long Lba28Limit = 0x0fff_ffff;

    /// <summary>The most sectors of a block of READ MULTIPLE.</summary>
    public const int MostMultiple = 16;

    /// <summary>Blocks of 64 ranges that one DATA SET MANAGEMENT may bring.</summary>
    public const int MostTrimBlocks = 8;

    /// <summary>Commands that may be queued.</summary>
    public const int QueueDepth = 32;

    private const byte DefaultTransferMode = 0x45;

    private readonly IBlockBackend _medium;
    private bool _standby;

    /// <summary>A disk with contents.</summary>
    /// <param name="name">Its name at the monitor.</param>
    /// <param name="medium">Its contents.</param>
    /// <param name="serial">Its serial number, of up to 20 characters.</param>
    public AtaDisk(string name, IBlockBackend medium, string serial)
        : base(name)
    {
        _medium = medium;
        Serial = serial;
        Sectors = medium.Length / SectorSize;
        NativeGeometry = DiskGeometry.Of(Sectors);
        HardReset();
    }

    /// <inheritdoc/>
    public override DriveKind Kind => DriveKind.Disk;

    /// <inheritdoc/>
    public override IBlockBackend Medium => _medium;

    /// <inheritdoc/>
    public override bool IsPacketDevice => false;

    /// <summary>The serial number.</summary>
    public string Serial { get; }

    /// <summary>Its size.</summary>
    public long Sectors { get; }

    /// <summary>The geometry at power-on.</summary>
    public DiskGeometry NativeGeometry { get; }

    /// <summary>The geometry that INITIALIZE DEVICE PARAMETERS has set.</summary>
    public DiskGeometry Geometry { get; private set; }

    /// <summary>Sectors of a block of READ MULTIPLE; 0 when it is disabled.</summary>
    public int Multiple { get; private set; }

    /// <summary>The mode that SET FEATURES has chosen.</summary>
    public byte TransferMode { get; private set; }

    /// <summary>Whether a write may be told done before it is on stable storage.</summary>
    public bool IsWriteCacheEnabled { get; private set; }

    /// <summary>Read look-ahead, which changes nothing.</summary>
    public bool IsLookAheadEnabled { get; private set; }

    /// <summary>Whether SMART commands are accepted.</summary>
    public bool IsSmartEnabled { get; private set; }

    /// <summary>What the log of the last queued command's error says (ATA8-ACS, A.7, page 0x10); 16 bytes.</summary>
    internal byte[] QueuedErrorLog { get; } = new byte[16];

    /// <inheritdoc/>
    public override void SetSignature() => Registers.SetSignature(0, 0);

    /// <inheritdoc/>
    protected override void ResetSettings()
    {
        Geometry = NativeGeometry;
        Multiple = MostMultiple;
        TransferMode = DefaultTransferMode;
        IsWriteCacheEnabled = true;
        IsLookAheadEnabled = true;
        IsSmartEnabled = true;
        _standby = false;
        Array.Clear(QueuedErrorLog);
    }

    /// <inheritdoc/>
    protected override void SaveDevice(StateWriter writer)
    {
        writer.Write(Geometry.Cylinders);
        writer.Write(Geometry.Heads);
        writer.Write(Geometry.Sectors);
        writer.Write(Multiple);
        writer.Write(TransferMode);
        writer.Write(IsWriteCacheEnabled);
        writer.Write(IsLookAheadEnabled);
        writer.Write(IsSmartEnabled);
        writer.Write(_standby);
        writer.Write(QueuedErrorLog.AsSpan());
        SaveTransfer(writer);
    }

    /// <inheritdoc/>
    protected override void LoadDevice(StateReader reader)
    {
        Geometry = new DiskGeometry(reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        Multiple = reader.ReadInt32();
        TransferMode = reader.ReadByte();
        IsWriteCacheEnabled = reader.ReadBoolean();
        IsLookAheadEnabled = reader.ReadBoolean();
        IsSmartEnabled = reader.ReadBoolean();
        _standby = reader.ReadBoolean();
        reader.ReadBytes(QueuedErrorLog);
        LoadTransfer(reader);
    }
}
