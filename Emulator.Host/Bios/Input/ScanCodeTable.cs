namespace Emulator.Host.Bios.Input;

/// <summary>What a key puts into the keyboard's buffer (scan code and character), by what is held down; 0 for nothing.</summary>
internal readonly record struct KeyWords(ushort Plain, ushort Shift, ushort Control, ushort Alt);

/// <summary>The keys of a US keyboard by scan code of set 1 (IBM PS/2 BIOS Interface Technical Reference, keyboard codes of the 101-key keyboard).</summary>
internal static class ScanCodeTable
{
    private const string Plain = "\0\x1b" + "1234567890-=\b\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
    private const string Shifted = "\0\x1b!@#$%^&*()_+\b\0QWERTYUIOP{}\r\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 ";

    // The numeric keypad from Home to Delete: the digits, and the codes with Ctrl.
    private const string Keypad = "789-456+1230.";
    private const byte FirstKeypad = 0x47;
    private const byte LastKeypad = 0x53;
    private const byte FirstFunction = 0x3b;
    private const byte LastFunction = 0x44;
    private const byte ExtraKey = 0x56;
    private const byte F11 = 0x57;
    private const byte F12 = 0x58;

    private static ReadOnlySpan<byte> KeypadControl => [0x77, 0x8d, 0x84, 0x8e, 0x73, 0x8f, 0x74, 0x90, 0x75, 0x91, 0x76, 0x92, 0x93];

    /// <summary>The words of a key without prefix.</summary>
    public static KeyWords Of(byte scan)
    {
        if (scan < Plain.Length)
        {
            return Typewriter(scan);
        }

        return scan switch
        {
            >= FirstFunction and <= LastFunction => Codes(
                scan, (byte)(scan - FirstFunction + 0x54), (byte)(scan - FirstFunction + 0x5e), (byte)(scan - FirstFunction + 0x68)),
            >= FirstKeypad and <= LastKeypad => KeypadKey(scan),
            ExtraKey => new(0x565c, 0x567c, 0, 0),
            F11 => Codes(0x85, 0x87, 0x89, 0x8b),
            F12 => Codes(0x86, 0x88, 0x8a, 0x8c),
            _ => default,
        };
    }

    /// <summary>The words of a key with prefix E0h.</summary>
    public static KeyWords OfExtended(byte scan) => scan switch
    {
        0x1c => new(0xe00d, 0xe00d, 0xe00a, 0xa600),
        0x35 => new(0xe02f, 0xe02f, 0x9500, 0xa400),
        >= FirstKeypad and <= LastKeypad when scan is not (0x4a or 0x4c or 0x4e) => new(
            (ushort)((scan << 8) | 0xe0), (ushort)((scan << 8) | 0xe0), (ushort)((KeypadControl[scan - FirstKeypad] << 8) | 0xe0), (ushort)((scan + 0x50) << 8)),
        _ => default,
    };

    private static KeyWords Codes(byte plain, byte shift, byte control, byte alt)
        => new((ushort)(plain << 8), (ushort)(shift << 8), (ushort)(control << 8), (ushort)(alt << 8));

    private static KeyWords Typewriter(byte scan)
    {
        var high = scan << 8;
        var character = Plain[scan];
        ushort With(int low) => low == 0 ? (ushort)0 : (ushort)(high | low);
        return scan switch
        {
            0x01 => new(With(0x1b), With(0x1b), With(0x1b), (ushort)high),
            0x03 => new(With('2'), With('@'), 0x0300, 0x7900),
            >= 0x02 and <= 0x0d => new(With(character), With(Shifted[scan]), scan switch { 0x07 => With(0x1e), 0x0c => With(0x1f), _ => (ushort)0 }, (ushort)((scan + 0x76) << 8)),
            0x0e => new(With(8), With(8), With(0x7f), (ushort)high),
            0x0f => new(With(9), (ushort)high, 0x9400, 0xa500),
            0x1c => new(With(0x0d), With(0x0d), With(0x0a), (ushort)high),
            0x37 => new(With('*'), With('*'), 0x9600, (ushort)high),
            0x39 => new(With(' '), With(' '), With(' '), With(' ')),
            _ when character == 0 => default,
            _ => new(With(character), With(Shifted[scan]), With(Control(character)), (ushort)high),
        };
    }

    private static int Control(char character) => character switch
    {
        >= 'a' and <= 'z' => character - 'a' + 1,
        '[' => 0x1b,
        '\\' => 0x1c,
        ']' => 0x1d,
        _ => 0,
    };

    private static KeyWords KeypadKey(byte scan)
    {
        var at = scan - FirstKeypad;
        var sign = scan is 0x4a or 0x4e;
        var plain = sign ? (ushort)((scan << 8) | Keypad[at]) : scan == 0x4c ? (ushort)0x4c00 : (ushort)(scan << 8);
        return new(plain, (ushort)((scan << 8) | Keypad[at]), (ushort)(KeypadControl[at] << 8), sign ? (ushort)(scan << 8) : (ushort)0);
    }
}
