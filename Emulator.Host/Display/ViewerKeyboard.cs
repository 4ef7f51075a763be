using Emulator.Devices.Input;

namespace Emulator.Host.Display;

/// <summary>
/// One viewer's keyboard: key symbols become keys of the guest, whose layout is taken for US. What a viewer holds when it leaves is released.
/// </summary>
internal sealed class ViewerKeyboard(IGuestInput guest)
{
    private const byte CapsLockLight = 4;

    private readonly HashSet<PcKey> _held = [];

    /// <summary>Bits of the guest's lights: Scroll, Num, Caps.</summary>
    public byte Leds => guest.Leds;

    private bool HasShift => _held.Contains(PcKey.ShiftLeft) || _held.Contains(PcKey.ShiftRight);

    private bool HasControl => _held.Overlaps([PcKey.ControlLeft, PcKey.ControlRight, PcKey.AltLeft, PcKey.MetaLeft]);

    /// <summary>A symbol's key goes down or up; Shift is set for as long as the symbol needs it otherwise than it is.</summary>
    public void Symbol(uint symbol, bool pressed)
    {
        var key = KeySymbols.KeyOf(symbol);
        if (key == PcKey.None)
        {
            return;
        }

        if (pressed && !HasControl && KeySymbols.NeedsShift(symbol) is { } needed && (needed ^ IsCapital(symbol)) != HasShift)
        {
            TypeWithOtherShift(key);
        }
        else
        {
            Key(key, pressed);
        }
    }

    /// <summary>A key goes down or up.</summary>
    public void Key(PcKey key, bool pressed)
    {
        if (key == PcKey.None || (!pressed && !_held.Remove(key)))
        {
            return;
        }

        if (pressed)
        {
            _held.Add(key);
        }

        guest.Key(key, pressed);
    }

    /// <summary>Releases what is held.</summary>
    public void ReleaseAll()
    {
        foreach (var key in _held)
        {
            guest.Key(key, pressed: false);
        }

        _held.Clear();
    }

    // Caps Lock swaps what Shift does to letters.
    private bool IsCapital(uint symbol) => (guest.Leds & CapsLockLight) != 0 && char.IsAsciiLetter((char)symbol);

    private void TypeWithOtherShift(PcKey key)
    {
        PcKey[] shifts = HasShift ? [.. _held.Where(item => item is PcKey.ShiftLeft or PcKey.ShiftRight)] : [PcKey.ShiftLeft];
        var wasHeld = HasShift;
        foreach (var shift in shifts)
        {
            guest.Key(shift, !wasHeld);
        }

        guest.Key(key, pressed: true);
        guest.Key(key, pressed: false);
        foreach (var shift in shifts)
        {
            guest.Key(shift, wasHeld);
        }
    }
}
