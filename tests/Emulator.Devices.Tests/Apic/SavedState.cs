using Emulator.Core.Snapshots;

namespace Emulator.Devices.Tests.Apic;

/// <summary>Saves, restores and compares devices' records.</summary>
internal static class SavedState
{
    public static byte[] Of(params ReadOnlySpan<IStateful> parts)
    {
        using var stream = new MemoryStream();
        using var writer = new StateWriter(stream);
        foreach (var part in parts)
        {
            writer.WriteRecord(part);
        }

        return stream.ToArray();
    }

    public static void Restore(byte[] saved, params ReadOnlySpan<IStateful> parts)
    {
        using var stream = new MemoryStream(saved);
        using var reader = new StateReader(stream);
        foreach (var part in parts)
        {
            reader.ReadRecord(part);
        }

        Assert.Equal(stream.Length, stream.Position);
    }
}
