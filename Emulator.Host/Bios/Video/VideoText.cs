using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Video;

/// <summary>Cursor, pages, scrolling and characters: INT 10h, AH=01h to 0Ah, 0Eh and 13h (IBM PS/2 BIOS Interface Technical Reference).</summary>
internal static class VideoText
{
    private const byte Bell = 0x07;
    private const byte Backspace = 0x08;
    private const byte LineFeed = 0x0a;
    private const byte CarriageReturn = 0x0d;
    private const byte NoEmulation = 0x01;
    private const uint BellCycles = 13_000;
    private const ushort BellDivisor = 1193182 / 896;

    /// <summary>AH=01h: the cursor's lines. Shapes made for 8-line characters are stretched unless that was turned off.</summary>
    public static void SetCursorShape(VideoScreen screen)
    {
        var call = screen.Call;
        int start = call.CH & 0x3f, end = call.CL & 0x1f;
        screen.Memory.Write(BiosData.CursorShape, call.CX);
        if ((screen.Memory.Read8(BiosData.VideoControl) & NoEmulation) == 0 && screen.Height > 8 && end < 8 && (start & 0x1f) < 8 && (start & 0x20) == 0)
        {
            (start, end) = end == start + 1
                ? (((start + 1) * screen.Height / 8) - 2, ((end + 1) * screen.Height / 8) - 2)
                : end > start + 3 ? ((start + 1) * screen.Height / 8, ((end + 1) * screen.Height / 8) - 1)
                : (((start + 1) * screen.Height / 8) - 1, ((end + 1) * screen.Height / 8) - 1);
        }

        screen.Vga.Crtc(0x0a, start);
        screen.Vga.Crtc(0x0b, end);
    }

    /// <summary>AH=03h.</summary>
    public static void ReadCursor(VideoScreen screen)
    {
        (screen.Call.DH, screen.Call.DL) = screen.Cursor(screen.Call.BH);
        screen.Call.CX = screen.Memory.Read16(BiosData.CursorShape);
    }

    /// <summary>AH=05h: shows a page.</summary>
    public static void SelectPage(VideoScreen screen, int page)
    {
        if (page > 7)
        {
            return;
        }

        var start = page * screen.PageLength;
        screen.Memory.Write(BiosData.PageStart, (ushort)start);
        screen.Memory.Write(BiosData.ActivePage, (byte)page);
        var address = screen.Mode is { IsText: false } ? start : start / 2;
        screen.Vga.Crtc(0x0c, address >> 8);
        screen.Vga.Crtc(0x0d, address);
        var (row, column) = screen.Cursor(page);
        screen.SetCursor(page, row, column);
    }

    /// <summary>AH=06h and 07h: scrolls a window up (positive lines) or down; all of it is cleared for 0.</summary>
    public static void Scroll(VideoScreen screen, int page, int lines, byte attribute, int top, int left, int bottom, int right)
    {
        if (screen.Mode is not { } mode)
        {
            return;
        }

        bottom = Math.Min(bottom, screen.Rows - 1);
        right = Math.Min(right, screen.Columns - 1);
        if (top > bottom || left > right)
        {
            return;
        }

        var height = bottom - top + 1;
        var count = lines == 0 || Math.Abs(lines) > height ? height : Math.Abs(lines);
        if (!mode.IsText)
        {
            GraphicsText.Scroll(screen, mode, page, lines < 0 ? -count : count, attribute, top, left, bottom, right);
            return;
        }

        Span<byte> row = new byte[2 * (right - left + 1)];
        for (var i = 0; i < height - count; i++)
        {
            var (to, from) = lines > 0 ? (top + i, top + i + count) : (bottom - i, bottom - i - count);
            screen.Memory.Read(screen.Cell(mode, page, from, left), row);
            screen.Memory.Write(screen.Cell(mode, page, to, left), row);
        }

        for (var i = 0; i < row.Length; i += 2)
        {
            (row[i], row[i + 1]) = ((byte)' ', attribute);
        }

        for (var i = 0; i < count; i++)
        {
            screen.Memory.Write(screen.Cell(mode, page, lines > 0 ? bottom - i : top + i, left), row);
        }
    }

