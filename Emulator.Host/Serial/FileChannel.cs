using Emulator.Host.Cli;

namespace Emulator.Host.Serial;

/// <summary>A file that gets the output; there is no input.</summary>
public sealed class FileChannel : IHostChannel
{
    private readonly FileStream _file;
    private readonly OutboundQueue _output;

    /// <summary>Opens the file.</summary>
    /// <param name="option">The option that names it.</param>
    /// <param name="path">Its path.</param>
    /// <param name="append">Whether what is in it stays.</param>
    public FileChannel(string option, string path, bool append)
    {
        try
        {
            _file = new FileStream(path, append ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UserErrorException($"{option} file:{path}", "cannot be written (" + error.Message + ")", "give a path that can");
        }

        _output = new OutboundQueue("file channel", WriteOut, FullQueue.Wait);
    }

    /// <inheritdoc/>
    public InboundQueue Input { get; } = new();

    /// <inheritdoc/>
    public Action? BreakReceived { get; set; }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    /// <inheritdoc/>
    public void Start()
    {
        // The constructor opened the file, so that a bad path ends the process before the guest starts.
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _output.Dispose();
        _file.Dispose();
    }

    private void WriteOut(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _file.Flush();
    }
}
