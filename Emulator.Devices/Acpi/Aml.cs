using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Emulator.Devices.Acpi;

/// <summary>A piece of ACPI machine language.</summary>
internal sealed record AmlTerm(byte[] Bytes)
{
    public static implicit operator AmlTerm(int value) => Aml.Integer((ulong)value);

    public static implicit operator AmlTerm(string path) => Aml.Path(path);
}

/// <summary>
/// Writes ACPI machine language (ACPI 6.5, ch. 20): each method returns the encoding of the ASL term of its name. An integer
/// stands for itself and a string for a name path.
/// </summary>
internal static class Aml
{
    private const byte ExtendedPrefix = 0x5b;

    public static AmlTerm Integer(ulong value) => new(value switch
    {
        0 => [0x00],
        1 => [0x01],
        <= byte.MaxValue => [0x0a, (byte)value],
        <= ushort.MaxValue => [0x0b, .. LittleEndian(value, 2)],
        <= uint.MaxValue => [0x0c, .. LittleEndian(value, 4)],
        _ => [0x0e, .. LittleEndian(value, 8)],
    });

    public static AmlTerm Text(string value) => new([0x0d, .. Encoding.ASCII.GetBytes(value), 0]);

    /// <summary>A compressed EISA identifier such as <c>PNP0A03</c> (19.3.4).</summary>
    public static AmlTerm EisaId(string id)
    {
        var letters = (uint)((id[0] - 0x40) << 10 | (id[1] - 0x40) << 5 | (id[2] - 0x40));
        var product = uint.Parse(id.AsSpan(3), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return Integer(BinaryPrimitives.ReverseEndianness(letters << 16 | product));
    }

    /// <summary>A name path: <c>\</c> and <c>^</c> prefixes, then segments of up to four characters parted by dots (20.2.2).</summary>
    public static AmlTerm Path(string path)
    {
        var bytes = new List<byte>();
        var rest = path.TrimStart('\\', '^');
        bytes.AddRange(Encoding.ASCII.GetBytes(path[..^rest.Length]));
        var segments = rest.Split('.');
        switch (segments.Length)
        {
            case 1:
                break;
            case 2:
                bytes.Add(0x2e);
                break;
            default:
                bytes.Add(0x2f);
                bytes.Add((byte)segments.Length);
                break;
        }

        foreach (var segment in segments)
        {
            bytes.AddRange(Encoding.ASCII.GetBytes(segment));
            for (var i = segment.Length; i < 4; i++)
            {
                bytes.Add((byte)'_');
            }
        }

        return new([.. bytes]);
    }

    public static AmlTerm Arg(int number) => new([(byte)(0x68 + number)]);

    public static AmlTerm Name(string path, AmlTerm value) => Join([0x08], path, value);

    public static AmlTerm Scope(string path, params AmlTerm[] body) => Package([0x10], [path, .. body]);

    public static AmlTerm Device(string path, params AmlTerm[] body) => Package([ExtendedPrefix, 0x82], [path, .. body]);

    public static AmlTerm Method(string path, int arguments, params AmlTerm[] body)
        => Package([0x14], [path, new AmlTerm([(byte)arguments]), .. body]);

    /// <summary>A method that only one thread runs at once; a method that creates named objects must be one.</summary>
    public static AmlTerm SerializedMethod(string path, int arguments, params AmlTerm[] body)
        => Package([0x14], [path, new AmlTerm([(byte)(arguments | 8)]), .. body]);

    public static AmlTerm PackageOf(params AmlTerm[] elements)
        => Package([0x12], [new AmlTerm([(byte)elements.Length]), .. elements]);

    public static AmlTerm Buffer(ReadOnlySpan<byte> bytes) => Package([0x11], [bytes.Length, new AmlTerm(bytes.ToArray())]);

    /// <summary>A region of the device's PCI configuration space.</summary>
    public static AmlTerm PciConfigRegion(string path, int offset, int length)
        => Join([ExtendedPrefix, 0x80], path, new AmlTerm([0x02]), offset, length);

    /// <summary>Byte-wide fields that follow one another in a region: byte access, no lock, preserve.</summary>
    public static AmlTerm ByteFields(string region, params string[] names)
    {
        var parts = new List<AmlTerm> { region, new AmlTerm([0x01]) };
        foreach (var name in names)
        {
            parts.Add(name);
            parts.Add(new AmlTerm([8]));
        }

        return Package([ExtendedPrefix, 0x81], [.. parts]);
    }

    public static AmlTerm CreateDWordField(AmlTerm buffer, int offset, string name) => Join([0x8a], buffer, offset, name);

    public static AmlTerm Store(AmlTerm value, AmlTerm target) => Join([0x70], value, target);

    public static AmlTerm And(AmlTerm left, AmlTerm right) => Join([0x7b], left, right, new AmlTerm([0]));

    /// <summary><c>Or(left, right, target)</c>.</summary>
    public static AmlTerm Or(AmlTerm left, AmlTerm right, AmlTerm target) => Join([0x7d], left, right, target);

    public static AmlTerm LogicalNot(AmlTerm value) => Join([0x92], value);

    public static AmlTerm If(AmlTerm condition, params AmlTerm[] body) => Package([0xa0], [condition, .. body]);

    /// <summary>Follows an <see cref="If"/>.</summary>
    public static AmlTerm Else(params AmlTerm[] body) => Package([0xa1], body);

    public static AmlTerm LogicalEqual(AmlTerm left, AmlTerm right) => Join([0x93], left, right);

    public static AmlTerm Local(int number) => new([(byte)(0x60 + number)]);

    /// <summary><c>And(left, right, target)</c>.</summary>
    public static AmlTerm AndTo(AmlTerm left, AmlTerm right, AmlTerm target) => Join([0x7b], left, right, target);

    /// <summary><c>ToUUID</c> (19.6.143): the buffer in which the first three groups stand in little-endian order.</summary>
    public static AmlTerm Uuid(Guid value) => Buffer(value.ToByteArray());

    public static AmlTerm Return(AmlTerm value) => Join([0xa4], value);

    /// <summary>An opcode, none for plain sequence, and the terms behind it.</summary>
    public static AmlTerm Join(ReadOnlySpan<byte> opcode, params AmlTerm[] parts)
    {
        var bytes = new List<byte>();
        bytes.AddRange(opcode);
        foreach (var part in parts)
        {
            bytes.AddRange(part.Bytes);
        }

        return new([.. bytes]);
    }

    // Opcode, package length (20.2.4: it counts itself), contents.
    private static AmlTerm Package(ReadOnlySpan<byte> opcode, params AmlTerm[] parts)
    {
        var contents = Join([], parts).Bytes;
        return new([.. opcode, .. PackageLength(contents.Length), .. contents]);
    }

    private static byte[] PackageLength(int contents)
    {
        if (contents + 1 < 0x40)
        {
            return [(byte)(contents + 1)];
        }

        var following = contents + 2 < 0x1000 ? 1 : contents + 3 < 0x10_0000 ? 2 : 3;
        var length = contents + 1 + following;
        return [(byte)(following << 6 | length & 15), .. LittleEndian((ulong)length >> 4, following)];
    }

    private static byte[] LittleEndian(ulong value, int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
        {
            bytes[i] = (byte)(value >> (8 * i));
        }

        return bytes;
    }
}
