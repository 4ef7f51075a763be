using System.Buffers.Binary;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Mmc;

/// <summary>
/// A CD and DVD drive that reads, as its commands (MMC-5; SPC-3; the ATAPI standard SFF-8020i): whatever carries them. A medium
/// is one data track of 2048-byte blocks. It is told of a change by unit attention and by event status notification.
/// </summary>
public sealed partial class CdRomUnit
{
    /// <summary>User data of a block.</summary>
    public const int BlockSize = 2048;

    /// <summary>A block with all that stands around the data.</summary>
    public const int RawBlockSize = 2352;

    /// <summary>Bytes of a command packet.</summary>
    public const int PacketLength = 12;

    /// <summary>The longest answer out of <see cref="Execute"/>'s buffer, and the most parameters that are taken.</summary>
    public const int LongestData = 65535;

    private const long LargestCd = 360_000;
    private const int PreGap = 150;

    private IBlockBackend? _medium;
    private MmcSense _sense;
    private MmcSense _attention;
    private MediaEvent _event;

    private enum MediaEvent : byte
    {
        None = 0,
        EjectRequest = 1,
        NewMedia = 2,
        MediaRemoval = 3,
    }

    /// <summary>What is in the drive, whether the tray is open or not; null for nothing.</summary>
    public IBlockBackend? Medium => _medium;

    /// <summary>Whether the guest has locked the tray.</summary>
    public bool IsLocked { get; private set; }

    /// <summary>Whether the tray is open.</summary>
    public bool IsTrayOpen { get; private set; }

    /// <summary>Why the last command failed.</summary>
    public MmcSense Sense => _sense;

    /// <summary>Blocks of the medium.</summary>
    public long Blocks => IsReady ? (_medium!.Length + BlockSize - 1) / BlockSize : 0;

    private bool IsReady => _medium is not null && !IsTrayOpen;

    private bool IsDvd => Blocks > LargestCd;

    /// <summary>Puts a medium in, or takes one out (null).</summary>
    public void ChangeMedium(IBlockBackend? medium)
    {
        _medium = medium;
        IsTrayOpen = false;
        _attention = MmcSense.MediumChanged;
        _event = medium is null ? MediaEvent.MediaRemoval : MediaEvent.NewMedia;
    }

    /// <summary>Puts the first medium in, which is there at power-on.</summary>
    public void Insert(IBlockBackend? medium) => _medium = medium;

    /// <summary>Power-on: the first command is told of it. The medium stays, and the tray is closed.</summary>
    public void Reset()
    {
        _sense = MmcSense.None;
        _attention = MmcSense.PowerOn;
        _event = MediaEvent.None;
        IsLocked = false;
        IsTrayOpen = false;
    }

    /// <summary>The blocks that were asked for could not be read.</summary>
    public void ReportReadError() => _sense = MmcSense.ReadError;

    /// <summary>Carries a command packet out.</summary>
    /// <param name="packet">Its <see cref="PacketLength"/> bytes.</param>
    /// <param name="buffer">Gets an answer; at least <see cref="LongestData"/> bytes.</param>
    public MmcReply Execute(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        var operation = packet[0];
        if (_attention != MmcSense.None
            && operation is not (MmcCommand.Inquiry or MmcCommand.RequestSense or MmcCommand.GetConfiguration or MmcCommand.GetEventStatusNotification))
        {
            _sense = _attention;
            _attention = MmcSense.None;
            return new MmcReply(MmcReplyKind.CheckCondition);
        }

        if (operation != MmcCommand.RequestSense)
        {
            _sense = MmcSense.None;
        }

        return operation switch
        {
            MmcCommand.TestUnitReady or MmcCommand.SynchronizeCache => IsReady ? Good : NotReady(),
            MmcCommand.RequestSense => RequestSense(packet, buffer),
            MmcCommand.Inquiry => Inquiry(packet, buffer),
            MmcCommand.ModeSense6 or MmcCommand.ModeSense10 => ModeSense(packet, buffer),
            MmcCommand.ModeSelect6 => new MmcReply(MmcReplyKind.Parameters, packet[4]),
            MmcCommand.ModeSelect10 => new MmcReply(MmcReplyKind.Parameters, Word(packet, 7)),
            MmcCommand.StartStopUnit => StartStop(packet),
            MmcCommand.PreventAllowMediumRemoval => PreventAllow(packet),
            MmcCommand.ReadCapacity => IsReady ? ReadCapacity(buffer) : NotReady(),
            MmcCommand.Read10 => Read(Dword(packet, 2), Word(packet, 7)),
            MmcCommand.Read12 => Read(Dword(packet, 2), Dword(packet, 6)),
            MmcCommand.ReadCd => ReadCd(packet, Dword(packet, 2), Dword(packet, 5) & 0xff_ffff),
            MmcCommand.ReadCdMsf => ReadCdMsf(packet),
            MmcCommand.Seek10 => Seek(Dword(packet, 2)),
            MmcCommand.SetCdSpeed => Good,
            MmcCommand.ReadSubChannel => IsReady ? ReadSubChannel(packet, buffer) : NotReady(),
            MmcCommand.ReadTocPmaAtip => IsReady ? ReadToc(packet, buffer) : NotReady(),
            MmcCommand.GetConfiguration => GetConfiguration(packet, buffer),
            MmcCommand.GetEventStatusNotification => GetEventStatus(packet, buffer),
            MmcCommand.ReadDiscInformation => IsReady ? ReadDiscInformation(packet, buffer) : NotReady(),
            MmcCommand.ReadTrackInformation => IsReady ? ReadTrackInformation(packet, buffer) : NotReady(),
            MmcCommand.MechanismStatus => MechanismStatus(packet, buffer),
            _ => Refuse(MmcSense.InvalidCommand),
        };
    }

