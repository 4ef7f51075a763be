namespace Emulator.Devices.Video;

/// <summary>
/// Where the beam is at a time: the dot clock of the miscellaneous output register and the totals of the CRT controller (IBM VGA
/// Technical Reference, "CRT controller registers"). Times are in nanoseconds.
/// </summary>
internal readonly struct VgaBeam
{
    private const double Clock640 = 25.175e6;
    private const double Clock720 = 28.322e6;
    private const double NanosecondsPerSecond = 1e9;
    private const int VerticalRetraceLines = 0x0f;

    private readonly long _line;
    private readonly long _visible;
    private readonly int _lines;
    private readonly int _visibleLines;
    private readonly int _retraceStart;
    private readonly int _retraceLines;

    /// <summary>Reads the registers.</summary>
    public VgaBeam(VgaRegisters registers)
    {
        var overflow = registers.Crtc(0x07);
        var dots = ((registers.Sequencer(1) & 1) != 0 ? 8 : 9) * ((registers.Sequencer(1) & 8) != 0 ? 2 : 1);
        var character = dots * NanosecondsPerSecond / ((registers.MiscellaneousOutput & 0x0c) == 0x04 ? Clock720 : Clock640);
        _line = (long)((registers.Crtc(0x00) + 5) * character);
        _visible = (long)((registers.Crtc(0x01) + 1) * character);
        _lines = (registers.Crtc(0x06) | ((overflow & 0x01) << 8) | ((overflow & 0x20) << 4)) + 2;
        _visibleLines = (registers.Crtc(0x12) | ((overflow & 0x02) << 7) | ((overflow & 0x40) << 3)) + 1;
        _retraceStart = registers.Crtc(0x10) | ((overflow & 0x04) << 6) | ((overflow & 0x80) << 2);

        // CR11 holds the low bits of the line at which retrace ends.
        _retraceLines = (registers.Crtc(0x11) - _retraceStart) & VerticalRetraceLines;
    }

    /// <summary>A frame's time.</summary>
    public long Frame => _line * _lines;

    /// <summary>Whether the beam shows nothing: input status 1 bit 0.</summary>
    public bool IsBlank(long now) => LineAt(now) >= _visibleLines || now % _line >= _visible;

    /// <summary>Whether it returns to the top: input status 1 bit 3.</summary>
    public bool IsRetrace(long now) => LineAt(now) - _retraceStart is var line && line >= 0 && line < _retraceLines;

    private long LineAt(long now) => now % Frame / _line;
}
