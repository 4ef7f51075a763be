namespace Emulator.Host.Display;

/// <summary>One viewer's pointer: positions become the movement that a PS/2 mouse reports; buttons 4 and 5 are the wheel.</summary>
internal sealed class ViewerPointer(IGuestInput guest)
{
    /// <summary>What stands for no movement when the viewer sends movement instead of positions.</summary>
    public const int RelativeOrigin = 0x7fff;

    private const byte Left = 1;
    private const byte Middle = 2;
    private const byte Right = 4;
    private const byte WheelUp = 8;
    private const byte WheelDown = 16;

    private (int X, int Y)? _last;
    private byte _before;

    /// <summary>Whether the viewer sends movement (QEMU's pointer motion change) instead of positions.</summary>
    public bool IsRelative { get; set; }

    /// <summary>An event of RFB (RFC 6143, 7.5.5).</summary>
    public void Event(byte buttons, int x, int y)
    {
        var (dx, dy) = IsRelative ? (x - RelativeOrigin, y - RelativeOrigin) : _last is { } last ? (x - last.X, y - last.Y) : (0, 0);
        _last = (x, y);
        var pressed = buttons & ~_before;
        var dz = ((pressed & WheelDown) != 0 ? 1 : 0) - ((pressed & WheelUp) != 0 ? 1 : 0);
        _before = buttons;
        guest.Mouse(dx, dy, dz, Ps2Buttons(buttons));
    }

    /// <summary>Releases what is held.</summary>
    public void ReleaseAll()
    {
        if (_before != 0)
        {
            _before = 0;
            guest.Mouse(0, 0, 0, 0);
        }
    }

    private static byte Ps2Buttons(byte buttons)
        => (byte)(((buttons & Left) != 0 ? 1 : 0) | ((buttons & Right) != 0 ? 2 : 0) | ((buttons & Middle) != 0 ? 4 : 0));
}
