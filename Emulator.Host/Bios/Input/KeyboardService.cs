using Emulator.Core.Bus;
using Emulator.Devices;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Input;

/// <summary>
/// INT 09h and INT 16h: scan codes to the keyboard's buffer in the BIOS data area, and out of it (PC/AT Technical Reference, section 5).
/// </summary>
internal sealed class KeyboardService(IoPortBus ports, Action reset)
{
    private const byte Released = 0x80;
    private const byte RightShift = 0x01;
    private const byte LeftShift = 0x02;
    private const byte Control = 0x04;
    private const byte Alt = 0x08;
    private const byte ScrollLock = 0x10;
    private const byte NumLock = 0x20;
    private const byte CapsLock = 0x40;
    private const byte Insert = 0x80;
    private const byte LeftControl = 0x01;
    private const byte LeftAlt = 0x02;
    private const byte SystemRequest = 0x04;
    private const byte Pausing = 0x08;
    private const byte RightControl = 0x04;
    private const byte RightAlt = 0x08;
    private const byte PrefixE0 = 0x02;
    private const byte PrefixE1 = 0x01;
    private const byte LedsPending = 0x40;
    private const byte LedsMask = 0x07;
    private const byte Acknowledged = 0xfa;
    private const byte ResendRequest = 0xfe;
    private const byte SetLeds = 0xed;
    private const byte SetTypematic = 0xf3;
    private const ushort WarmStart = 0x1234;

    /// <summary>INT 09h: AL is what the keyboard sent.</summary>
    public void Receive(BiosCall call)
    {
        call.Next = BiosLayout.KeyboardDone;
        var (memory, value) = (call.Memory, call.AL);
        var mode = memory.Read8(BiosData.KeyboardMode);
        switch (value)
        {
            case 0xe0:
                memory.Or8(BiosData.KeyboardMode, PrefixE0);
                return;
            case 0xe1:
                memory.Or8(BiosData.KeyboardMode, PrefixE1);
                return;
            case Acknowledged or ResendRequest:
                FinishLeds(memory, value);
                return;
            case 0xee or 0x00 or 0xff:
                return;
            default:
                break;
        }

        if ((mode & PrefixE1) != 0)
        {
            // Pause: E1 1D 45, and the same released.
            if ((value & 0x7f) != 0x1d)
            {
                memory.Replace8(BiosData.KeyboardMode, PrefixE1, 0);
                if (value == 0x45)
                {
                    Pause(call);
                }
            }

            return;
        }

        memory.Replace8(BiosData.KeyboardMode, PrefixE0, 0);
        var extended = (mode & PrefixE0) != 0;
        if (!Modifier(call, (byte)(value & 0x7f), (value & Released) == 0, extended) && (value & Released) == 0)
        {
            Press(call, value, extended);
        }

        StartLeds(memory);
    }

    /// <summary>INT 16h.</summary>
    public void Handle(BiosCall call)
    {
        var memory = call.Memory;
        switch (call.AH)
        {
            case 0x00 or 0x10:
                Take(call, enhanced: call.AH == 0x10);
                break;
            case 0x01 or 0x11:
                Look(call, enhanced: call.AH == 0x11);
                break;
            case 0x02:
                call.AL = memory.Read8(BiosData.KeyboardFlags);
                break;
            case 0x03 when call.AL == 0x05:
                // Delay and rate as the keyboard takes them; INT 09h drops its answers.
                ports.Write(PcPlatform.KeyboardDataPort, 1, SetTypematic);
                ports.Write(PcPlatform.KeyboardDataPort, 1, (uint)(((call.BH & 3) << 5) | (call.BL & 0x1f)));
                break;
            case 0x05:
                call.AL = Put(memory, call.CX) ? (byte)0 : (byte)1;
                break;
            case 0x09:
                call.AL = 0x30;
                break;
            case 0x0a:
                call.BX = 0x41ab;
                break;
            case 0x12:
                call.AL = memory.Read8(BiosData.KeyboardFlags);
                var second = memory.Read8(BiosData.KeyboardFlags2);
                var right = memory.Read8(BiosData.KeyboardMode) & (RightControl | RightAlt);
                call.AH = (byte)((second & 0x73) | ((second & SystemRequest) << 5) | right);
                break;
            case 0x92:
                call.AH = 0x80;
                break;
            case 0xa2:
                break;
            default:
                break;
        }
    }

    /// <summary>Takes the next key out of the buffer, if there is one.</summary>
    public static ushort? TryTake(BiosMemory memory)
    {
        var head = memory.Read16(BiosData.KeyboardHead);
        if (head == memory.Read16(BiosData.KeyboardTail))
        {
            return null;
        }

        memory.Write(BiosData.KeyboardHead, Following(memory, head));
        return memory.Read16(0x400u + head);
    }

    /// <summary>Puts a key into the buffer; false when it is full.</summary>
    private static bool Put(BiosMemory memory, ushort word)
    {
        var tail = memory.Read16(BiosData.KeyboardTail);
        var following = Following(memory, tail);
        if (following == memory.Read16(BiosData.KeyboardHead))
        {
            return false;
        }

        memory.Write(0x400u + tail, word);
        memory.Write(BiosData.KeyboardTail, following);
        return true;
    }

