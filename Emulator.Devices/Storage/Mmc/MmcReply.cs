namespace Emulator.Devices.Storage.Mmc;

/// <summary>What a command packet leads to.</summary>
public enum MmcReplyKind
{
    /// <summary>Done.</summary>
    Good,

    /// <summary>Failed: the sense data says why.</summary>
    CheckCondition,

    /// <summary>The buffer holds <see cref="MmcReply.Length"/> bytes for the host.</summary>
    Data,

    /// <summary>The host sends <see cref="MmcReply.Length"/> bytes, which change nothing.</summary>
    Parameters,

    /// <summary>Blocks of the medium for the host.</summary>
    Blocks,
}

/// <summary>The answer of <see cref="CdRomUnit.Execute"/>.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Length">Bytes to move.</param>
/// <param name="Lba">The first block.</param>
/// <param name="Count">Blocks.</param>
/// <param name="IsRaw">Whether a block goes out with sync pattern, header and the fields behind the data: 2352 bytes.</param>
public readonly record struct MmcReply(MmcReplyKind Kind, int Length = 0, long Lba = 0, int Count = 0, bool IsRaw = false);

/// <summary>Sense key, additional sense code and qualifier (SPC-3, 4.5; MMC-5, annex F).</summary>
/// <param name="Key">Sense key.</param>
/// <param name="Code">ASC.</param>
/// <param name="Qualifier">ASCQ.</param>
public readonly record struct MmcSense(byte Key, byte Code, byte Qualifier = 0)
{
    public static MmcSense None => default;

    public static MmcSense NotPresent => new(0x02, 0x3a);

    public static MmcSense TrayOpen => new(0x02, 0x3a, 0x02);

    public static MmcSense ReadError => new(0x03, 0x11);

    public static MmcSense InvalidCommand => new(0x05, 0x20);

    public static MmcSense OutOfRange => new(0x05, 0x21);

    public static MmcSense InvalidField => new(0x05, 0x24);

    public static MmcSense RemovalPrevented => new(0x05, 0x53, 0x02);

    public static MmcSense IllegalMode => new(0x05, 0x64);

    public static MmcSense MediumChanged => new(0x06, 0x28);

    public static MmcSense PowerOn => new(0x06, 0x29);
}
