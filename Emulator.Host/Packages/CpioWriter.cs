using System.Globalization;
using System.Text;

namespace Emulator.Host.Packages;

/// <summary>
/// Writes an initramfs: a cpio archive of the <c>newc</c> kind (Linux's Documentation/driver-api/early-userspace/buffer-format.rst).
/// Owners are root, times are zero, so that the same contents give the same bytes.
/// </summary>
public sealed class CpioWriter(Stream stream)
{
    private const int DirectoryMode = 0x4000 | 0x1ed;
    private const int FileMode = 0x8000;
    private const int LinkMode = 0xa000 | 0x1ff;
    private const int CharacterMode = 0x2000;

    private int _inode = 1;
    private long _position;

    /// <summary>Adds a folder with mode 0755.</summary>
    public void AddDirectory(string path) => AddEntry(path, DirectoryMode, [], 0, 0);

    /// <summary>Adds a file; <paramref name="permissions"/> are its mode's low nine bits.</summary>
    public void AddFile(string path, ReadOnlySpan<byte> content, int permissions = 0x1a4) => AddEntry(path, FileMode | permissions, content, 0, 0);

    /// <summary>Adds a symbolic link.</summary>
    public void AddLink(string path, string target) => AddEntry(path, LinkMode, Encoding.UTF8.GetBytes(target), 0, 0);

    /// <summary>Adds a character device with mode 0600.</summary>
    public void AddCharacterDevice(string path, int major, int minor) => AddEntry(path, CharacterMode | 0x180, [], major, minor);

    /// <summary>Writes the trailer.</summary>
    public void Finish()
    {
        AddEntry("TRAILER!!!", 0, [], 0, 0);
        Pad(512);
    }

    private void AddEntry(string path, int mode, ReadOnlySpan<byte> content, int major, int minor)
    {
        var name = Encoding.UTF8.GetBytes(path.TrimStart('/') + "\0");
        Span<int> fields = [_inode++, mode, 0, 0, 1, 0, content.Length, 0, 0, major, minor, name.Length, 0];
        var header = new StringBuilder("070701");
        foreach (var field in fields)
        {
            header.Append(field.ToString("x8", CultureInfo.InvariantCulture));
        }

        Write(Encoding.ASCII.GetBytes(header.ToString()));
        Write(name);
        Pad(4);
        Write(content);
        Pad(4);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        _position += bytes.Length;
    }

    private void Pad(int alignment)
    {
        var count = (int)(-_position & (alignment - 1));
        Write(new byte[count]);
    }
}
