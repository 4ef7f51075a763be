using System.Buffers.Binary;
using System.Text;

namespace Emulator.Devices.Storage.Mmc;

/// <summary>The answers about the drive and its medium.</summary>
public sealed partial class CdRomUnit
{
    private const int LeadOut = 0xaa;
    private const byte DataTrack = 0x14;

    private MmcReply RequestSense(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        const int Length = 18;
        var data = Clear(buffer, Length);
        if (_sense == MmcSense.None && _attention != MmcSense.None)
        {
            (_sense, _attention) = (_attention, MmcSense.None);
        }

        data[0] = 0x70;
        data[2] = _sense.Key;
        data[7] = Length - 8;
        data[12] = _sense.Code;
        data[13] = _sense.Qualifier;
        _sense = MmcSense.None;
        return Answer(Length, packet[4]);
    }

    private MmcReply Inquiry(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        const int Length = 36;
        if ((packet[1] & 1) != 0)
        {
            return Refuse(MmcSense.InvalidField);
        }

        var data = Clear(buffer, Length);
        data[0] = 0x05;
        data[1] = 0x80;
        data[3] = 0x21; // ATAPI, response format 1
        data[4] = Length - 5;
        Put(data, 8, 8, "EMULATOR");
        Put(data, 16, 16, "DVD-ROM");
        Put(data, 32, 4, "1.0");
        return Answer(Length, Word(packet, 3));
    }

    private MmcReply ReadCapacity(Span<byte> buffer)
    {
        BinaryPrimitives.WriteUInt32BigEndian(buffer, (uint)Math.Min(uint.MaxValue, Blocks - 1));
        BinaryPrimitives.WriteUInt32BigEndian(buffer[4..], BlockSize);
        return new MmcReply(MmcReplyKind.Data, 8);
    }

