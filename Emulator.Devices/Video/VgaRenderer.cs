namespace Emulator.Devices.Video;

/// <summary>
/// Draws what the adapter shows: the VGA's picture as its registers make it, or a mode of the display interface. An unchanged VGA
/// screen is not drawn again; a frame buffer, which the guest writes as plain memory, is compared row by row.
/// </summary>
internal sealed class VgaRenderer
{
    private readonly record struct Seen(long Registers, long Memory, long Dispi, bool Cursor, bool Blink);

    // The cursor is on for 8 frames of 16, blinking characters for 16 of 32.
    private const int CursorFrames = 8;
    private const int BlinkFrames = 16;

    // Room for what panning moves into the row: a character of double width.
    private const int Slack = 32;

    private readonly VgaRegisters _registers;
    private readonly VideoMemory _video;
    private readonly VgaMemory _memory;
    private readonly BochsDispi _dispi;
    private readonly VgaPalette _palette = new();
    private readonly VgaLines _lines;
    private uint[] _row = [];
    private Seen _seen;
    private long _picture;

    public VgaRenderer(VgaRegisters registers, VideoMemory video, VgaMemory memory, BochsDispi dispi)
    {
        _registers = registers;
        _video = video;
        _memory = memory;
        _dispi = dispi;
        _lines = new VgaLines(registers, video, _palette);
    }

    /// <summary>Draws.</summary>
    /// <param name="frame">Gets the picture.</param>
    /// <param name="retraces">Frames that the beam has drawn so far.</param>
    public void Render(Frame frame, long retraces)
    {
        var isText = !_registers.GraphicsMode && !_dispi.IsEnabled;
        var cursor = isText && (retraces / CursorFrames & 1) == 0;
        var blink = isText && (retraces / BlinkFrames & 1) != 0;
        var seen = new Seen(_registers.Generation, _memory.Generation, _dispi.Generation, cursor, blink);
        if (seen != _seen)
        {
            _seen = seen;
            _picture++;
            _palette.Update(_registers);
        }

        if (!_dispi.IsEnabled && frame.Drawn == (this, _picture))
        {
            return;
        }

        frame.Drawn = (this, _picture);
        if (_dispi.IsEnabled)
        {
            DrawFrameBuffer(frame);
        }
        else
        {
            DrawScan(frame, cursor, blink);
        }
    }

    private static void Fit(Frame frame, int width, int height)
    {
        if (frame.Width != width || frame.Height != height)
        {
            frame.Resize(width, height);
            frame.Version++;
        }
    }

    private static void Show(Frame frame, int y, ReadOnlySpan<uint> row)
    {
        var shown = frame.Row(y);
        if (!row.SequenceEqual(shown))
        {
            row.CopyTo(shown);
            frame.Version++;
        }
    }

    private Span<uint> Row(int width)
    {
        if (_row.Length < width + Slack)
        {
            _row = new uint[width + Slack];
        }

        return _row.AsSpan(0, width);
    }

    private void Blank(Frame frame)
    {
        var row = Row(frame.Width);
        row.Clear();
        for (var y = 0; y < frame.Height; y++)
        {
            Show(frame, y, row);
        }
    }

    private void DrawFrameBuffer(Frame frame)
    {
        Fit(frame, _dispi.Width, _dispi.Height);
        if (_registers.IsBlank)
        {
            Blank(frame);
            return;
        }

        var row = Row(frame.Width);
        var plain = new VgaScan(_registers) { HalfClock = false };
        var length = frame.Width * ((_dispi.Depth + 7) / 8);
        for (var y = 0; y < frame.Height; y++)
        {
            var start = _dispi.Start + (y * _dispi.Pitch);
            if (_dispi.IsLinear)
            {
                LinearLines.Draw(_dispi.Depth, _video.Bytes(start, length), _palette.All, row);
            }
            else
            {
                _lines.LinearPlanar(plain, row, start >> 2);
            }

            Show(frame, y, row);
        }
    }

    private void DrawScan(Frame frame, bool cursor, bool blink)
    {
        var scan = new VgaScan(_registers);
        Fit(frame, scan.Width, scan.Lines);
        if (_registers.IsBlank)
        {
            Blank(frame);
            return;
        }

        _lines.BlinkedOff = blink;
        _lines.CursorCounter = cursor ? CursorCounter() : -1;
        var (start, rowScan, repeated) = (scan.Start, scan.FirstRowScan, false);
        var panning = scan.Panning * (scan.HalfClock ? 2 : 1);
        var (drawnStart, drawnRowScan) = (-1, 0);
        var row = Row(scan.Width + panning);
        for (var y = 0; y < scan.Lines; y++)
        {
            if (start != drawnStart || !scan.SameLine(rowScan, drawnRowScan))
            {
                DrawLine(scan, row, start, rowScan);
                (drawnStart, drawnRowScan) = (start, rowScan);
            }

            Show(frame, y, row[panning..]);
            if (y == scan.LineCompare)
            {
                (start, rowScan, repeated) = (0, 0, false);
                panning = scan.PansTopOnly ? 0 : panning;
                row = Row(scan.Width + panning);
                drawnStart = -1;
            }
            else if (scan.DoubleScan && !repeated)
            {
                repeated = true;
            }
            else if (rowScan == scan.LastRowScan)
            {
                (start, rowScan, repeated) = (start + scan.Pitch, 0, false);
            }
            else
            {
                (rowScan, repeated) = ((rowScan + 1) & 0x1f, false);
            }
        }
    }

    private void DrawLine(in VgaScan scan, Span<uint> row, int start, int rowScan)
    {
        switch (scan.Pixels)
        {
            case VgaPixels.Text:
                _lines.Text(scan, row, start, rowScan);
                break;
            case VgaPixels.Planar:
                _lines.Planar(scan, row, start, rowScan);
                break;
            case VgaPixels.Interleaved:
                _lines.Interleaved(scan, row, start, rowScan);
                break;
            default:
                _lines.Packed(scan, row, start, rowScan);
                break;
        }
    }

    // CRA bit 5 turns the cursor off; CRB bits 6:5 delay it by characters.
    private int CursorCounter() => (_registers.Crtc(0x0a) & 0x20) != 0
        ? -1
        : ((_registers.Crtc(0x0e) << 8) + _registers.Crtc(0x0f) + ((_registers.Crtc(0x0b) >> 5) & 3)) & 0xffff;
}
