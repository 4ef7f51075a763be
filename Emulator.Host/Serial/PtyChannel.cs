using System.Runtime.InteropServices;
using Emulator.Host.Cli;
using Emulator.Host.Terminal;
using Microsoft.Win32.SafeHandles;

namespace Emulator.Host.Serial;

/// <summary>
/// A pseudo-terminal: any terminal program may open the name that is printed. This process keeps the other side open too, so that
/// programs come and go; what nobody reads is dropped, oldest first.
/// </summary>
public sealed partial class PtyChannel : IHostChannel
{
    private const int ReadWrite = 2;

    private readonly SafeFileHandle _master;
    private readonly SafeFileHandle _slave;
    private readonly FileStream _stream;
    private readonly OutboundQueue _output;

    /// <summary>Opens a pair.</summary>
    /// <param name="option">The option that asks for it.</param>
    public PtyChannel(string option)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new UserErrorException($"{option} pty", "Windows has no pseudo-terminals of this kind", "use tcp:localhost:PORT,server");
        }

        var fd = OpenMaster(ReadWrite | NoControllingTerminal);
        if (fd < 0 || Grant(fd) != 0 || Unlock(fd) != 0 || Marshal.PtrToStringUTF8(NameOf(fd)) is not { } name)
        {
            throw new UserErrorException($"{option} pty", "the host gives no pseudo-terminal", "use tcp:localhost:PORT,server");
        }

        _master = new SafeFileHandle(fd, ownsHandle: true);
        Name = name;
        _slave = File.OpenHandle(name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        TerminalMode.MakeRaw((int)_slave.DangerousGetHandle());
        _stream = new FileStream(_master, FileAccess.ReadWrite, bufferSize: 0);
        _output = new OutboundQueue("pty channel", bytes => _stream.Write(bytes), FullQueue.DropOldest);
    }

    /// <summary>The device that terminal programs open.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public InboundQueue Input { get; } = new();

    /// <inheritdoc/>
    public Action? BreakReceived { get; set; }

    // O_NOCTTY, fcntl.h.
    private static int NoControllingTerminal => OperatingSystem.IsMacOS() ? 0x20000 : 0x100;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    /// <inheritdoc/>
    public void Start() => new Thread(ReadLoop) { IsBackground = true, Name = "pty channel reader" }.Start();

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Flush(100);
        _slave.Dispose();
        _stream.Dispose();
        _output.Dispose();
    }

    private void ReadLoop()
    {
        var buffer = new byte[4096];
        try
        {
            for (int count; (count = _stream.Read(buffer)) > 0;)
            {
                Input.Add(buffer.AsSpan(0, count));
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The channel is being closed.
            Input.Arrived = null;
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenMaster(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int Grant(int fd);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int Unlock(int fd);

    [LibraryImport("libc", EntryPoint = "ptsname", SetLastError = true)]
    private static partial nint NameOf(int fd);
}
