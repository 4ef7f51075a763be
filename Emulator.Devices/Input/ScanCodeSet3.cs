namespace Emulator.Devices.Input;

/// <summary>What a key of scan code set 3 sends: a make code, and by these bits more.</summary>
[Flags]
internal enum KeyType : byte
{
    /// <summary>A make code only.</summary>
    Make = 0,

    /// <summary>A break code on release.</summary>
    Break = 1,

    /// <summary>The make code again while the key is held.</summary>
    Typematic = 2,
}

/// <summary>
/// Scan code set 3 (IBM PS/2 Hardware Interface Technical Reference, "Scan code set 3"): one code for each key, without prefixes; each key has a
/// type, which the system may change.
/// </summary>
internal static class ScanCodeSet3
{
    /// <summary>One more than the largest code.</summary>
    public const int Count = 0x90;

    // Index: set-1 make code 00h-58h of the keys without a prefix; 0 where there is no key.
    private static ReadOnlySpan<byte> Plain =>
    [
        0x00, 0x08, 0x16, 0x1e, 0x26, 0x25, 0x2e, 0x36, 0x3d, 0x3e, 0x46, 0x45, 0x4e, 0x55, 0x66, 0x0d,
        0x15, 0x1d, 0x24, 0x2d, 0x2c, 0x35, 0x3c, 0x43, 0x44, 0x4d, 0x54, 0x5b, 0x5a, 0x11, 0x1c, 0x1b,
        0x23, 0x2b, 0x34, 0x33, 0x3b, 0x42, 0x4b, 0x4c, 0x52, 0x0e, 0x12, 0x5c, 0x1a, 0x22, 0x21, 0x2a,
        0x32, 0x31, 0x3a, 0x41, 0x49, 0x4a, 0x59, 0x7e, 0x19, 0x29, 0x14, 0x07, 0x0f, 0x17, 0x1f, 0x27,
        0x2f, 0x37, 0x3f, 0x47, 0x4f, 0x76, 0x5f, 0x6c, 0x75, 0x7d, 0x84, 0x6b, 0x73, 0x74, 0x7c, 0x69,
        0x72, 0x7a, 0x70, 0x71, 0x57, 0x00, 0x13, 0x56, 0x5e,
    ];

    /// <summary>The code of a key; 0 when set 3 has none.</summary>
    public static byte Of(PcKey key) => key switch
    {
        PcKey.KeypadEnter => 0x79,
        PcKey.ControlRight => 0x58,
        PcKey.KeypadDivide => 0x77,
        PcKey.PrintScreen => 0x57,
        PcKey.AltRight => 0x39,
        PcKey.Home => 0x6e,
        PcKey.Up => 0x63,
        PcKey.PageUp => 0x6f,
        PcKey.Left => 0x61,
        PcKey.Right => 0x6a,
        PcKey.End => 0x65,
        PcKey.Down => 0x60,
        PcKey.PageDown => 0x6d,
        PcKey.Insert => 0x67,
        PcKey.Delete => 0x64,
        PcKey.MetaLeft => 0x8b,
        PcKey.MetaRight => 0x8c,
        PcKey.Menu => 0x8d,
        PcKey.Pause => 0x62,
        _ => (int)key < Plain.Length ? Plain[(int)key] : (byte)0,
    };

    /// <summary>The type that a key has at power-on.</summary>
    public static KeyType DefaultType(byte code) => code switch
    {
        // Left Ctrl, Shift and Alt, right Shift, Caps Lock.
        0x11 or 0x12 or 0x19 or 0x59 or 0x14 => KeyType.Break,

        // The cursor keys, Delete and the keypad's plus.
        0x60 or 0x61 or 0x63 or 0x64 or 0x6a or 0x7c => KeyType.Typematic,

        // Right Ctrl and Alt, Esc, the function keys, Num Lock, Print Screen and its neighbours, the rest of keypad and cursor block.
        0x58 or 0x39 or 0x08 or 0x07 or 0x0f or 0x17 or 0x1f or 0x27 or 0x2f or 0x37 or 0x3f or 0x47 or 0x4f or 0x56 or 0x5e or 0x57
            or 0x5f or >= 0x62 => KeyType.Make,
        _ => KeyType.Typematic,
    };
}