    private static ushort Following(BiosMemory memory, ushort at)
    {
        var next = (ushort)(at + 2);
        return next == memory.Read16(BiosData.KeyboardBufferLimit) ? memory.Read16(BiosData.KeyboardBufferStart) : next;
    }

    private static void Take(BiosCall call, bool enhanced)
    {
        while (TryTake(call.Memory) is { } word)
        {
            if (Show(word, enhanced) is { } seen)
            {
                call.AX = seen;
                return;
            }
        }

        call.Next = BiosLayout.WaitForKey;
    }

    private static void Look(BiosCall call, bool enhanced)
    {
        var memory = call.Memory;
        while (memory.Read16(BiosData.KeyboardHead) is var head && head != memory.Read16(BiosData.KeyboardTail))
        {
            if (Show(memory.Read16(0x400u + head), enhanced) is { } seen)
            {
                call.AX = seen;
                call.Zero = false;
                call.Interrupts = true;
                return;
            }

            TryTake(memory);
        }

        call.Zero = true;
        call.Interrupts = true;
    }

    // The functions of the 83-key keyboard do not know the keys that came later.
    private static ushort? Show(ushort word, bool enhanced)
    {
        var (scan, character) = (word >> 8, word & 0xff);
        if (enhanced)
        {
            return character == 0xf0 && scan != 0 ? (ushort)(scan << 8) : word;
        }

        return scan switch
        {
            0xe0 => character == 0x0d || character == 0x0a ? (ushort)(0x1c00 | character) : (ushort)(0x3500 | character),
            > 0x84 => null,
            _ when character == 0xe0 && scan != 0 => (ushort)(scan << 8),
            _ when character == 0xf0 && scan != 0 => null,
            _ => word,
        };
    }

    private bool Modifier(BiosCall call, byte scan, bool down, bool extended)
    {
        var memory = call.Memory;
        void Hold(uint at, int bit) => memory.Replace8(at, bit, down ? bit : 0);
        switch (scan)
        {
            case 0x2a or 0x36 when extended:
                return true;
            case 0x2a:
                Hold(BiosData.KeyboardFlags, LeftShift);
                return true;
            case 0x36:
                Hold(BiosData.KeyboardFlags, RightShift);
                return true;
            case 0x1d:
                Hold(extended ? BiosData.KeyboardMode : BiosData.KeyboardFlags2, extended ? RightControl : LeftControl);
                memory.Replace8(BiosData.KeyboardFlags, Control,
                    (memory.Read8(BiosData.KeyboardMode) & RightControl) != 0 || (memory.Read8(BiosData.KeyboardFlags2) & LeftControl) != 0 ? Control : 0);
                return true;
            case 0x38:
                Hold(extended ? BiosData.KeyboardMode : BiosData.KeyboardFlags2, extended ? RightAlt : LeftAlt);
                memory.Replace8(BiosData.KeyboardFlags, Alt,
                    (memory.Read8(BiosData.KeyboardMode) & RightAlt) != 0 || (memory.Read8(BiosData.KeyboardFlags2) & LeftAlt) != 0 ? Alt : 0);
                if (!down)
                {
                    FinishKeypad(memory);
                }

                return true;
            case 0x3a:
                Toggle(memory, CapsLock, down);
                return true;
            case 0x45 when !extended && (memory.Read8(BiosData.KeyboardFlags) & Control) != 0 && down:
                Pause(call);
                return true;
            case 0x45:
                Toggle(memory, NumLock, down);
                return true;
            case 0x46 when (extended || (memory.Read8(BiosData.KeyboardFlags) & Control) != 0) && down:
                Break(call);
                return true;
            case 0x46:
                Toggle(memory, ScrollLock, down);
                return true;
            case 0x52 when down && (memory.Read8(BiosData.KeyboardFlags) & (Alt | Control)) == 0 && (extended || !IsNumeric(memory)):
                if ((memory.Read8(BiosData.KeyboardFlags2) & Insert) == 0)
                {
                    memory.Write(BiosData.KeyboardFlags, (byte)(memory.Read8(BiosData.KeyboardFlags) ^ Insert));
                    memory.Or8(BiosData.KeyboardFlags2, Insert);
                }

                return false;
            case 0x52 when !down:
                memory.Replace8(BiosData.KeyboardFlags2, Insert, 0);
                return true;
            case 0x54:
                Hold(BiosData.KeyboardFlags2, SystemRequest);
                call.AX = down ? (ushort)0x8500 : (ushort)0x8501;
                call.Interrupt(0x15, BiosLayout.KeyboardDone);
                return true;
            default:
                return false;
        }
    }

    private static bool IsNumeric(BiosMemory memory)
    {
        var flags = memory.Read8(BiosData.KeyboardFlags);
        return ((flags & NumLock) != 0) != ((flags & (LeftShift | RightShift)) != 0);
    }