    /// <summary>Writes what stands around a block's data in mode 1 (ECMA-130, 14); the error detection fields are zero.</summary>
    public static void WriteRawFrame(Span<byte> block, long lba)
    {
        var frame = block[..RawBlockSize];
        frame[16..].Slice(BlockSize).Clear();
        frame[..16].Fill(0xff);
        (frame[0], frame[11]) = (0, 0);
        var address = lba + PreGap;
        frame[12] = Bcd(address / (60 * 75));
        frame[13] = Bcd(address / 75 % 60);
        frame[14] = Bcd(address % 75);
        frame[15] = 1;
    }

    /// <summary>Writes the unit's state; the medium is a host resource.</summary>
    public void Save(StateWriter writer)
    {
        foreach (var sense in (ReadOnlySpan<MmcSense>)[_sense, _attention])
        {
            writer.Write(sense.Key);
            writer.Write(sense.Code);
            writer.Write(sense.Qualifier);
        }

        writer.Write((byte)_event);
        writer.Write(IsLocked);
        writer.Write(IsTrayOpen);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        _sense = new MmcSense(reader.ReadByte(), reader.ReadByte(), reader.ReadByte());
        _attention = new MmcSense(reader.ReadByte(), reader.ReadByte(), reader.ReadByte());
        _event = (MediaEvent)reader.ReadByte();
        IsLocked = reader.ReadBoolean();
        IsTrayOpen = reader.ReadBoolean();
    }

    private static MmcReply Good => new(MmcReplyKind.Good);

    private static ushort Word(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt16BigEndian(packet[at..]);

    private static uint Dword(ReadOnlySpan<byte> packet, int at) => BinaryPrimitives.ReadUInt32BigEndian(packet[at..]);

    private static byte Bcd(long value) => (byte)((value / 10 % 10 << 4) | (value % 10));

    // No more than the host has room for; none at all is no error.
    private static MmcReply Answer(int length, int allocated)
        => Math.Min(length, allocated) is > 0 and var sent ? new MmcReply(MmcReplyKind.Data, sent) : Good;

    private MmcReply Refuse(MmcSense sense)
    {
        _sense = sense;
        return new MmcReply(MmcReplyKind.CheckCondition);
    }

    private MmcReply NotReady() => Refuse(IsTrayOpen ? MmcSense.TrayOpen : MmcSense.NotPresent);

    private MmcReply StartStop(ReadOnlySpan<byte> packet)
    {
        const int Start = 1, LoadEject = 2;
        if ((packet[4] & LoadEject) == 0)
        {
            return Good;
        }

        var opens = (packet[4] & Start) == 0;
        if (opens && IsLocked)
        {
            return Refuse(MmcSense.RemovalPrevented);
        }

        if (opens != IsTrayOpen)
        {
            IsTrayOpen = opens;
            _event = opens || _medium is null ? MediaEvent.MediaRemoval : MediaEvent.NewMedia;
            _attention = opens || _medium is null ? MmcSense.None : MmcSense.MediumChanged;
        }

        return Good;
    }

    private MmcReply PreventAllow(ReadOnlySpan<byte> packet)
    {
        IsLocked = (packet[4] & 1) != 0;
        return Good;
    }

    private MmcReply Seek(long lba) => !IsReady ? NotReady() : lba < Blocks ? Good : Refuse(MmcSense.OutOfRange);

    private MmcReply Read(long lba, long count, bool isRaw = false)
    {
        if (!IsReady)
        {
            return NotReady();
        }

        if (lba + count > Blocks)
        {
            return Refuse(MmcSense.OutOfRange);
        }

        return count == 0 ? Good : new MmcReply(MmcReplyKind.Blocks, 0, lba, (int)count, isRaw);
    }

    private MmcReply ReadCdMsf(ReadOnlySpan<byte> packet)
    {
        var first = Lba(packet[3], packet[4], packet[5]);
        var end = Lba(packet[6], packet[7], packet[8]);
        return first < 0 || end < first ? Refuse(MmcSense.OutOfRange) : ReadCd(packet, first, end - first);
    }

    // Byte 9 says what of a block is asked for: the user data, or all of it (MMC-5, 6.20).
    private MmcReply ReadCd(ReadOnlySpan<byte> packet, long lba, long count) => (packet[9] & 0xf8) switch
    {
        0x00 => IsReady ? Good : NotReady(),
        0x10 => Read(lba, count),
        0xf8 => Read(lba, count, isRaw: true),
        _ => Refuse(MmcSense.InvalidField),
    };

    private static long Lba(int minute, int second, int frame) => (((minute * 60L) + second) * 75) + frame - PreGap;
}
