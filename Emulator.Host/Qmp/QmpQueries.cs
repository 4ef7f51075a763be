using System.Text.Json.Nodes;
using Emulator.Devices.Storage;

namespace Emulator.Host.Qmp;

/// <summary>The shapes of QMP's answers, as QEMU's schema has them.</summary>
internal static class QmpQueries
{
    // The release of QEMU whose QMP this speaks: clients choose their commands by it.
    private const int Major = 7;
    private const int Minor = 2;

    /// <summary>The version: QEMU's whose schema is followed; the package names this program.</summary>
    public static JsonObject Version() => new()
    {
        ["qemu"] = new JsonObject { ["micro"] = 0, ["minor"] = Minor, ["major"] = Major },
        ["package"] = $"emulator {typeof(QmpQueries).Assembly.GetName().Version?.ToString(3)}",
    };

    /// <summary>Whether the guest runs.</summary>
    public static JsonObject Status(string state) => new()
    {
        ["status"] = state,
        ["singlestep"] = false,
        ["running"] = state == "running",
    };

    /// <summary>A drive.</summary>
    public static JsonObject Drive(IDrive drive)
    {
        var shape = new JsonObject
        {
            ["device"] = drive.Name,
            ["locked"] = drive.IsLocked,
            ["removable"] = drive.Kind != DriveKind.Disk,
            ["type"] = "unknown",
        };
        if (drive.Kind == DriveKind.CdRom)
        {
            shape["tray_open"] = false;
        }

        if (drive.Medium is { } medium)
        {
            shape["inserted"] = new JsonObject { ["ro"] = medium.IsReadOnly, ["image"] = new JsonObject { ["virtual-size"] = medium.Length } };
        }

        return shape;
    }

    /// <summary>A list of objects.</summary>
    public static JsonArray List(IEnumerable<JsonNode?> items) => new([.. items]);
}
