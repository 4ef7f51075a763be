using System.Globalization;
using Emulator.Devices.Acpi;

namespace Emulator.Host.Cli;

/// <summary>Reads <c>-smbios</c> and <c>-uuid</c>.</summary>
public static class SmbiosSyntax
{
    private const int LargestFile = 0x1_0000;
    private const int HeaderLength = 4;

    // The properties of each structure's type, by QEMU's names.
    private static Dictionary<int, string[]> Known => new()
    {
        [0] = ["vendor", "version", "date", "release"],
        [1] = ["manufacturer", "product", "version", "serial", "uuid", "sku", "family"],
        [2] = ["manufacturer", "product", "version", "serial", "asset", "location"],
        [3] = ["manufacturer", "version", "serial", "asset", "sku"],
        [4] = ["sock_pfx", "manufacturer", "version", "serial", "asset", "part", "max-speed", "current-speed", "processor-id"],
        [17] = ["loc_pfx", "bank", "manufacturer", "serial", "asset", "part", "speed"],
    };

    private static readonly string[] Numbers = ["max-speed", "current-speed", "processor-id", "speed"];

    /// <summary>Reads every option, in order.</summary>
    public static SmbiosChoice Read(ParsedArguments parsed)
    {
        var choice = new SmbiosChoice();
        foreach (var text in parsed.All("smbios"))
        {
            choice = Add(choice, PropertyList.Parse("-smbios", text));
        }

        return parsed.Last("uuid") is { } uuid ? choice with { SystemId = ReadUuid($"-uuid {uuid}", uuid) } : choice;
    }

    /// <summary>A UUID's bytes in the order in which they are written.</summary>
    public static byte[] UuidBytes(Guid uuid) => uuid.ToByteArray(bigEndian: true);

    private static SmbiosChoice Add(SmbiosChoice choice, PropertyList list)
    {
        if (list.Take("file") is { } file)
        {
            list.RefuseRest("file");
            return choice with { Structures = choice.Structures.Add(ReadStructure(list, file)) };
        }

        var type = (int)list.TakeNumber("type", -1, 0, byte.MaxValue);
        if (!Known.TryGetValue(type, out var names))
        {
            throw list.Error(
                type < 0 ? "neither type nor file is given" : $"type {type} has no properties here",
                $"write type=N with N of {string.Join(", ", Known.Keys.Order())}, or file=PATH with a whole structure");
        }

        foreach (var name in names)
        {
            if (list.Take(name) is { } value)
            {
                Check(list, name, value);
                choice = name == "uuid"
                    ? choice with { SystemId = ReadUuid(list.Subject, value) }
                    : choice with { Fields = choice.Fields.Add(new SmbiosField(type, name, value)) };
            }
        }

        if (type == 0 && list.TakeSwitch("uefi", false))
        {
            choice = choice with { IsUefi = true };
        }

        list.RefuseRest(names);
        return choice;
    }

    private static void Check(PropertyList list, string name, string value)
    {
        if (Numbers.Contains(name, StringComparer.Ordinal) && (!Quantity.TryNumber(value, out var number) || number < 0))
        {
            throw list.Error($"{name}={value} is no number", "write a decimal or 0x... number");
        }

        if (name == "release" && !Version.TryParse(value, out _))
        {
            throw list.Error($"release={value} is no release", "write MAJOR.MINOR, such as release=1.2");
        }
    }

    private static Guid ReadUuid(string subject, string text)
        => Guid.TryParseExact(text, "D", out var uuid)
            ? uuid
            : throw new UserErrorException(subject, $"'{text}' is no UUID", "write it as 12345678-1234-1234-1234-123456789abc");

    private static byte[] ReadStructure(PropertyList list, string file)
    {
        var bytes = InputFile.Read("-smbios file=", file, "give the path of a raw SMBIOS structure", LargestFile);
        return bytes.Length > HeaderLength && bytes[1] >= HeaderLength && bytes[1] + 2 <= bytes.Length && bytes is [.., 0, 0]
            ? bytes
            : throw list.Error(
                string.Create(CultureInfo.InvariantCulture, $"{bytes.Length} bytes that are no whole structure"),
                "give header, formatted area and strings with their two closing zeros, as dmidecode --dump-bin has them");
    }
}