    // Pages of MMC-5, 7: read error recovery, CD device parameters, power condition, capabilities.
    private MmcReply ModeSense(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        const int AllPages = 0x3f;
        var isShort = packet[0] == MmcCommand.ModeSense6;
        var header = isShort ? 4 : 8;
        var page = packet[2] & 0x3f;
        var control = packet[2] >> 6;
        if (control == 3)
        {
            return Refuse(new MmcSense(0x05, 0x39)); // saving parameters not supported
        }

        var data = Clear(buffer, 256);
        var at = header;
        foreach (var known in (ReadOnlySpan<byte>)[0x01, 0x0d, 0x0e, 0x1a, 0x2a])
        {
            if (page == known || page == AllPages)
            {
                at += WritePage(data[at..], known, changeable: control == 1);
            }
        }

        if (at == header)
        {
            return Refuse(MmcSense.InvalidField);
        }

        var type = (byte)(IsReady ? 0x01 : 0x70);
        if (isShort)
        {
            data[0] = (byte)(at - 1);
            data[1] = type;
            return Answer(at, packet[4]);
        }

        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)(at - 2));
        data[2] = type;
        return Answer(at, Word(packet, 7));
    }

    private int WritePage(Span<byte> data, byte page, bool changeable)
    {
        ReadOnlySpan<byte> contents = page switch
        {
            0x01 => [0x00, 0x05, 0, 0, 0, 0],
            0x0d => [0, 0x0d, 0, 60, 0, 75],
            0x0e => [0x04, 0, 0, 0, 0, 75, 1, 0xff, 2, 0xff, 0, 0, 0, 0],
            0x1a => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            // Reads CD-R, CD-RW and DVD; multi-session, mode 2; locks, ejects, tray; 8.4 MB/s.
            _ => [0x3b, 0x00, 0x70, 0x60, (byte)(0x29 | (IsLocked ? 0x02 : 0)), 0, 0x21, 0x00, 0, 2, 0x02, 0x00, 0x21, 0x00, 0, 0, 0, 0, 0, 0],
        };
        data[0] = page;
        data[1] = (byte)contents.Length;
        if (!changeable)
        {
            contents.CopyTo(data[2..]);
        }

        return contents.Length + 2;
    }

    private MmcReply ReadToc(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        var isMsf = (packet[1] & 2) != 0;
        var format = packet[2] & 0x0f;
        if (format == 0)
        {
            format = packet[9] >> 6; // where SFF-8020i has it
        }

        var first = packet[6];
        var data = Clear(buffer, 64);
        var length = 4;
        data[2] = 1;
        data[3] = 1;
        switch (format)
        {
            case 0:
                if (first is > 1 and not LeadOut)
                {
                    return Refuse(MmcSense.InvalidField);
                }

                length += first <= 1 ? WriteTrack(data[length..], 1, 0, isMsf) : 0;
                length += WriteTrack(data[length..], LeadOut, Blocks, isMsf);
                break;
            case 1:
                length += WriteTrack(data[length..], 1, 0, isMsf);
                break;
            case 2:
                foreach (var point in (ReadOnlySpan<byte>)[0xa0, 0xa1, 0xa2, 0x01])
                {
                    length += WriteFullTocEntry(data[length..], point);
                }

                break;
            default:
                return Refuse(MmcSense.InvalidField);
        }

        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)(length - 2));
        return Answer(length, Word(packet, 7));
    }

    private static int WriteTrack(Span<byte> entry, byte track, long lba, bool isMsf)
    {
        entry[1] = DataTrack;
        entry[2] = track;
        WriteAddress(entry[4..], lba, isMsf);
        return 8;
    }

    private int WriteFullTocEntry(Span<byte> entry, byte point)
    {
        entry[0] = 1;
        entry[1] = DataTrack;
        entry[3] = point;
        if (point is 0xa0 or 0xa1)
        {
            entry[8] = 1;
        }
        else
        {
            Span<byte> address = stackalloc byte[4];
            WriteAddress(address, point == 0xa2 ? Blocks : 0, isMsf: true);
            address[1..].CopyTo(entry[8..]);
        }

        return 11;
    }

    private static void WriteAddress(Span<byte> field, long lba, bool isMsf)
    {
        if (!isMsf)
        {
            BinaryPrimitives.WriteUInt32BigEndian(field, (uint)lba);
            return;
        }

        var address = lba + PreGap;
        (field[0], field[1], field[2], field[3]) = (0, (byte)(address / (60 * 75)), (byte)(address / 75 % 60), (byte)(address % 75));
    }

    private MmcReply ReadSubChannel(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        const int NoAudioStatus = 0x15;
        var data = Clear(buffer, 24);
        data[1] = NoAudioStatus;
        if ((packet[2] & 0x40) == 0)
        {
            return Answer(4, Word(packet, 7));
        }

        var length = packet[3] == 1 ? 16 : 24;
        if (packet[3] is < 1 or > 3)
        {
            return Refuse(MmcSense.InvalidField);
        }

        data[3] = (byte)(length - 4);
        data[4] = packet[3];
        if (packet[3] == 1)
        {
            data[5] = DataTrack;
            data[6] = 1;
            data[7] = 1;
            WriteAddress(data[8..], 0, (packet[1] & 2) != 0);
        }

        return Answer(length, Word(packet, 7));
    }

    // MMC-5, 6.6 and 5.3: current profile and the features of a reading drive.
    private MmcReply GetConfiguration(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        var first = Word(packet, 2);
        var which = packet[1] & 3;
        var data = Clear(buffer, 256);
        var isCd = IsReady && !IsDvd;
        var isDvd = IsReady && IsDvd;
        BinaryPrimitives.WriteUInt16BigEndian(data[6..], (ushort)(isDvd ? 0x10 : isCd ? 0x08 : 0));
        var features = new FeatureList(data, first, which);
        features.Add(0x0000, true, [0x00, 0x10, (byte)(isDvd ? 1 : 0), 0, 0x00, 0x08, (byte)(isCd ? 1 : 0), 0], version: 0);
        features.Add(0x0001, true, [0, 0, 0, 2, 1, 0, 0, 0], version: 2);
        features.Add(0x0002, true, [2, 0, 0, 0], version: 1);
        features.Add(0x0003, true, [0x29, 0, 0, 0], version: 0);
        features.Add(0x0010, IsReady, [0, 0, 8, 0, 0, 1, 0, 0], version: 0);
        features.Add(0x001e, isCd, [0, 0, 0, 0], version: 2);
        features.Add(0x001f, isDvd, [0, 0, 0, 0], version: 1);
        features.Add(0x0100, true, [], version: 0);
        features.Add(0x0105, true, [0, 0, 0, 0], version: 1);
        BinaryPrimitives.WriteUInt32BigEndian(data, (uint)(features.Length - 4));
        return Answer(features.Length, Word(packet, 7));
    }

    private MmcReply GetEventStatus(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        const int MediaClass = 4;
        if ((packet[1] & 1) == 0)
        {
            return Refuse(MmcSense.InvalidField); // asynchronous notification
        }

        var data = Clear(buffer, 8);
        data[3] = 1 << MediaClass;
        if ((packet[4] & (1 << MediaClass)) == 0)
        {
            BinaryPrimitives.WriteUInt16BigEndian(data, 2);
            data[2] = 0x80;
            return Answer(4, Word(packet, 7));
        }

        BinaryPrimitives.WriteUInt16BigEndian(data, 6);
        data[2] = MediaClass;
        data[4] = (byte)_event;
        data[5] = (byte)((IsTrayOpen ? 1 : 0) | (_medium is not null ? 2 : 0));
        _event = MediaEvent.None;
        return Answer(8, Word(packet, 7));
    }

    private MmcReply ReadDiscInformation(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        const int Length = 34;
        if ((packet[1] & 7) != 0)
        {
            return Refuse(MmcSense.InvalidField);
        }

        var data = Clear(buffer, Length);
        BinaryPrimitives.WriteUInt16BigEndian(data, Length - 2);
        data[2] = 0x0e; // last session complete, disc finalized
        (data[3], data[4], data[5], data[6]) = (1, 1, 1, 1);
        data[7] = 0x20; // unrestricted use
        return Answer(Length, Word(packet, 7));
    }

    private MmcReply ReadTrackInformation(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        const int Length = 36;
        var data = Clear(buffer, Length);
        BinaryPrimitives.WriteUInt16BigEndian(data, Length - 2);
        (data[2], data[3]) = (1, 1);
        data[5] = 0x04;
        data[6] = 0x01;
        BinaryPrimitives.WriteUInt32BigEndian(data[24..], (uint)Math.Min(uint.MaxValue, Blocks));
        return Answer(Length, Word(packet, 7));
    }

    private MmcReply MechanismStatus(ReadOnlySpan<byte> packet, Span<byte> buffer)
    {
        var data = Clear(buffer, 8);
        data[1] = (byte)(IsTrayOpen ? 0x10 : 0);
        data[5] = 1;
        return Answer(8, Word(packet, 8));
    }

    private static Span<byte> Clear(Span<byte> buffer, int length)
    {
        buffer[..length].Clear();
        return buffer[..length];
    }

    private static void Put(Span<byte> data, int at, int length, string text)
    {
        data.Slice(at, length).Fill((byte)' ');
        Encoding.ASCII.GetBytes(text, data.Slice(at, length));
    }

    /// <summary>The feature descriptors that were asked for: all, the current ones, or one.</summary>
    private ref struct FeatureList(Span<byte> data, int first, int which)
    {
        private readonly Span<byte> _data = data;

        /// <summary>Bytes of header and descriptors.</summary>
        public int Length { get; private set; } = 8;

        public void Add(int code, bool current, scoped ReadOnlySpan<byte> contents, int version)
        {
            if (which == 2 ? code != first : code < first || (which == 1 && !current))
            {
                return;
            }

            var entry = _data[Length..];
            BinaryPrimitives.WriteUInt16BigEndian(entry, (ushort)code);
            entry[2] = (byte)((version << 2) | (code is 0x0000 or 0x0001 or 0x0002 or 0x0003 or 0x0100 or 0x0105 ? 2 : 0) | (current ? 1 : 0));
            entry[3] = (byte)contents.Length;
            contents.CopyTo(entry[4..]);
            Length += 4 + contents.Length;
        }
    }
}
