namespace Emulator.Guests.Tests.Bios;

/// <summary>A raw disk image in a file that goes with it.</summary>
internal sealed class TemporaryImage : IDisposable
{
    public TemporaryImage(ReadOnlySpan<byte> contents)
    {
        Path = System.IO.Path.GetTempFileName();
        File.WriteAllBytes(Path, contents);
    }

    public string Path { get; }

    public void Dispose() => File.Delete(Path);
}
