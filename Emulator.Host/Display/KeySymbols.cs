using System.Collections.Frozen;
using Emulator.Devices.Input;

namespace Emulator.Host.Display;

/// <summary>
/// X's key symbols (keysymdef.h) on the keys of a US keyboard. A symbol that stands for a character also says whether Shift must be held.
/// </summary>
internal static class KeySymbols
{
    /// <summary>XK_Shift_L.</summary>
    public const uint ShiftLeft = 0xffe1;

    /// <summary>XK_Shift_R.</summary>
    public const uint ShiftRight = 0xffe2;

    // A character, then the same key's with Shift, in the order of the keys.
    private const string Characters = "1!2@3#4$5%6^7&8*9(0)-_=+qQwWeErRtTyYuUiIoOpP[{]}aAsSdDfFgGhHjJkKlL;:'\"`~\\|zZxXcCvVbBnNmM,<.>/?";

    private static readonly PcKey[] CharacterKeys =
    [
        PcKey.D1, PcKey.D2, PcKey.D3, PcKey.D4, PcKey.D5, PcKey.D6, PcKey.D7, PcKey.D8, PcKey.D9, PcKey.D0, PcKey.Minus, PcKey.EqualSign,
        PcKey.Q, PcKey.W, PcKey.E, PcKey.R, PcKey.T, PcKey.Y, PcKey.U, PcKey.I, PcKey.O, PcKey.P, PcKey.BracketLeft, PcKey.BracketRight,
        PcKey.A, PcKey.S, PcKey.D, PcKey.F, PcKey.G, PcKey.H, PcKey.J, PcKey.K, PcKey.L, PcKey.Semicolon, PcKey.Apostrophe, PcKey.Grave,
        PcKey.Backslash, PcKey.Z, PcKey.X, PcKey.C, PcKey.V, PcKey.B, PcKey.N, PcKey.M, PcKey.Comma, PcKey.Period, PcKey.Slash,
    ];

    private static readonly FrozenDictionary<uint, PcKey> Functions = new Dictionary<uint, PcKey>
    {
        [0x20] = PcKey.Space,
        [0xff08] = PcKey.Backspace,
        [0xff09] = PcKey.Tab,
        [0xfe20] = PcKey.Tab,
        [0xff0d] = PcKey.Enter,
        [0xff13] = PcKey.Pause,
        [0xff6b] = PcKey.Pause,
        [0xff14] = PcKey.ScrollLock,
        [0xff15] = PcKey.PrintScreen,
        [0xff61] = PcKey.PrintScreen,
        [0xff1b] = PcKey.Escape,
        [0xff50] = PcKey.Home,
        [0xff51] = PcKey.Left,
        [0xff52] = PcKey.Up,
        [0xff53] = PcKey.Right,
        [0xff54] = PcKey.Down,
        [0xff55] = PcKey.PageUp,
        [0xff56] = PcKey.PageDown,
        [0xff57] = PcKey.End,
        [0xff63] = PcKey.Insert,
        [0xff67] = PcKey.Menu,
        [0xff7f] = PcKey.NumLock,
        [0xff8d] = PcKey.KeypadEnter,
        [0xff95] = PcKey.Keypad7,
        [0xff96] = PcKey.Keypad4,
        [0xff97] = PcKey.Keypad8,
        [0xff98] = PcKey.Keypad6,
        [0xff99] = PcKey.Keypad2,
        [0xff9a] = PcKey.Keypad9,
        [0xff9b] = PcKey.Keypad3,
        [0xff9c] = PcKey.Keypad1,
        [0xff9d] = PcKey.Keypad5,
        [0xff9e] = PcKey.Keypad0,
        [0xff9f] = PcKey.KeypadDecimal,
        [0xffaa] = PcKey.KeypadMultiply,
        [0xffab] = PcKey.KeypadAdd,
        [0xffad] = PcKey.KeypadSubtract,
        [0xffae] = PcKey.KeypadDecimal,
        [0xffaf] = PcKey.KeypadDivide,
        [0xffb0] = PcKey.Keypad0,
        [0xffb1] = PcKey.Keypad1,
        [0xffb2] = PcKey.Keypad2,
        [0xffb3] = PcKey.Keypad3,
        [0xffb4] = PcKey.Keypad4,
        [0xffb5] = PcKey.Keypad5,
        [0xffb6] = PcKey.Keypad6,
        [0xffb7] = PcKey.Keypad7,
        [0xffb8] = PcKey.Keypad8,
        [0xffb9] = PcKey.Keypad9,
        [0xffbe] = PcKey.F1,
        [0xffbf] = PcKey.F2,
        [0xffc0] = PcKey.F3,
        [0xffc1] = PcKey.F4,
        [0xffc2] = PcKey.F5,
        [0xffc3] = PcKey.F6,
        [0xffc4] = PcKey.F7,
        [0xffc5] = PcKey.F8,
        [0xffc6] = PcKey.F9,
        [0xffc7] = PcKey.F10,
        [0xffc8] = PcKey.F11,
        [0xffc9] = PcKey.F12,
        [ShiftLeft] = PcKey.ShiftLeft,
        [ShiftRight] = PcKey.ShiftRight,
        [0xffe3] = PcKey.ControlLeft,
        [0xffe4] = PcKey.ControlRight,
        [0xffe5] = PcKey.CapsLock,
        [0xffe7] = PcKey.AltLeft,
        [0xffe8] = PcKey.AltRight,
        [0xffe9] = PcKey.AltLeft,
        [0xffea] = PcKey.AltRight,
        [0xfe03] = PcKey.AltRight,
        [0xffeb] = PcKey.MetaLeft,
        [0xffec] = PcKey.MetaRight,
        [0xffff] = PcKey.Delete,
    }.ToFrozenDictionary();

    /// <summary>The key of a symbol; <see cref="PcKey.None"/> when a US keyboard has none.</summary>
    public static PcKey KeyOf(uint symbol)
    {
        var at = symbol < 0x80 ? Characters.IndexOf((char)symbol, StringComparison.Ordinal) : -1;
        return at >= 0 ? CharacterKeys[at / 2] : Functions.GetValueOrDefault(symbol);
    }

    /// <summary>Whether Shift must be held for a symbol; null when it does not matter.</summary>
    public static bool? NeedsShift(uint symbol)
    {
        var at = symbol < 0x80 ? Characters.IndexOf((char)symbol, StringComparison.Ordinal) : -1;
        return at < 0 ? null : (at & 1) != 0;
    }

    /// <summary>The key of an XT code as RFB's extended key event carries it: the E0 prefix is bit 7.</summary>
    public static PcKey KeyOfXtCode(uint code) => code switch
    {
        0x54 or 0xb7 => PcKey.PrintScreen,
        0xc6 => PcKey.Pause,
        > 0 and < 0x80 when Enum.IsDefined((PcKey)code) => (PcKey)code,
        > 0x80 and < 0x100 when Enum.IsDefined((PcKey)(0xe000 | (code & 0x7f))) => (PcKey)(0xe000 | (code & 0x7f)),
        _ => PcKey.None,
    };
}
