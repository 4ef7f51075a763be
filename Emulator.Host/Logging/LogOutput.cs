using System.Globalization;
using System.Text;
using Emulator.Host.Cli;

namespace Emulator.Host.Logging;

/// <summary>Where the log goes: whole entries from any thread, none torn apart by another.</summary>
internal sealed class LogOutput : IDisposable
{
    private const int BufferSize = 1 << 16;
    private const long FlushMilliseconds = 200;

    private readonly Lock _lock = new();
    private readonly TextWriter _writer;
    private readonly bool _owns;
    private long _flushed = Environment.TickCount64;

    private LogOutput(TextWriter writer, bool owns)
    {
        _writer = writer;
        _owns = owns;
    }

    /// <summary>A log in a file, in whose name <c>%d</c> is the process's id; without one, a log on an open writer.</summary>
    public static LogOutput Open(string? path, TextWriter otherwise)
    {
        if (path is null)
        {
            return new LogOutput(otherwise, owns: false);
        }

        try
        {
            var name = path.Replace("%d", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            var stream = new FileStream(name, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, BufferSize);
            return new LogOutput(new StreamWriter(stream, new UTF8Encoding(false), BufferSize), owns: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UserErrorException($"-D {path}", $"cannot be written ({failure.Message})", "give a path that can");
        }
    }

    /// <summary>Writes an entry: one line or more, each with its newline.</summary>
    public void Write(string entry)
    {
        lock (_lock)
        {
            _writer.Write(entry);
            if (Environment.TickCount64 - _flushed > FlushMilliseconds)
            {
                _writer.Flush();
                _flushed = Environment.TickCount64;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _writer.Flush();
            if (_owns)
            {
                _writer.Dispose();
            }
        }
    }
}