    // A lock changes when its key goes down, and not when the key repeats.
    private static void Toggle(BiosMemory memory, byte bit, bool down)
    {
        if (down && (memory.Read8(BiosData.KeyboardFlags2) & bit) == 0)
        {
            memory.Write(BiosData.KeyboardFlags, (byte)(memory.Read8(BiosData.KeyboardFlags) ^ bit));
        }

        memory.Replace8(BiosData.KeyboardFlags2, bit, down ? bit : 0);
    }

    private void Press(BiosCall call, byte scan, bool extended)
    {
        var memory = call.Memory;
        if ((memory.Read8(BiosData.KeyboardFlags2) & Pausing) != 0)
        {
            memory.Replace8(BiosData.KeyboardFlags2, Pausing, 0);
            return;
        }

        var flags = memory.Read8(BiosData.KeyboardFlags);
        if (scan == 0x53 && (flags & (Control | Alt)) == (Control | Alt))
        {
            memory.Write(BiosData.WarmStart, WarmStart);
            reset();
            return;
        }

        if (extended && scan == 0x37)
        {
            if ((flags & Control) != 0)
            {
                Put(memory, 0x7200);
            }
            else
            {
                call.Interrupt(0x05, BiosLayout.KeyboardDone);
            }

            return;
        }

        if ((flags & Alt) != 0 && !extended && scan is >= 0x47 and <= 0x52 and not (0x4a or 0x4e))
        {
            AddKeypadDigit(memory, scan);
            return;
        }

        var word = Choose(memory, scan, extended, flags);
        if (word != 0)
        {
            Put(memory, word);
        }
    }

    private static ushort Choose(BiosMemory memory, byte scan, bool extended, byte flags)
    {
        var key = extended ? ScanCodeTable.OfExtended(scan) : ScanCodeTable.Of(scan);
        if ((flags & Alt) != 0)
        {
            return key.Alt;
        }

        if ((flags & Control) != 0)
        {
            return key.Control;
        }

        var shift = (flags & (LeftShift | RightShift)) != 0;
        if (!extended && scan is >= 0x47 and <= 0x53)
        {
            return IsNumeric(memory) ? key.Shift : key.Plain;
        }

        var isLetter = (key.Plain & 0xff) is >= 'a' and <= 'z';
        return shift != (isLetter && (flags & CapsLock) != 0) ? key.Shift : key.Plain;
    }

    // Alt with digits of the keypad makes a character of their number.
    private static void AddKeypadDigit(BiosMemory memory, byte scan)
    {
        ReadOnlySpan<byte> digits = [7, 8, 9, 0, 4, 5, 6, 0, 1, 2, 3, 0];
        memory.Write(BiosData.AltKeypad, (byte)((memory.Read8(BiosData.AltKeypad) * 10) + digits[scan - 0x47]));
    }

    private static void FinishKeypad(BiosMemory memory)
    {
        var value = memory.Read8(BiosData.AltKeypad);
        if (value != 0)
        {
            memory.Write<byte>(BiosData.AltKeypad, 0);
            Put(memory, value);
        }
    }

    private static void Break(BiosCall call)
    {
        var start = call.Memory.Read16(BiosData.KeyboardBufferStart);
        call.Memory.Write(BiosData.KeyboardHead, start);
        call.Memory.Write(BiosData.KeyboardTail, start);
        call.Memory.Write<byte>(BiosData.Break, 0x80);
        Put(call.Memory, 0);
        call.Interrupt(0x1b, BiosLayout.KeyboardDone);
    }

    private static void Pause(BiosCall call)
    {
        if ((call.Memory.Read8(BiosData.KeyboardFlags2) & Pausing) == 0)
        {
            call.Memory.Or8(BiosData.KeyboardFlags2, Pausing);
            call.Next = BiosLayout.PauseLoop;
        }
    }

    // The lamps follow the locks: the keyboard acknowledges the order and then the lamps' byte.
    private void StartLeds(BiosMemory memory)
    {
        var wanted = (memory.Read8(BiosData.KeyboardFlags) >> 4) & LedsMask;
        var leds = memory.Read8(BiosData.KeyboardLeds);
        if ((leds & (LedsPending | LedsMask)) != wanted && (leds & LedsPending) == 0)
        {
            memory.Write(BiosData.KeyboardLeds, (byte)(LedsPending | (leds & LedsMask)));
            ports.Write(PcPlatform.KeyboardDataPort, 1, SetLeds);
        }
    }

    private void FinishLeds(BiosMemory memory, byte answer)
    {
        var leds = memory.Read8(BiosData.KeyboardLeds);
        if ((leds & LedsPending) == 0)
        {
            return;
        }

        var wanted = (memory.Read8(BiosData.KeyboardFlags) >> 4) & LedsMask;
        if (answer == Acknowledged && (leds & LedsMask) != wanted)
        {
            memory.Write(BiosData.KeyboardLeds, (byte)(LedsPending | wanted));
            ports.Write(PcPlatform.KeyboardDataPort, 1, (uint)wanted);
            return;
        }

        memory.Write(BiosData.KeyboardLeds, (byte)(leds & LedsMask));
    }
}
