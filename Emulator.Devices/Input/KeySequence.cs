namespace Emulator.Devices.Input;

/// <summary>
/// What a key sends in each scan code set (IBM PS/2 Hardware Interface Technical Reference, "Scan codes"). The cursor block sends its base
/// case whatever Shift and Num Lock are: no shift codes around it.
/// </summary>
internal static class KeySequence
{
    /// <summary>The longest sequence.</summary>
    public const int Longest = 8;

    /// <summary>Writes the sequence of a key that goes down, repeats or goes up; returns its length, 0 when it sends nothing.</summary>
    public static int Write(Span<byte> to, int set, PcKey key, KeyPhase phase, KeyModifiers held) => set switch
    {
        1 => Set1(to, key, phase, held),
        2 => Set2(to, key, phase, held),
        _ => Set3(to, key, phase),
    };

    private static int Set1(Span<byte> to, PcKey key, KeyPhase phase, KeyModifiers held)
    {
        var up = phase == KeyPhase.Up;
        return Special(key, phase, held) switch
        {
            Shape.PrintScreen when phase == KeyPhase.Down => Put(to, 0xe0, 0x2a, 0xe0, 0x37),
            Shape.PrintScreen when up => Put(to, 0xe0, 0xb7, 0xe0, 0xaa),
            Shape.SystemRequest => Put(to, up ? (byte)0xd4 : (byte)0x54),
            Shape.Pause => Put(to, 0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5),
            Shape.Break => Put(to, 0xe0, 0x46, 0xe0, 0xc6),
            Shape.None => 0,
            _ => Prefixed(to, key, Put(Rest(to, key), (byte)((byte)key | (up ? 0x80 : 0)))),
        };
    }

    private static int Set2(Span<byte> to, PcKey key, KeyPhase phase, KeyModifiers held)
    {
        var up = phase == KeyPhase.Up;
        switch (Special(key, phase, held))
        {
            case Shape.PrintScreen when phase == KeyPhase.Down:
                return Put(to, 0xe0, 0x12, 0xe0, 0x7c);
            case Shape.PrintScreen when up:
                return Put(to, 0xe0, ScanCodes.BreakPrefix, 0x7c, 0xe0, ScanCodes.BreakPrefix, 0x12);
            case Shape.SystemRequest:
                return up ? Put(to, ScanCodes.BreakPrefix, 0x84) : Put(to, 0x84);
            case Shape.Pause:
                return Put(to, 0xe1, 0x14, 0x77, 0xe1, ScanCodes.BreakPrefix, 0x14, ScanCodes.BreakPrefix, 0x77);
            case Shape.Break:
                return Put(to, 0xe0, 0x7e, 0xe0, ScanCodes.BreakPrefix, 0x7e);
            case Shape.None:
                return 0;
            default:
                var code = ScanCodes.ToSet2((byte)key);
                return code == 0 ? 0 : Prefixed(to, key, up ? Put(Rest(to, key), ScanCodes.BreakPrefix, code) : Put(Rest(to, key), code));
        }
    }

    private static int Set3(Span<byte> to, PcKey key, KeyPhase phase)
    {
        var code = ScanCodeSet3.Of(key);
        return code == 0 ? 0 : phase == KeyPhase.Up ? Put(to, ScanCodes.BreakPrefix, code) : Put(to, code);
    }

    private static Shape Special(PcKey key, KeyPhase phase, KeyModifiers held) => key switch
    {
        PcKey.PrintScreen when (held & KeyModifiers.Alt) != 0 => Shape.SystemRequest,
        PcKey.PrintScreen when (held & (KeyModifiers.Control | KeyModifiers.Shift)) == 0 => Shape.PrintScreen,
        PcKey.Pause when phase != KeyPhase.Down => Shape.None,
        PcKey.Pause when (held & KeyModifiers.Control) != 0 => Shape.Break,
        PcKey.Pause => Shape.Pause,
        _ => Shape.Plain,
    };

    private static bool IsExtended(PcKey key) => (int)key >> 8 == 0xe0;

    private static Span<byte> Rest(Span<byte> to, PcKey key) => IsExtended(key) ? to[1..] : to;

    private static int Prefixed(Span<byte> to, PcKey key, int length)
    {
        if (!IsExtended(key))
        {
            return length;
        }

        to[0] = 0xe0;
        return length + 1;
    }

    private static int Put(Span<byte> to, params ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to);
        return bytes.Length;
    }

    private enum Shape
    {
        Plain,
        None,
        PrintScreen,
        SystemRequest,
        Pause,
        Break,
    }
}

/// <summary>What happens to a key.</summary>
internal enum KeyPhase
{
    Down,
    Repeat,
    Up,
}

/// <summary>The held keys that change what Print Screen and Pause send.</summary>
[Flags]
internal enum KeyModifiers
{
    None = 0,
    Shift = 1,
    Control = 2,
    Alt = 4,
}
