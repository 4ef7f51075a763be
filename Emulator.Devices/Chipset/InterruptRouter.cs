using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>
/// The board's interrupt wiring: each of 24 lines is the OR of its sources and reaches the 8259A pair (lines 0-15) and the I/O APIC.
/// Line 0 is wired to I/O APIC input 2. In HPET legacy replacement (IA-PC HPET 1.0a, 2.3.9.1), the 8254 and the RTC are cut off.
/// </summary>
public sealed class InterruptRouter(IInterruptSink pic) : IDevice, IInterruptSink
{
    private const int MaximumSources = 32;

    private readonly uint[] _levels = new uint[PcPlatform.InterruptLines];
    private readonly uint[] _replaceable = new uint[PcPlatform.InterruptLines];
    private readonly int[] _sources = new int[PcPlatform.InterruptLines];
    private bool _legacyReplacement;

    /// <inheritdoc/>
    public string StateName => "interrupt-router";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>The I/O APIC, whose inputs are the 24 lines; null on a machine without one.</summary>
    public IInterruptSink? IoApic { get; set; }

    /// <summary>Whether the HPET has taken lines 0 and 8 over.</summary>
    public bool LegacyReplacement
    {
        get => _legacyReplacement;
        set
        {
            if (_legacyReplacement != value)
            {
                _legacyReplacement = value;
                Drive(PcPlatform.PitIrq);
                Drive(PcPlatform.RtcIrq);
            }
        }
    }

    /// <summary>Gives a device a wire of its own to a line. Order of calls is part of the saved state.</summary>
    /// <param name="line">0-23.</param>
    /// <param name="replaceable">Whether HPET legacy replacement cuts this source off: the 8254 and the RTC.</param>
    public InterruptLine Connect(int line, bool replaceable = false)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)line, (uint)PcPlatform.InterruptLines);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(_sources[line], MaximumSources);
        var bit = 1u << _sources[line]++;
        if (replaceable)
        {
            _replaceable[line] |= bit;
        }

        return new InterruptLine(new Source(this, bit), line);
    }

    /// <summary>The level that the controllers see.</summary>
    public bool Level(int line) => (_levels[line] & ~Blocked(line)) != 0;

    /// <summary>Sets a line as the source that every holder of the router itself shares.</summary>
    public void SetLine(int line, bool level) => Set(line, 1u << (MaximumSources - 1), level);

    /// <inheritdoc/>
    public void Reset()
    {
        Array.Clear(_levels);
        _legacyReplacement = false;
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.Write(_legacyReplacement);
        foreach (var level in _levels)
        {
            writer.Write(level);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        _legacyReplacement = reader.ReadBoolean();
        for (var i = 0; i < _levels.Length; i++)
        {
            _levels[i] = reader.ReadUInt32();
        }
    }

    private uint Blocked(int line) => _legacyReplacement ? _replaceable[line] : 0;

    private void Set(int line, uint bit, bool level)
    {
        if ((uint)line >= (uint)_levels.Length)
        {
            return;
        }

        _levels[line] = level ? _levels[line] | bit : _levels[line] & ~bit;
        Drive(line);
    }

    private void Drive(int line)
    {
        var level = Level(line);
        if (line < 16)
        {
            pic.SetLine(line, level);
        }

        IoApic?.SetLine(line == PcPlatform.PitIrq ? PcPlatform.PitIoApicInput : line, level);
    }

    private sealed class Source(InterruptRouter router, uint bit) : IInterruptSink
    {
        public void SetLine(int line, bool level) => router.Set(line, bit, level);
    }
}
