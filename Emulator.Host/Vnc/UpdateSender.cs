using Emulator.Host.Display;

namespace Emulator.Host.Vnc;

/// <summary>Answers a viewer's requests for updates: waits for changes, encodes them, and waits for the viewer to take them.</summary>
internal sealed class UpdateSender : IDisposable
{
    private const int SendFrom = 64 << 10;
    private const int MostRects = ushort.MaxValue;

    private readonly Stream _stream;
    private readonly DisplayView _view;
    private readonly ViewerKeyboard _keyboard;
    private readonly SemaphoreSlim _requested = new(0);
    private readonly Lock _lock = new();
    private readonly RfbBuffer _output = new();
    private readonly ZrleEncoder _zrle = new();
    private readonly TightEncoder _tight = new();
    private readonly HextileEncoder _hextile = new();
    private readonly RawEncoder _raw = new();
    private readonly Queue<(int Encoding, PixelRect Rect, byte[] Data)> _notes = new();
    private ViewerSettings _settings = new();
    private PixelRect? _region;
    private bool _mapSent;
    private byte _leds = 0xff;

    // What the viewer takes for the picture's size.
    private PixelRect _known;

    /// <summary>Prepares.</summary>
    public UpdateSender(Stream stream, DisplayView view, ViewerKeyboard keyboard)
    {
        _stream = stream;
        _view = view;
        _keyboard = keyboard;
        _known = Whole(view);
    }

    /// <summary>What the viewer has asked for.</summary>
    public ViewerSettings Settings
    {
        get
        {
            lock (_lock)
            {
                return _settings;
            }
        }
    }

    /// <summary>The viewer wants other pixels or encodings; what that starts is told with the next update.</summary>
    public void Change(ViewerSettings settings)
    {
        lock (_lock)
        {
            Announce(settings, ViewerSettings.ExtendedKeyEvent, default, []);
            Announce(settings, ViewerSettings.PointerMotionChange, default, []);
            if (Announces(settings, ViewerSettings.ExtendedDesktopSize))
            {
                NoteSize(reason: 0, status: 0, settings);
            }

            _mapSent &= settings.Pixels.Format == _settings.Pixels.Format;
            _settings = settings;
        }
    }

    /// <summary>The viewer asks for an update.</summary>
    public void Request(bool incremental, PixelRect region)
    {
        lock (_lock)
        {
            if (!incremental)
            {
                _region = _region is { } before ? Union(before, region) : region;
            }

            // Requests that wait are answered together.
            if (_requested.CurrentCount == 0)
            {
                _requested.Release();
            }
        }
    }

    /// <summary>The viewer asks for another size, which it does not get: the guest decides.</summary>
    public void RefuseSize()
    {
        lock (_lock)
        {
            if (_notes.Count < 16)
            {
                NoteSize(reason: 1, status: 1, _settings);
            }
        }
    }

