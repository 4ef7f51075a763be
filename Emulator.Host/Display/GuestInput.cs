using Emulator.Core.Time;
using Emulator.Devices.Input;

namespace Emulator.Host.Display;

/// <summary>The guest's keyboard and mouse, as those who look at its screen reach them. Any thread; never waits.</summary>
public interface IGuestInput
{
    /// <summary>The keyboard's lights: bit 0 Scroll Lock, 1 Num Lock, 2 Caps Lock.</summary>
    byte Leds { get; }

    /// <summary>A key goes down or up.</summary>
    void Key(PcKey key, bool pressed);

    /// <summary>The mouse moves (y grows downwards), its wheel turns (towards the user is positive), its buttons are as given.</summary>
    void Mouse(int dx, int dy, int dz, byte buttons);

    /// <summary>Lets time pass between what was given before and what comes after.</summary>
    void Wait(int milliseconds);
}

/// <summary>
/// Brings keys and movement to the keyboard controller, on the machine's thread and one after the other, so that a burst fits the
/// keyboard's small buffer. Bounded: who sends more than a guest takes loses it, releases last; movement is added up.
/// </summary>
public sealed class GuestInput : IGuestInput
{
    private const int Capacity = 1024;
    private const int ReleaseCapacity = Capacity + 256;
    private const int Patience = 500;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly Lock _lock = new();
    private readonly List<InputEvent> _waiting = [];
    private readonly EventScheduler _scheduler;
    private readonly I8042 _controller;
    private readonly ScheduledEvent _next;
    private int _posted;
    private int _waited;

    /// <summary>Joins the controller.</summary>
    public GuestInput(EventScheduler scheduler, I8042 controller)
    {
        _scheduler = scheduler;
        _controller = controller;
        _next = scheduler.Create("user input", Deliver);
    }

    /// <inheritdoc/>
    public byte Leds => _controller.Keyboard.Leds;

    /// <inheritdoc/>
    public void Key(PcKey key, bool pressed) => Add(new InputEvent(key, pressed, 0, 0, 0, 0, 1));

    /// <inheritdoc/>
    public void Mouse(int dx, int dy, int dz, byte buttons) => Add(new InputEvent(PcKey.None, false, dx, dy, dz, buttons, 1));

    /// <inheritdoc/>
    public void Wait(int milliseconds) => Add(new InputEvent(PcKey.Pause, false, 0, 0, 0, 0, Math.Clamp(milliseconds, 1, 60_000)));

    private void Add(InputEvent item)
    {
        lock (_lock)
        {
            if (item.Key == PcKey.None && _waiting.Count > 0 && _waiting[^1] is { Key: PcKey.None } last && last.Buttons == item.Buttons)
            {
                _waiting[^1] = last with { Dx = Sum(last.Dx, item.Dx), Dy = Sum(last.Dy, item.Dy), Dz = Sum(last.Dz, item.Dz) };
            }
            else if (_waiting.Count < (item.IsRelease ? ReleaseCapacity : Capacity))
            {
                _waiting.Add(item);
            }
        }

        // One posted delivery at a time: a flood of events does not grow the scheduler's queue.
        if (Interlocked.Exchange(ref _posted, 1) == 0)
        {
            _scheduler.Post(Begin);
        }
    }

    private static int Sum(int a, int b) => (int)Math.Clamp((long)a + b, -0x10000, 0x10000);

    private void Begin()
    {
        Interlocked.Exchange(ref _posted, 0);
        if (!_next.IsArmed)
        {
            Deliver();
        }
    }

    // A guest that is behind gets time to read; one that does not read at all gets its overrun.
    private void Deliver()
    {
        if (_controller.Keyboard.IsBehind && _waited++ < Patience)
        {
            _next.Arm(_scheduler.Now + NanosecondsPerMillisecond);
            return;
        }

        _waited = 0;
        InputEvent item;
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                return;
            }

            item = _waiting[0];
            _waiting.RemoveAt(0);
        }

        if (item.Key == PcKey.None)
        {
            // The mouse's own y grows upwards.
            _controller.MouseMove(item.Dx, -item.Dy, item.Dz, item.Buttons);
        }
        else
        {
            // The release of Pause sends nothing: a pause in the other sense of the word.
            _controller.KeyboardKey(item.Key, item.Pressed);
        }

        _next.Arm(_scheduler.Now + (item.Milliseconds * NanosecondsPerMillisecond));
    }

    private readonly record struct InputEvent(PcKey Key, bool Pressed, int Dx, int Dy, int Dz, byte Buttons, int Milliseconds)
    {
        public bool IsRelease => Key is not (PcKey.None or PcKey.Pause) && !Pressed;
    }
}
