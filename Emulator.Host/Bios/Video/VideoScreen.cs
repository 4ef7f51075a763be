namespace Emulator.Host.Bios.Video;

/// <summary>
/// What the services of INT 10h share during one call: the BIOS data area's view of the screen, the VGA's ports, the caller's memory.
/// </summary>
internal sealed class VideoScreen(BiosCall call, VgaPorts vga)
{
    private const int Pages = 8;

    /// <summary>The caller.</summary>
    public BiosCall Call => call;

    /// <summary>The VGA.</summary>
    public VgaPorts Vga => vga;

    /// <summary>Memory.</summary>
    public BiosMemory Memory => call.Memory;

    /// <summary>The mode; null while a VBE mode is set.</summary>
    public VideoMode? Mode => VideoMode.Of((byte)(Memory.Read8(BiosData.VideoMode) & 0x7f));

    /// <summary>Characters in a row.</summary>
    public int Columns => Math.Clamp((int)Memory.Read16(BiosData.Columns), 1, 255);

    /// <summary>Character rows.</summary>
    public int Rows => Memory.Read8(BiosData.Rows) + 1;

    /// <summary>Scan lines of a character.</summary>
    public int Height => Math.Clamp((int)Memory.Read16(BiosData.CharacterHeight), 1, 32);

    /// <summary>Bytes of a page.</summary>
    public int PageLength => Memory.Read16(BiosData.PageLength);

    /// <summary>The page shown.</summary>
    public byte ActivePage => Memory.Read8(BiosData.ActivePage);

    /// <summary>The cursor's place on a page.</summary>
    public (byte Row, byte Column) Cursor(int page)
    {
        var value = Memory.Read16(BiosData.Cursors + (2u * (uint)(page % Pages)));
        return ((byte)(value >> 8), (byte)value);
    }

    /// <summary>Moves the cursor; the VGA's follows on the page shown.</summary>
    public void SetCursor(int page, int row, int column)
    {
        Memory.Write(BiosData.Cursors + (2u * (uint)(page % Pages)), (ushort)((row << 8) | (column & 0xff)));
        if (page == ActivePage)
        {
            ShowCursor(row, column);
        }
    }

    /// <summary>The address of a cell of a text page.</summary>
    public uint Cell(VideoMode mode, int page, int row, int column)
        => mode.Base + (uint)((page * PageLength) + (2 * ((row * Columns) + column)));

    private void ShowCursor(int row, int column)
    {
        var place = (Memory.Read16(BiosData.PageStart) / 2) + (row * Columns) + column;
        vga.Crtc(0x0e, place >> 8);
        vga.Crtc(0x0f, place);
    }
}
