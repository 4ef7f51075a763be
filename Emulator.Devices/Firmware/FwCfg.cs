using System.Buffers.Binary;
using System.Text;
using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Firmware;

/// <summary>
/// QEMU's firmware configuration device (docs/specs/fw_cfg): a selector at 0x510, a data byte at 0x511 and a DMA interface at 0x514,
/// through which firmware reads what the host puts in: numbered items and named files. Items are fixed before the guest's first access.
/// </summary>
public sealed class FwCfg : IDevice, IPortHandler
{
    private const int MaximumFiles = 256;
    private const int NameLength = 56;
    private const int Ports = 12;
    private const int DataPort = 1;
    private const int DmaPort = 4;
    private const ulong DmaSignature = 0x51454d5520434647;

    private const uint DmaError = 0x01;
    private const uint DmaRead = 0x02;
    private const uint DmaSkip = 0x04;
    private const uint DmaSelect = 0x08;
    private const uint DmaWrite = 0x10;

    private readonly MemoryMap _memory;
    private readonly Dictionary<ushort, Item> _items = [];
    private readonly List<NamedFile> _files = [];
    private Item? _current;
    private ushort _selected;
    private uint _offset;
    private ulong _dmaAddress;
    private bool _stale;
    private Action? _addLater;

    /// <summary>Claims ports 0x510-0x51b.</summary>
    public FwCfg(IoPortBus ports, MemoryMap memory)
    {
        _memory = memory;
        AddItem(FwCfgKey.Signature, "QEMU"u8.ToArray());
        AddUInt32(FwCfgKey.Id, 3);
        AddItem(FwCfgKey.FileDirectory, new byte[4]);
        ports.Claim("fw_cfg", PcPlatform.FwCfgPort, Ports, this);
    }

    /// <inheritdoc/>
    public string StateName => "fw_cfg";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>Sets a numbered item.</summary>
    public void AddItem(ushort key, ReadOnlyMemory<byte> contents) => _items[key] = new Item(contents, null, null);

    /// <summary>Sets a numbered item that the guest may overwrite through DMA.</summary>
    /// <param name="key">Its number.</param>
    /// <param name="contents">The buffer, which the guest's writes change; it never grows.</param>
    /// <param name="written">Called after each write.</param>
    public void AddWritableItem(ushort key, byte[] contents, Action written) => _items[key] = new Item(contents, contents, written);

    /// <summary>Sets a numbered item of two bytes, little-endian.</summary>
    public void AddUInt16(ushort key, ushort value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        AddItem(key, bytes);
    }

    /// <summary>Sets a numbered item of four bytes, little-endian.</summary>
    public void AddUInt32(ushort key, uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        AddItem(key, bytes);
    }

    /// <summary>Adds a named file, or replaces the one of that name.</summary>
    public void AddFile(string name, ReadOnlyMemory<byte> contents) => AddFile(name, new Item(contents, null, null));

    /// <summary>Adds a file that the guest may overwrite through DMA.</summary>
    /// <param name="name">At most 55 ASCII characters.</param>
    /// <param name="contents">The buffer, which the guest's writes change; it never grows.</param>
    /// <param name="written">Called after each write.</param>
    public void AddWritableFile(string name, byte[] contents, Action written) => AddFile(name, new Item(contents, contents, written));

    /// <summary>
    /// Adds a file whose contents are made anew whenever the guest has selected it and begins to read: what they say depends on what
    /// the guest did before. Their length is always the same.
    /// </summary>
    public void AddComputedFile(string name, Func<byte[]> contents) => AddFile(name, new Item(contents(), null, null) { Compute = contents });

