using System.Buffers.Binary;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Storage.Ahci;

/// <summary>
/// The physical region descriptor table of one command (AHCI 1.0, 4.2.3.3), with the place up to which data has been moved.
/// </summary>
internal struct PrdTable
{
    private const int EntryLength = 16;
    private const uint CountMask = 0x3f_ffff;

    private ulong _next;
    private int _entries;
    private ulong _address;
    private uint _left;

    /// <summary>A table of entries at an address.</summary>
    public PrdTable(ulong address, int entries)
    {
        _next = address;
        _entries = entries;
    }

    /// <summary>Bytes moved so far: PRDBC.</summary>
    public uint Moved { get; private set; }

    /// <summary>
    /// Moves data to or from the regions that come next; false when they have no room for all of it. What they do not have for the device is zero.
    /// </summary>
    public bool Transfer(AhciController adapter, Span<byte> data, bool toMemory)
    {
        while (data.Length > 0)
        {
            if (_left == 0 && !NextEntry(adapter))
            {
                if (!toMemory)
                {
                    data.Clear();
                }

                return false;
            }

            var count = (int)Math.Min((uint)data.Length, _left);
            if (toMemory)
            {
                adapter.WriteMemory(_address, data[..count]);
            }
            else
            {
                adapter.ReadMemory(_address, data[..count]);
            }

            data = data[count..];
            _address += (uint)count;
            _left -= (uint)count;
            Moved += (uint)count;
        }

        return true;
    }

    /// <summary>Writes the state.</summary>
    public readonly void Save(StateWriter writer)
    {
        writer.Write(_next);
        writer.Write(_entries);
        writer.Write(_address);
        writer.Write(_left);
        writer.Write(Moved);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        _next = reader.ReadUInt64();
        _entries = reader.ReadInt32();
        _address = reader.ReadUInt64();
        _left = reader.ReadUInt32();
        Moved = reader.ReadUInt32();
    }

    private bool NextEntry(AhciController adapter)
    {
        if (_entries == 0)
        {
            return false;
        }

        Span<byte> entry = stackalloc byte[EntryLength];
        adapter.ReadMemory(_next, entry);
        _address = BinaryPrimitives.ReadUInt64LittleEndian(entry) & ~1ul;
        _left = ((BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]) & CountMask) | 1) + 1;
        _next += EntryLength;
        _entries--;
        return true;
    }
}
