using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Images.Commands;

/// <summary>A snapshot inside an image, to be read.</summary>
internal static class SnapshotView
{
    /// <summary>Opens it over a temporary copy of the tables: the image's file is not changed.</summary>
    public static IDiskImage Open(IDiskImage image, string parameter)
    {
        var name = parameter;
        foreach (var prefix in new[] { "snapshot.name=", "snapshot.id=" })
        {
            name = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
        }

        return image is Qcow2Image qcow2 && qcow2.FindSnapshot(name) is { } snapshot
            ? qcow2.OpenSnapshot(snapshot)
            : throw new ImageException(image.Path, $"it has no snapshot '{name}'", "img snapshot -l lists them");
    }
}
