using Emulator.Core.Bus;
using Emulator.Devices.Chipset;

namespace Emulator.Devices.Pci;

/// <summary>
/// The steering of PIRQ# wires to ISA interrupt lines by a bridge's PIRQ route control registers, alike in PIIX3 (order 290550) and ICH9 (order 316972).
/// The registers are the bridge's.
/// </summary>
internal sealed class PirqSteering
{
    /// <summary>In a route control register: the wire leads nowhere.</summary>
    public const byte NotRouted = 0x80;

    private const int Lines = 16;

    // Lines 0, 1, 2, 8 and 13 are reserved: a wire that leads nowhere leads to line 0, which has none.
    private const ushort RoutableLines = 0xdef8;

    private readonly InterruptLine?[] _wires;
    private readonly int[] _routes;

    /// <summary>Wires that lead nowhere yet.</summary>
    public PirqSteering(InterruptRouter router, int count)
    {
        _routes = new int[count];
        _wires = new InterruptLine?[count * Lines];
        for (var i = 0; i < _wires.Length; i++)
        {
            if ((RoutableLines >> (i % Lines) & 1) != 0)
            {
                _wires[i] = router.Connect(i % Lines);
            }
        }
    }

    /// <summary>The wires that are asserted, a bit for each: what a bridge saves.</summary>
    public byte Asserted { get; set; }

    /// <summary>A wire changes its level.</summary>
    public void Set(int pirq, bool asserted)
    {
        Asserted = (byte)(asserted ? Asserted | (1 << pirq) : Asserted & ~(1 << pirq));
        Wire(pirq)?.Set(asserted);
    }

    /// <summary>A route control register was written: the level moves to the new line.</summary>
    public void Route(int pirq, byte control)
    {
        Wire(pirq)?.Set(false);
        Restore(pirq, control);
        Wire(pirq)?.Set((Asserted & (1 << pirq)) != 0);
    }

    /// <summary>Takes a register's value from a saved state; no line changes.</summary>
    public void Restore(int pirq, byte control)
    {
        var line = control % Lines;
        _routes[pirq] = (control & NotRouted) == 0 && (RoutableLines >> line & 1) != 0 ? line : 0;
    }

    private InterruptLine? Wire(int pirq) => _wires[(pirq * Lines) + _routes[pirq]];
}