    /// <summary>AH=08h: the character and attribute under the cursor.</summary>
    public static void ReadCharacter(VideoScreen screen)
    {
        var page = screen.Call.BH;
        var (row, column) = screen.Cursor(page);
        switch (screen.Mode)
        {
            case { IsText: true } mode:
                screen.Call.AX = screen.Memory.Read16(screen.Cell(mode, page, row, column));
                break;
            case { } mode:
                screen.Call.AX = GraphicsText.Read(screen, mode, page, row, column);
                break;
            default:
                screen.Call.AX = 0;
                break;
        }
    }

    /// <summary>AH=09h and 0Ah: writes a character again and again; the cursor stays.</summary>
    public static void WriteCharacters(VideoScreen screen, bool withAttribute)
    {
        var call = screen.Call;
        if (screen.Mode is not { } mode)
        {
            return;
        }

        var page = mode.Kind == VideoKind.Linear ? 0 : call.BH;
        var (row, column) = screen.Cursor(page);
        for (var i = 0; i < call.CX; i++)
        {
            var place = (row * screen.Columns) + column + i;
            if (!mode.IsText && place >= screen.Rows * screen.Columns)
            {
                break;
            }

            Put(screen, mode, page, place / screen.Columns, place % screen.Columns, call.AL, call.BL, withAttribute || !mode.IsText);
        }
    }

    /// <summary>AH=0Eh: a character as on a teletype, on the page shown.</summary>
    public static void Teletype(VideoScreen screen)
    {
        var call = screen.Call;
        if (call.AL == Bell)
        {
            Ring(screen);
            return;
        }

        var page = screen.ActivePage;
        var (row, column) = screen.Cursor(page);
        Type(screen, page, call.AL, screen.Mode is { IsText: false } ? call.BL : null, ref row, ref column);
        screen.SetCursor(page, row, column);
    }

    /// <summary>AH=13h: a string at ES:BP.</summary>
    public static void WriteString(VideoScreen screen)
    {
        var call = screen.Call;
        var (oldRow, oldColumn) = screen.Cursor(call.BH);
        var (row, column) = (call.DH, call.DL);
        uint at = call.BP;
        for (var i = 0; i < call.CX; i++)
        {
            var character = screen.Memory.Read8(call.InEs((ushort)at++));
            var attribute = (call.AL & 2) != 0 ? screen.Memory.Read8(call.InEs((ushort)at++)) : call.BL;
            if (character != Bell)
            {
                Type(screen, call.BH, character, attribute, ref row, ref column);
            }
        }

        (row, column) = (call.AL & 1) != 0 ? (row, column) : (oldRow, oldColumn);
        screen.SetCursor(call.BH, row, column);
    }

    // A character, the cursor's move and the scrolling that it may cause.
    private static void Type(VideoScreen screen, int page, byte character, byte? attribute, ref byte row, ref byte column)
    {
        if (screen.Mode is not { } mode)
        {
            return;
        }

        switch (character)
        {
            case Backspace:
                column -= (byte)(column > 0 ? 1 : 0);
                return;
            case CarriageReturn:
                column = 0;
                return;
            case LineFeed:
                row++;
                break;
            default:
                Put(screen, mode, page, row, column, character, attribute ?? 0, attribute is not null);
                column++;
                if (column >= screen.Columns)
                {
                    column = 0;
                    row++;
                }

                break;
        }

        if (row >= screen.Rows)
        {
            row = (byte)(screen.Rows - 1);
            var fill = mode.IsText ? attribute ?? screen.Memory.Read8(screen.Cell(mode, page, row, column) + 1) : (byte)0;
            Scroll(screen, page, 1, fill, 0, 0, screen.Rows - 1, screen.Columns - 1);
        }
    }

    private static void Put(VideoScreen screen, VideoMode mode, int page, int row, int column, byte character, byte attribute, bool withAttribute)
    {
        if (!mode.IsText)
        {
            GraphicsText.Draw(screen, mode, page, row, column, character, attribute);
            return;
        }

        var cell = screen.Cell(mode, page, row, column);
        screen.Memory.Write(cell, character);
        if (withAttribute)
        {
            screen.Memory.Write(cell + 1, attribute);
        }
    }

    // 896 Hz for a fifth of a second: the ROM waits and turns it off.
    private static void Ring(VideoScreen screen)
    {
        screen.Vga.StartSpeaker(BellDivisor);
        screen.Call.Push32(BellCycles);
        screen.Call.Next = BiosLayout.Beep;
    }
}