    /// <summary>Lets items be added when the guest first touches a port: most guests never do, and need not wait for what is dear to make.</summary>
    public void AddLater(Action add) => _addLater += add;

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size)
    {
        AddWhatWaits();
        if (offset >= DmaPort)
        {
            // Big-endian: the first byte is the signature's most significant.
            var value = 0u;
            for (var i = 0; i < size && offset + i < Ports; i++)
            {
                value |= (uint)(byte)(DmaSignature >> (56 - (8 * (offset + i - DmaPort)))) << (8 * i);
            }

            return value;
        }

        return offset == DataPort && size == 1 ? ReadByte() : 0u;
    }

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        AddWhatWaits();
        if (offset == 0 && size == 2)
        {
            Select((ushort)value);
        }
        else if (offset == DmaPort && size == 4)
        {
            _dmaAddress = (ulong)BinaryPrimitives.ReverseEndianness(value) << 32;
        }
        else if (offset == DmaPort + 4 && size == 4)
        {
            var address = _dmaAddress | BinaryPrimitives.ReverseEndianness(value);
            _dmaAddress = 0;
            RunDma(address);
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Select(FwCfgKey.Signature);
        _dmaAddress = 0;
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        AddWhatWaits();
        writer.Write(_selected);
        writer.Write(_offset);
        writer.Write(_dmaAddress);
        foreach (var (_, key) in _files)
        {
            if (_items[key].Buffer is { } buffer)
            {
                writer.Write(buffer.AsSpan());
            }
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        AddWhatWaits();
        Select(reader.ReadUInt16());
        _offset = reader.ReadUInt32();
        _dmaAddress = reader.ReadUInt64();
        foreach (var (_, key) in _files)
        {
            if (_items[key].Buffer is { } buffer)
            {
                reader.ReadBytes(buffer);
            }
        }
    }

    private void AddWhatWaits()
    {
        if (_addLater is { } add)
        {
            _addLater = null;
            add();
        }
    }

    private void AddFile(string name, Item item)
    {
        if (name.Length is 0 or >= NameLength || !Ascii.IsValid(name))
        {
            throw new ArgumentException($"A fw_cfg file's name has 1 to {NameLength - 1} ASCII characters: '{name}'.", nameof(name));
        }

        var index = _files.FindIndex(file => file.Name == name);
        if (index < 0)
        {
            index = _files.Count;
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, MaximumFiles);
            _files.Add(new NamedFile(name, (ushort)(FwCfgKey.FirstFile + index)));
        }

        _items[_files[index].Key] = item;
        BuildDirectory();
    }

    // A big-endian count, then for each file, by name: size, selector, two reserved bytes and the name, padded with zeros.
    private void BuildDirectory()
    {
        const int EntryLength = 8 + NameLength;
        var directory = new byte[4 + (_files.Count * EntryLength)];
        BinaryPrimitives.WriteInt32BigEndian(directory, _files.Count);
        var position = 4;
        var files = _files.ToArray();
        Array.Sort(files, (one, other) => string.CompareOrdinal(one.Name, other.Name));
        foreach (var (name, key) in files)
        {
            BinaryPrimitives.WriteInt32BigEndian(directory.AsSpan(position), _items[key].Contents.Length);
            BinaryPrimitives.WriteUInt16BigEndian(directory.AsSpan(position + 4), key);
            Encoding.ASCII.GetBytes(name, directory.AsSpan(position + 8, NameLength));
            position += EntryLength;
        }

        AddItem(FwCfgKey.FileDirectory, directory);
    }

    // Bit 14 of a selector once meant writing through the data port, which is ignored today.
    private void Select(ushort key)
    {
        _selected = key;
        _offset = 0;
        _items.TryGetValue((ushort)(key & 0xbfff), out _current);
        _stale = true;
    }

    private void Refresh()
    {
        if (_stale && _current is { Compute: { } compute })
        {
            _current.Contents = compute();
        }

        _stale = false;
    }

    private byte ReadByte()
    {
        Refresh();
        if (_current is null || _offset >= (uint)_current.Contents.Length)
        {
            return 0;
        }

        return _current.Contents.Span[(int)_offset++];
    }

    // The descriptor at the address: control, length and target address, all big-endian. Control then says zero or error.
    private void RunDma(ulong descriptor)
    {
        Span<byte> bytes = stackalloc byte[16];
        _memory.Read(descriptor, bytes);
        var control = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var length = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        var address = BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]);
        if ((control & DmaSelect) != 0)
        {
            Select((ushort)(control >> 16));
        }

        var failed = false;
        if ((control & DmaRead) != 0)
        {
            Read(address, length);
        }
        else if ((control & DmaWrite) != 0)
        {
            failed = !TryWrite(address, length);
        }
        else if ((control & DmaSkip) != 0)
        {
            Advance(length);
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes, failed ? DmaError : 0);
        _memory.Write(descriptor, bytes[..4]);
    }

    private void Advance(uint length) => _offset = (uint)Math.Min(uint.MaxValue, (ulong)_offset + length);

    // What lies past the item's end reads as zeros, in RAM alone: a length of gigabytes touches no more than the RAM it names.
    private void Read(ulong address, uint length)
    {
        Refresh();
        var contents = _current is null ? default : _current.Contents.Span;
        var available = _offset >= (uint)contents.Length ? 0 : Math.Min(length, (uint)contents.Length - _offset);
        _memory.Write(address, contents.Slice((int)Math.Min(_offset, (uint)contents.Length), (int)available));
        Span<byte> zeros = stackalloc byte[4096];
        zeros.Clear();
        var end = address + length;
        for (var at = address + available; at < end;)
        {
            var region = _memory.Find(at, out var remaining);
            var count = Math.Min(remaining, end - at);
            if (region is { Kind: RegionKind.Ram })
            {
                count = Math.Min(count, (ulong)zeros.Length);
                _memory.Write(at, zeros[..(int)count]);
            }

            at += Math.Max(1, count);
        }

        Advance(length);
    }

    private bool TryWrite(ulong address, uint length)
    {
        if (_current?.Buffer is not { } buffer || _offset > (uint)buffer.Length || length > (uint)buffer.Length - _offset)
        {
            return false;
        }

        _memory.Read(address, buffer.AsSpan((int)_offset, (int)length));
        _offset += length;
        _current.Written?.Invoke();
        return true;
    }

    private sealed record NamedFile(string Name, ushort Key);

    private sealed class Item(ReadOnlyMemory<byte> contents, byte[]? buffer, Action? written)
    {
        public ReadOnlyMemory<byte> Contents { get; set; } = contents;

        public byte[]? Buffer => buffer;

        public Action? Written => written;

        public Func<byte[]>? Compute { get; init; }
    }
}
