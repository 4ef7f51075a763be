using Emulator.Devices.Input;
using Emulator.Devices.Video;
using Emulator.Host.Display;

namespace Emulator.Host.Tests.Vnc;

/// <summary>A display whose picture a test paints, and whose work "on the machine's thread" runs at once.</summary>
internal sealed class PaintedDisplay : IDisplaySource
{
    private readonly Lock _lock = new();
    private readonly Frame _picture = new();

    public PaintedDisplay(int width, int height)
    {
        Resize(width, height);
        Hub = new DisplayHub(this, action => action());
    }

    public DisplayHub Hub { get; }

    public void Resize(int width, int height)
    {
        lock (_lock)
        {
            _picture.Resize(width, height);
            Array.Clear(_picture.Pixels);
        }
    }

    public void Paint(int x, int y, int width, int height, Func<int, int, uint> colour)
    {
        lock (_lock)
        {
            for (var row = y; row < y + height; row++)
            {
                for (var column = x; column < x + width; column++)
                {
                    _picture.Pixels[(row * _picture.Width) + column] = colour(column, row);
                }
            }
        }
    }

    public void Render(Frame frame)
    {
        lock (_lock)
        {
            frame.Resize(_picture.Width, _picture.Height);
            _picture.Pixels.AsSpan(0, _picture.Width * _picture.Height).CopyTo(frame.Pixels);
        }
    }

    public uint[] Pixels()
    {
        lock (_lock)
        {
            return _picture.Pixels[..(_picture.Width * _picture.Height)];
        }
    }
}

/// <summary>Keeps what viewers do to the guest's keyboard and mouse.</summary>
internal sealed class RecordedInput : IGuestInput
{
    private readonly List<string> _events = [];

    public byte Leds { get; set; }

    public IReadOnlyList<string> Events
    {
        get
        {
            lock (_events)
            {
                return [.. _events];
            }
        }
    }

    public void Key(PcKey key, bool pressed) => Add((pressed ? "+" : "-") + key);

    public void Mouse(int dx, int dy, int dz, byte buttons) => Add($"{dx},{dy},{dz} {buttons}");

    public void Wait(int milliseconds) => Add($"wait {milliseconds}");

    /// <summary>Waits until there are that many events.</summary>
    public async Task<IReadOnlyList<string>> WaitForAsync(int count)
    {
        for (var i = 0; i < 1000 && Events.Count < count; i++)
        {
            await Task.Delay(10);
        }

        return Events;
    }

    private void Add(string item)
    {
        lock (_events)
        {
            _events.Add(item);
        }
    }
}