    /// <summary>Answers until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await _requested.WaitAsync(cancellation).ConfigureAwait(false);
            do
            {
                PixelRect? region;
                lock (_lock)
                {
                    (region, _region) = (_region, null);
                }

                await _view.LookAsync(region, cancellation).ConfigureAwait(false);
            }
            while (!HasNews());
            await SendAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _zrle.Dispose();
        _tight.Dispose();
        _requested.Dispose();
    }

    private static PixelRect Whole(DisplayView view) => new(0, 0, view.Picture.Width, view.Picture.Height);

    private static PixelRect Union(PixelRect a, PixelRect b)
    {
        var (left, top) = (Math.Min(a.X, b.X), Math.Min(a.Y, b.Y));
        return new PixelRect(left, top, Math.Max(a.X + a.Width, b.X + b.Width) - left, Math.Max(a.Y + a.Height, b.Y + b.Height) - top);
    }

    private bool HasNews()
    {
        lock (_lock)
        {
            return _view.Changed.Count > 0 || _notes.Count > 0
                || (_settings.Knows(ViewerSettings.LedState) && _leds != _keyboard.Leds);
        }
    }

    private bool Announces(ViewerSettings settings, int encoding) => settings.Knows(encoding) && !_settings.Knows(encoding);

    private void Announce(ViewerSettings settings, int encoding, PixelRect rect, byte[] data)
    {
        if (Announces(settings, encoding))
        {
            _notes.Enqueue((encoding, rect, data));
        }
    }

    private void NoteSize(int reason, int status, ViewerSettings settings)
    {
        if (settings.Knows(ViewerSettings.ExtendedDesktopSize))
        {
            _notes.Enqueue((ViewerSettings.ExtendedDesktopSize, new PixelRect(reason, status, _view.Picture.Width, _view.Picture.Height), Screens()));
        }
    }

    // One screen, number 0, as large as the picture.
    private byte[] Screens()
    {
        var data = new RfbBuffer();
        data.U8(1);
        data.Zeros(3 + 4 + 4);
        data.U16(_view.Picture.Width);
        data.U16(_view.Picture.Height);
        data.U32(0);
        return data.Written.ToArray();
    }

    private async Task SendAsync(CancellationToken cancellation)
    {
        ViewerSettings settings;
        List<PixelRect> rects;
        lock (_lock)
        {
            settings = _settings;
            NoteChanges(settings);
            var encoder = EncoderOf(settings);
            rects = [.. _view.Changed.Select(rect => rect.Within(_known.Width, _known.Height)).Where(rect => rect.Area > 0).SelectMany(encoder.Split)];
            if (rects.Count + _notes.Count > MostRects)
            {
                rects = [.. encoder.Split(_known.Within(_view.Picture.Width, _view.Picture.Height))];
            }

            if (!settings.Pixels.Format.TrueColour && !_mapSent)
            {
                WriteColourMap();
                _mapSent = true;
            }

            _output.U8(0);
            _output.U8(0);
            _output.U16(rects.Count + _notes.Count);
            while (_notes.TryDequeue(out var note))
            {
                WriteHeader(note.Rect, note.Encoding);
                _output.Bytes(note.Data);
            }
        }

        await SendRectsAsync(rects, settings, cancellation).ConfigureAwait(false);
    }

    private async Task SendRectsAsync(List<PixelRect> rects, ViewerSettings settings, CancellationToken cancellation)
    {
        var encoder = EncoderOf(settings);
        foreach (var rect in rects)
        {
            WriteHeader(rect, encoder.Encoding);
            encoder.Encode(_view.Picture, rect, settings.Pixels, _output);
            if (_output.Length >= SendFrom)
            {
                await FlushAsync(cancellation).ConfigureAwait(false);
            }
        }

        await FlushAsync(cancellation).ConfigureAwait(false);
    }

    private async Task FlushAsync(CancellationToken cancellation)
    {
        await _stream.WriteAsync(_output.Written, cancellation).ConfigureAwait(false);
        _output.Clear();
    }

    // A viewer that cannot follow a new size goes on with as much of the picture as its window shows, from the top left.
    private void NoteChanges(ViewerSettings settings)
    {
        if (Whole(_view) != _known && settings.Knows(ViewerSettings.ExtendedDesktopSize))
        {
            _known = Whole(_view);
            NoteSize(reason: 0, status: 0, settings);
        }
        else if (Whole(_view) != _known && settings.Knows(ViewerSettings.DesktopSize))
        {
            _known = Whole(_view);
            _notes.Enqueue((ViewerSettings.DesktopSize, _known, []));
        }

        if (settings.Knows(ViewerSettings.LedState) && _leds != _keyboard.Leds)
        {
            _leds = _keyboard.Leds;
            _notes.Enqueue((ViewerSettings.LedState, default, [_leds]));
        }
    }

    private RectEncoder EncoderOf(ViewerSettings settings) => settings.Best switch
    {
        ZrleEncoder.Number => _zrle,
        TightEncoder.Number => _tight,
        HextileEncoder.Number => _hextile,
        _ => _raw,
    };

    private void WriteHeader(PixelRect rect, int encoding)
    {
        _output.U16(rect.X);
        _output.U16(rect.Y);
        _output.U16(rect.Width);
        _output.U16(rect.Height);
        _output.S32(encoding);
    }

    private void WriteColourMap()
    {
        const int Entries = 256;
        _output.U8(1);
        _output.U8(0);
        _output.U16(0);
        _output.U16(Entries);
        for (var i = 0; i < Entries; i++)
        {
            var (red, green, blue) = PixelFormat.MapColour(i);
            _output.U16(red);
            _output.U16(green);
            _output.U16(blue);
        }
    }
}
