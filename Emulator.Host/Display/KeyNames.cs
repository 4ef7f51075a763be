using System.Collections.Frozen;
using System.Globalization;
using Emulator.Devices.Input;

namespace Emulator.Host.Display;

/// <summary>QEMU's names of keys (QKeyCode of its QAPI schema), as <c>sendkey</c> and QMP take them; a number in hexadecimal is a scan code.</summary>
public static class KeyNames
{
    private static readonly FrozenDictionary<string, PcKey> Keys = new Dictionary<string, PcKey>(StringComparer.Ordinal)
    {
        ["shift"] = PcKey.ShiftLeft,
        ["shift_r"] = PcKey.ShiftRight,
        ["alt"] = PcKey.AltLeft,
        ["alt_r"] = PcKey.AltRight,
        ["ctrl"] = PcKey.ControlLeft,
        ["ctrl_r"] = PcKey.ControlRight,
        ["menu"] = PcKey.Menu,
        ["compose"] = PcKey.Menu,
        ["meta_l"] = PcKey.MetaLeft,
        ["meta_r"] = PcKey.MetaRight,
        ["esc"] = PcKey.Escape,
        ["minus"] = PcKey.Minus,
        ["equal"] = PcKey.EqualSign,
        ["backspace"] = PcKey.Backspace,
        ["tab"] = PcKey.Tab,
        ["bracket_left"] = PcKey.BracketLeft,
        ["bracket_right"] = PcKey.BracketRight,
        ["ret"] = PcKey.Enter,
        ["semicolon"] = PcKey.Semicolon,
        ["apostrophe"] = PcKey.Apostrophe,
        ["grave_accent"] = PcKey.Grave,
        ["backslash"] = PcKey.Backslash,
        ["comma"] = PcKey.Comma,
        ["dot"] = PcKey.Period,
        ["slash"] = PcKey.Slash,
        ["asterisk"] = PcKey.KeypadMultiply,
        ["kp_multiply"] = PcKey.KeypadMultiply,
        ["spc"] = PcKey.Space,
        ["caps_lock"] = PcKey.CapsLock,
        ["num_lock"] = PcKey.NumLock,
        ["scroll_lock"] = PcKey.ScrollLock,
        ["kp_divide"] = PcKey.KeypadDivide,
        ["kp_subtract"] = PcKey.KeypadSubtract,
        ["kp_add"] = PcKey.KeypadAdd,
        ["kp_enter"] = PcKey.KeypadEnter,
        ["kp_decimal"] = PcKey.KeypadDecimal,
        ["sysrq"] = PcKey.SysRq,
        ["kp_0"] = PcKey.Keypad0,
        ["kp_1"] = PcKey.Keypad1,
        ["kp_2"] = PcKey.Keypad2,
        ["kp_3"] = PcKey.Keypad3,
        ["kp_4"] = PcKey.Keypad4,
        ["kp_5"] = PcKey.Keypad5,
        ["kp_6"] = PcKey.Keypad6,
        ["kp_7"] = PcKey.Keypad7,
        ["kp_8"] = PcKey.Keypad8,
        ["kp_9"] = PcKey.Keypad9,
        ["less"] = PcKey.LessThan,
        ["print"] = PcKey.PrintScreen,
        ["home"] = PcKey.Home,
        ["pgup"] = PcKey.PageUp,
        ["pgdn"] = PcKey.PageDown,
        ["end"] = PcKey.End,
        ["left"] = PcKey.Left,
        ["up"] = PcKey.Up,
        ["down"] = PcKey.Down,
        ["right"] = PcKey.Right,
        ["insert"] = PcKey.Insert,
        ["delete"] = PcKey.Delete,
        ["pause"] = PcKey.Pause,
    }.Concat(Enumerable.Range('a', 26).Select(letter => KeyValuePair.Create(((char)letter).ToString(), KeySymbols.KeyOf((uint)letter))))
        .Concat(Enumerable.Range('0', 10).Select(digit => KeyValuePair.Create(((char)digit).ToString(), KeySymbols.KeyOf((uint)digit))))
        .Concat(Enumerable.Range(1, 12).Select(number => KeyValuePair.Create(
            string.Create(CultureInfo.InvariantCulture, $"f{number}"), KeySymbols.KeyOf(0xffbdu + (uint)number))))
        .ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Every name.</summary>
    public static IEnumerable<string> All => Keys.Keys;

    /// <summary>The key of a name; <see cref="PcKey.None"/> when there is none.</summary>
    public static PcKey Find(string name)
        => Keys.TryGetValue(name, out var key) ? key
            : name.StartsWith("0x", StringComparison.Ordinal)
                && uint.TryParse(name.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                ? KeySymbols.KeyOfXtCode(code)
                : PcKey.None;
}
