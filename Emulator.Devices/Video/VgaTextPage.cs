using System.Text;

namespace Emulator.Devices.Video;

/// <summary>
/// What a VGA in text mode shows: the page at the CRT controller's start address, which guests move to scroll. Characters are code
/// page 437's.
/// </summary>
public readonly struct VgaTextPage(Vga vga)
{
    private const string HighCharacters =
        "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

    /// <summary>Whether the display is in a text mode.</summary>
    public bool IsText => !vga.Registers.GraphicsMode && !vga.Dispi.IsEnabled;

    /// <summary>Characters in a row (CR1).</summary>
    public int Columns => vga.Registers.Crtc(0x01) + 1;

    /// <summary>Rows: displayed lines (CR12 and CR7) by lines in a character (CR9).</summary>
    public int Rows
    {
        get
        {
            var overflow = vga.Registers.Crtc(0x07);
            var lines = (vga.Registers.Crtc(0x12) | ((overflow & 2) << 7) | ((overflow & 0x40) << 3)) + 1;
            return Math.Max(1, lines / ((vga.Registers.Crtc(0x09) & 0x1f) + 1));
        }
    }

    /// <summary>The cursor's place; null while it is off (CRA bit 5) or outside the page.</summary>
    public (int Row, int Column)? Cursor
    {
        get
        {
            var place = ((vga.Registers.Crtc(0x0e) << 8) | vga.Registers.Crtc(0x0f)) - Start;
            var visible = (vga.Registers.Crtc(0x0a) & 0x20) == 0 && place >= 0 && place < Rows * Columns;
            return visible ? (place / Columns, place % Columns) : null;
        }
    }

    private int Start => (vga.Registers.Crtc(0x0c) << 8) | vga.Registers.Crtc(0x0d);

    /// <summary>The character and attribute bytes of a cell.</summary>
    public (byte Character, byte Attribute) Cell(int row, int column)
    {
        // CR13 counts words of two characters; in word mode the planes hold a character at every second byte.
        var offset = 2 * (Start + (row * vga.Registers.Crtc(0x13) * 2) + column);
        return (vga.Memory.Plane(0, offset), vga.Memory.Plane(1, offset));
    }

    /// <summary>A row's characters, without what is blank at its end.</summary>
    public string Row(int row)
    {
        var text = new StringBuilder(Columns);
        for (var column = 0; column < Columns; column++)
        {
            text.Append(Decode(Cell(row, column).Character));
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>The rows, a line each.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        for (var row = 0; row < Rows; row++)
        {
            text.Append(Row(row)).Append('\n');
        }

        return text.ToString();
    }

    private static char Decode(byte character) => character switch
    {
        < 0x20 or 0x7f => ' ',
        < 0x7f => (char)character,
        _ => HighCharacters[character - 0x80],
    };
}
