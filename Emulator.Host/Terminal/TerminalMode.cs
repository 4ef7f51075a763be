using System.Runtime.InteropServices;

namespace Emulator.Host.Terminal;

/// <summary>
/// The terminal's line discipline, changed by termios(3) and put back. The structure's layout differs between systems, so it is
/// kept as opaque bytes, <c>cfmakeraw</c> changes it, and of its words only two are touched at their known places.
/// </summary>
public sealed unsafe partial class TerminalMode : IDisposable
{
    private const int StructureRoom = 256;
    private const int ApplyNow = 0;
    private const uint OutputProcessing = 1;

    private readonly Lock _lock = new();
    private readonly byte[] _original = new byte[StructureRoom];
    private readonly byte[] _raw = new byte[StructureRoom];
    private readonly int _fd;
    private bool _active;

    private TerminalMode(int fd) => _fd = fd;

    private static uint Signals => OperatingSystem.IsMacOS() ? 0x80u : 1u;

    /// <summary>
    /// Puts the terminal behind <paramref name="fd"/> into raw mode: no echo, no line editing, keys at once; newlines of the
    /// program's own messages still return the carriage. Null when it is no terminal, or on Windows.
    /// </summary>
    /// <param name="fd">The file descriptor: 0 for standard input.</param>
    /// <param name="keepSignals">Whether Ctrl-C, Ctrl-\ and Ctrl-Z still signal this process instead of going to the guest.</param>
    public static TerminalMode? TryEnter(int fd, bool keepSignals)
    {
        if (OperatingSystem.IsWindows() || IsTerminal(fd) != 1)
        {
            return null;
        }

        var mode = new TerminalMode(fd);
        fixed (byte* original = mode._original, raw = mode._raw)
        {
            if (GetAttributes(fd, original) != 0)
            {
                return null;
            }

            mode._original.CopyTo(mode._raw, 0);
            SetRaw(raw);
            var (output, local) = OperatingSystem.IsMacOS() ? (8, 24) : (4, 12);
            *(uint*)(raw + output) |= OutputProcessing;
            if (keepSignals)
            {
                *(uint*)(raw + local) |= Signals;
            }
        }

        mode.Apply();
        return mode;
    }

    /// <summary>Whether standard input or output is a terminal.</summary>
    public static bool IsAttached() => OperatingSystem.IsWindows()
        ? !Console.IsInputRedirected || !Console.IsOutputRedirected
        : IsTerminal(0) == 1 || IsTerminal(1) == 1;

    /// <summary>Makes a terminal raw for good: the far side of a pseudo-terminal.</summary>
    internal static void MakeRaw(int fd)
    {
        var bytes = stackalloc byte[StructureRoom];
        if (GetAttributes(fd, bytes) == 0)
        {
            SetRaw(bytes);
            _ = SetAttributes(fd, ApplyNow, bytes);
        }
    }

    /// <summary>Sets raw mode again, after the process was stopped and continued.</summary>
    public void Apply()
    {
        lock (_lock)
        {
            fixed (byte* raw = _raw)
            {
                _active = SetAttributes(_fd, ApplyNow, raw) == 0;
            }
        }
    }

    /// <summary>Puts the terminal back as it was found. Any thread, any number of times.</summary>
    public void Restore()
    {
        lock (_lock)
        {
            if (_active)
            {
                fixed (byte* original = _original)
                {
                    _active = SetAttributes(_fd, ApplyNow, original) != 0;
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Restore();

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTerminal(int fd);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(int fd, byte* termios);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int SetAttributes(int fd, int actions, byte* termios);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void SetRaw(byte* termios);
}
