using System.Diagnostics.Tracing;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Emulator.Jit.Runtime;
using Decoder = Iced.Intel.Decoder;

namespace Emulator.Host.Logging;

/// <summary>
/// Logs the machine code that RyuJIT made of regions. Only the runtime's own event of a method's loading says how long its code is; it may come before or after
/// the region is announced.
/// </summary>
internal sealed class HostCodeLog(LogOutput output) : EventListener
{
    // The runtime's provider, and of its keywords the one for methods compiled at run time.
    private const string RuntimeProvider = "Microsoft-Windows-DotNETRuntime";
    private const EventKeywords JitKeyword = (EventKeywords)0x10;
    private const int LastEventMilliseconds = 2000;

    private readonly object _lock = new();
    private readonly Dictionary<ulong, int> _sizes = [];
    private readonly Dictionary<ulong, Waiting> _waiting = [];
    private readonly CodeListing _listing = new();

    // The method is kept: its code must not go before it is read.
    private sealed record Waiting(CompiledRegion Region, System.Reflection.Emit.DynamicMethod? Method, HostNames Names);

    /// <summary>Logs a region's code as soon as its size is known.</summary>
    public void Add(CompiledRegion region)
    {
        var waiting = new Waiting(region, region.Method, new HostNames(region));
        lock (_lock)
        {
            var start = (ulong)region.Code;
            if (_sizes.Remove(start, out var size))
            {
                Log(waiting, start, size);
            }
            else
            {
                _waiting[start] = waiting;
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        lock (_lock)
        {
            var end = Environment.TickCount64 + LastEventMilliseconds;
            while (_waiting.Count > 0 && Environment.TickCount64 < end)
            {
                Monitor.Wait(_lock, LastEventMilliseconds);
            }
        }

        base.Dispose();
    }

    /// <inheritdoc/>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == RuntimeProvider)
        {
            EnableEvents(eventSource, EventLevel.Verbose, JitKeyword);
        }
    }

    /// <inheritdoc/>
    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (eventData.EventName?.StartsWith("MethodLoadVerbose", StringComparison.Ordinal) != true
            || Field(eventData, "MethodName") is not string name || !name.StartsWith(RegionName.Prefix, StringComparison.Ordinal)
            || Field(eventData, "MethodStartAddress") is not ulong start || Field(eventData, "MethodSize") is not uint size)
        {
            return;
        }

        lock (_lock)
        {
            if (_waiting.Remove(start, out var waiting))
            {
                Log(waiting, start, (int)size);
                Monitor.PulseAll(_lock);
            }
            else
            {
                _sizes[start] = (int)size;
            }
        }
    }

    private static object? Field(EventWrittenEventArgs eventData, string name)
        => eventData.PayloadNames?.IndexOf(name) is >= 0 and var index ? eventData.Payload?[index] : null;

    private unsafe void Log(Waiting waiting, ulong start, int size)
    {
        var bytes = new ReadOnlySpan<byte>((void*)start, size).ToArray();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"OUT: {waiting.Region.Name}, {size} bytes at 0x{start:x}\n");
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            text.Append(Convert.ToHexStringLower(bytes)).Append('\n');
        }
        else
        {
            Disassemble(text, bytes, start, waiting.Names);
        }

        output.Write(text.ToString());
        GC.KeepAlive(waiting.Method);
    }

    private void Disassemble(StringBuilder text, byte[] bytes, ulong start, HostNames names)
    {
        var decoder = Decoder.Create(64, bytes, start);
        for (var offset = 0; offset < bytes.Length;)
        {
            decoder.Decode(out var instruction);
            _listing.Append(text, instruction, bytes.AsSpan(offset, instruction.Length), names.Note(instruction));
            offset += instruction.Length;
        }
    }
}
