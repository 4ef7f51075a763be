using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;
using Emulator.Devices.Serial;

namespace Emulator.Devices.Debug;

/// <summary>
/// QEMU's isa-debugcon (properties iobase and readback), the Bochs debug port: each byte written is output; a read returns the
/// readback value, by which guests detect it.
/// </summary>
public sealed class IsaDebugConsole : IDevice, IPortHandler
{
    private const int BatchSize = 1024;
    private const long FlushDelay = 500_000;

    private readonly EventScheduler _scheduler;
    private readonly ISerialBackend _backend;
    private readonly ScheduledEvent _flush;
    private readonly byte[] _batch = new byte[BatchSize];
    private readonly byte _readback;
    private int _batched;

    /// <summary>Claims the port.</summary>
    public IsaDebugConsole(IoPortBus ports, EventScheduler scheduler, ISerialBackend backend,
        ushort iobase = PcPlatform.DebugConsolePort, byte readback = 0xe9)
    {
        _scheduler = scheduler;
        _backend = backend;
        _readback = readback;
        StateName = $"isa-debugcon.{iobase:x}";
        _flush = scheduler.Create(StateName + ".flush", Flush);
        ports.Claim("isa-debugcon", iobase, 1, this);
    }

    /// <inheritdoc/>
    public string StateName { get; }

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>Hands the host what was written so far.</summary>
    public void Flush()
    {
        _flush.Cancel();
        if (_batched > 0)
        {
            var count = _batched;
            _batched = 0;
            _backend.Transmit(_batch.AsSpan(0, count));
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size) => _readback;

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value)
    {
        _batch[_batched++] = (byte)value;
        if (_batched == BatchSize)
        {
            Flush();
        }
        else if (!_flush.IsArmed)
        {
            _flush.Arm(_scheduler.Now + FlushDelay);
        }
    }

    /// <inheritdoc/>
    public void Reset() => Flush();

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_batch.AsSpan(0, _batched));
        writer.Write(_flush);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        var batch = reader.ReadBytes(BatchSize);
        batch.CopyTo(_batch, 0);
        _batched = batch.Length;
        reader.ReadEvent(_flush);
    }
}
