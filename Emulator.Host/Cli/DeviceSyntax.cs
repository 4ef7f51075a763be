using System.Collections.Immutable;
using System.Text;

namespace Emulator.Host.Cli;

/// <summary>Reads <c>-device</c>, <c>-global</c>, <c>-fw_cfg</c> and <c>-rtc</c>.</summary>
public static class DeviceSyntax
{
    private const int MaxFirmwareEntry = 64 << 20;

    /// <summary>Reads a device against the catalogue.</summary>
    public static DeviceChoice ReadDevice(string text, Catalog catalog)
    {
        var list = PropertyList.Parse("-device", text, "driver");
        var names = catalog.Devices.Select(device => device.Name);
        var entry = catalog.Devices.FirstOrDefault(device => device.Name == list.Head)
            ?? throw list.Error(
                $"unknown device '{list.Head}'", Suggestion.Mend(list.Head ?? "", names, "-device help lists the devices"));
        var id = list.Take("id");
        var properties = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var property in entry.Properties)
        {
            if (list.Take(property.Name) is { } value)
            {
                properties[property.Name] = value;
            }
        }

        list.RefuseRest(entry.Properties.Select(property => property.Name).Append("id"));
        return new DeviceChoice(entry.Name, properties.ToImmutable()) { Id = id };
    }

    /// <summary>Applies a <c>-global</c> to the devices of its kind; what a device says itself counts more.</summary>
    public static ImmutableArray<DeviceChoice> ApplyGlobal(string text, ImmutableArray<DeviceChoice> devices, Catalog catalog)
    {
        var subject = $"-global {text}";
        var list = PropertyList.Parse("-global", text);
        string? driver = list.Take("driver"), property = list.Take("property"), value = list.Take("value");
        if (driver is null && list.Rest.Count == 1)
        {
            var dot = list.Rest[0].Name.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0)
            {
                (driver, property, value) = (list.Rest[0].Name[..dot], list.Rest[0].Name[(dot + 1)..], list.Rest[0].Value);
            }
        }

        if (driver is null || property is null || value is null)
        {
            throw new UserErrorException(subject, "is no property", "write DRIVER.PROPERTY=VALUE");
        }

        var entry = catalog.Devices.FirstOrDefault(device => device.Name == driver)
            ?? throw new UserErrorException(
                subject, $"unknown device '{driver}'",
                Suggestion.Mend(driver, catalog.Devices.Select(device => device.Name), "-device help lists the devices"));
        if (!entry.Properties.Any(known => known.Name == property))
        {
            throw new UserErrorException(
                subject, $"{driver} has no property '{property}'",
                Suggestion.Mend(property, entry.Properties.Select(known => known.Name), $"-device {driver},help lists its properties"));
        }

        return
        [
            .. devices.Select(device => device.Driver != driver || device.Properties.ContainsKey(property)
                ? device
                : device with { Properties = device.Properties.Add(property, value) }),
        ];
    }

    /// <summary>Reads an entry of <c>fw_cfg</c>.</summary>
    public static FirmwareEntry ReadFirmwareEntry(string text)
    {
        var list = PropertyList.Parse("-fw_cfg", text, "name");
        var name = list.Head;
        if (name is not { Length: > 0 and < 56 } || name.Any(c => c is < '!' or > '~'))
        {
            throw list.Error("its name is missing or not 1 to 55 printable characters", "write name=opt/com.example/name,string=TEXT");
        }

        var file = list.Take("file");
        var content = list.Take("string");
        list.RefuseRest("name", "file", "string");
        if (file is null == content is null)
        {
            throw list.Error("needs one of file and string", "write file=PATH or string=TEXT");
        }

        return file is null
            ? new FirmwareEntry(name, [.. Encoding.UTF8.GetBytes(content!)])
            : new FirmwareEntry(name, [.. InputFile.Read("-fw_cfg", file, "give the path of a readable file", MaxFirmwareEntry)]);
    }

    /// <summary>Reads the real-time clock's start.</summary>
    public static RtcChoice ReadRtc(string text)
    {
        var list = PropertyList.Parse("-rtc", text, "base");
        var start = list.Head ?? "utc";
        var clock = list.Take("clock");
        var drift = list.Take("driftfix");
        if (clock is not (null or "host" or "vm") || drift is not (null or "none"))
        {
            throw list.Error("this clock is not supported", "write clock=host or clock=vm, or leave it out");
        }

        list.RefuseRest("base", "clock", "driftfix=none");
        return start switch
        {
            "utc" => new RtcChoice(RtcBase.Utc, null),
            "localtime" => new RtcChoice(RtcBase.LocalTime, null),
            _ when DateTime.TryParseExact(
                start, ["yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd"], System.Globalization.CultureInfo.InvariantCulture,
                System.Globalization.DateTimeStyles.AssumeUniversal | System.Globalization.DateTimeStyles.AdjustToUniversal, out var date)
                => new RtcChoice(RtcBase.Date, date),
            _ => throw list.Error("is no start", "write base=utc, base=localtime or a date such as base=2024-02-29T12:00:00"),
        };
    }
}
