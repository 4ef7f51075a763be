using Emulator.Core.Snapshots;
using Emulator.Core.Time;

namespace Emulator.Devices.Hpet;

/// <summary>
/// One comparator of the HPET (IA-PC HPET 1.0a, 2.3.8 to 2.3.10): its three registers and the moment of its next match.
/// What a match does is the block's business.
/// </summary>
internal sealed class HpetComparator
{
    public const ulong LevelTriggered = 1 << 1;
    public const ulong InterruptEnable = 1 << 2;
    public const ulong Periodic = 1 << 3;
    public const ulong PeriodicCapable = 1 << 4;
    public const ulong Size64 = 1 << 5;
    public const ulong ValueSet = 1 << 6;
    public const ulong Mode32 = 1 << 8;
    public const ulong FsbEnable = 1 << 14;
    public const ulong FsbCapable = 1 << 15;

    private const ulong RouteField = 0x1f << 9;

    private readonly HpetBlock _block;
    private readonly ScheduledEvent _match;
    private readonly ulong _capabilities;
    private readonly uint _routes;
    private readonly ulong _writable;

    private ulong _configuration;
    private ulong _period;

    public HpetComparator(HpetBlock block, EventScheduler scheduler, int index, uint routes, bool fsb)
    {
        _block = block;
        Index = index;
        _routes = routes;
        _match = scheduler.Create($"hpet.{index}", Match);
        _capabilities = PeriodicCapable | Size64 | (fsb ? FsbCapable : 0) | (ulong)routes << 32;
        _writable = LevelTriggered | InterruptEnable | Periodic | ValueSet | Mode32 | RouteField | (fsb ? FsbEnable : 0);
        Reset();
    }

    public int Index { get; }

    /// <summary>The configuration and capability register.</summary>
    public ulong Configuration => _configuration | _capabilities;

    /// <summary>The comparator as it reads: in periodic mode the accumulated next match.</summary>
    public ulong Value { get; private set; }

    /// <summary>The FSB interrupt route register: address in the high half, data in the low one.</summary>
    public ulong FsbRoute { get; set; }

    /// <summary>The I/O APIC input selected by Tn_INT_ROUTE_CNF; -1 while none that it can use is.</summary>
    public int Route
    {
        get
        {
            var route = (int)((_configuration & RouteField) >> 9);
            return (_routes >> route & 1) != 0 ? route : -1;
        }
    }

    public bool Has(ulong bit) => (_configuration & bit) != 0;

    private ulong Mask => Has(Mode32) ? uint.MaxValue : ulong.MaxValue;

    public void Reset()
    {
        _match.Cancel();
        _configuration = 0;
        _period = 0;
        Value = ulong.MaxValue;
        FsbRoute = 0;
    }

    public void WriteConfiguration(ulong value)
    {
        var route = (int)((value & RouteField) >> 9);
        if ((_routes >> route & 1) == 0)
        {
            value = value & ~RouteField | _configuration & RouteField; // An input it cannot use is not stored (2.3.8, bits 13:9).
        }

        _configuration = value & _writable;
        Value &= Mask;
        _period &= Mask;
        Arm();
    }

    /// <summary>
    /// Writes the comparator, or the half of it under <paramref name="lanes"/>. In periodic mode a write sets the period, and the
    /// accumulator too when Tn_VAL_SET_CNF was set; that bit clears itself (2.3.9.2.2).
    /// </summary>
    public void WriteValue(ulong value, ulong lanes)
    {
        if (!Has(Periodic) || Has(ValueSet))
        {
            Value = (Value & ~lanes | value & lanes) & Mask;
        }

        if (Has(Periodic))
        {
            _period = (_period & ~lanes | value & lanes) & Mask;
        }

        _configuration &= ~ValueSet;
        Arm();
    }

    /// <summary>Arms the event for the next match: when the main counter equals the comparator, however far it must wrap.</summary>
    public void Arm()
    {
        if (_block.Running)
        {
            ArmIn((Value - _block.Counter) & Mask);
        }
        else
        {
            _match.Cancel();
        }
    }

    public void Save(StateWriter writer)
    {
        writer.Write(_configuration);
        writer.Write(_period);
        writer.Write(Value);
        writer.Write(FsbRoute);
        writer.Write(_match);
    }

    public void Load(StateReader reader)
    {
        _configuration = reader.ReadUInt64() & _writable;
        _period = reader.ReadUInt64();
        Value = reader.ReadUInt64();
        FsbRoute = reader.ReadUInt64();
        reader.ReadEvent(_match);
    }

    private void ArmIn(ulong ticks) => _match.Arm(_block.TimeIn(ticks));

    private void Match()
    {
        var late = (_block.Counter - Value) & Mask;
        if (Has(Periodic) && _period != 0)
        {
            // Periods that the machine overslept are dropped: the next match lies ahead, in phase.
            Value = (Value + (late / _period + 1) * _period) & Mask;
            Arm();
        }
        else
        {
            ArmIn(Mask - late + (Has(Mode32) ? 1u : 0)); // A wrap ahead; 64 bits never wrap.
        }

        _block.Matched(this);
    }
}
