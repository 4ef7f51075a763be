using System.Collections.Immutable;

namespace Emulator.Devices.Acpi;

/// <summary>
/// Writes SMBIOS structures one after another: header, formatted area, strings (DMTF DSP0134, 6.1). A structure whose type the user gives
/// whole is left out for the user's.
/// </summary>
internal sealed class StructureWriter(ImmutableArray<byte[]> whole)
{
    private const int HeaderLength = 4;

    private readonly List<byte> _bytes = [];
    private readonly List<string> _strings = [];
    private TableWriter _area = new();
    private byte _type;
    private ushort _handle;

    /// <summary>Bytes of all structures.</summary>
    public int Length => _bytes.Count;

    /// <summary>How many structures there are.</summary>
    public ushort Count { get; private set; }

    /// <summary>Bytes of the largest.</summary>
    public ushort Largest { get; private set; }

    /// <summary>Begins a structure.</summary>
    public StructureWriter Begin(byte type, ushort handle)
    {
        (_type, _handle) = (type, handle);
        _area = new TableWriter();
        _strings.Clear();
        return this;
    }

    /// <summary>A field that names a string of the structure; an empty one is none.</summary>
    public StructureWriter Text(string text)
    {
        if (text.Length == 0)
        {
            return UInt8(0);
        }

        _strings.Add(text);
        return UInt8((byte)_strings.Count);
    }

    public StructureWriter UInt8(byte value) => Put(_area.UInt8(value));

    public StructureWriter UInt16(ushort value) => Put(_area.UInt16(value));

    public StructureWriter UInt32(uint value) => Put(_area.UInt32(value));

    public StructureWriter UInt64(ulong value) => Put(_area.UInt64(value));

    public StructureWriter Bytes(ReadOnlySpan<byte> bytes) => Put(_area.Bytes(bytes));

    /// <summary>Ends the structure.</summary>
    public void End()
    {
        if (whole.Any(structure => structure[0] == _type))
        {
            return;
        }

        var area = _area.ToArray();
        var structure = new TableWriter().UInt8(_type).UInt8((byte)(HeaderLength + area.Length)).UInt16(_handle).Bytes(area);
        foreach (var text in _strings)
        {
            structure.Bytes(Array.ConvertAll(text.ToCharArray(), letter => (byte)letter)).UInt8(0);
        }

        Append(structure.Zeros(_strings.Count == 0 ? 2 : 1).ToArray());
    }

    /// <summary>Adds the structures that the user gives whole.</summary>
    public void AddWhole()
    {
        foreach (var structure in whole)
        {
            Append(structure.AsSpan());
        }
    }

    /// <summary>The structures.</summary>
    public byte[] ToArray() => [.. _bytes];

    private StructureWriter Put(TableWriter area)
    {
        _area = area;
        return this;
    }

    private void Append(ReadOnlySpan<byte> structure)
    {
        _bytes.AddRange(structure);
        Count++;
        Largest = (ushort)Math.Max(Largest, structure.Length);
    }
}
