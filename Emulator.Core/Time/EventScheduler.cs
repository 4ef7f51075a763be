using System.Collections.Concurrent;

namespace Emulator.Core.Time;

/// <summary>
/// Owns time: devices ask for callbacks at a virtual time. Callbacks run on the machine's thread, between instructions,
/// in order of due time (ties: in order of arming). Other threads hand work over with <see cref="Post"/>.
/// </summary>
public sealed class EventScheduler(VirtualClock clock)
{
    private readonly List<ScheduledEvent> _armed = [];
    private readonly ConcurrentQueue<Action> _posted = new();
    private long _sequence;

    /// <summary>The machine's clock.</summary>
    public VirtualClock Clock => clock;

    /// <summary>Virtual time in nanoseconds.</summary>
    public long Now => clock.Now;

    /// <summary>The earliest due time of an armed event; <see cref="long.MaxValue"/> when none is armed.</summary>
    public long NextDue { get; private set; } = long.MaxValue;

    /// <summary>Called, on any thread, whenever the machine should look at the scheduler sooner than it planned.</summary>
    public Action? Wake { get; set; }

    /// <summary>Whether work was posted that has not run yet.</summary>
    public bool HasPosted => !_posted.IsEmpty;

    /// <summary>The names of the armed events in the order of arming, which decides between events of one time.</summary>
    public IReadOnlyList<string> ArmedInOrder => [.. _armed.OrderBy(item => item.Sequence).Select(item => item.Name)];

    /// <summary>Makes an event; it is not armed.</summary>
    public ScheduledEvent Create(string name, Action callback) => new(this, name, callback);

    /// <summary>Hands <paramref name="action"/> to the machine's thread. Callable on any thread; never blocks.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        Wake?.Invoke();
    }

    /// <summary>Runs posted work and every event that is due. On the machine's thread only.</summary>
    public void RunDue()
    {
        while (_posted.TryDequeue(out var action))
        {
            action();
        }

        var now = clock.Now;
        while (NextDue <= now)
        {
            var next = Earliest()!;
            Remove(next);
            next.Callback();
        }
    }

    /// <summary>
    /// Gives the armed events the order of <see cref="ArmedInOrder"/> that a snapshot has; those that it does not name come behind.
    /// </summary>
    public void Reorder(IReadOnlyList<string> names)
    {
        var rest = _armed.OrderBy(item => item.Sequence).ToList();
        foreach (var name in names)
        {
            if (rest.FindIndex(item => item.Name == name) is var found and >= 0)
            {
                rest[found].Sequence = _sequence++;
                rest.RemoveAt(found);
            }
        }

        rest.ForEach(item => item.Sequence = _sequence++);
    }

    internal void Arm(ScheduledEvent item, long due)
    {
        if (!item.IsArmed)
        {
            _armed.Add(item);
            item.IsArmed = true;
        }

        item.Due = due;
        item.Sequence = _sequence++;
        Refresh();
        if (NextDue == due)
        {
            Wake?.Invoke();
        }
    }

    internal void Remove(ScheduledEvent item)
    {
        if (item.IsArmed)
        {
            item.IsArmed = false;
            _armed.Remove(item);
            Refresh();
        }
    }

    private void Refresh() => NextDue = Earliest()?.Due ?? long.MaxValue;

    private ScheduledEvent? Earliest()
    {
        ScheduledEvent? first = null;
        foreach (var item in _armed)
        {
            if (first is null || item.Due < first.Due || (item.Due == first.Due && item.Sequence < first.Sequence))
            {
                first = item;
            }
        }

        return first;
    }
}

/// <summary>A callback that a device arms at a virtual time; at most one due time at once.</summary>
public sealed class ScheduledEvent
{
    private readonly EventScheduler _scheduler;

    internal ScheduledEvent(EventScheduler scheduler, string name, Action callback)
    {
        _scheduler = scheduler;
        Name = name;
        Callback = callback;
    }

    /// <summary>The name shown by the monitor.</summary>
    public string Name { get; }

    /// <summary>Whether the event waits for its time.</summary>
    public bool IsArmed { get; internal set; }

    /// <summary>The virtual time in nanoseconds at which it runs; meaningful while armed.</summary>
    public long Due { get; internal set; }

    internal Action Callback { get; }

    internal long Sequence { get; set; }

    /// <summary>Arms (or re-arms) the event. A time in the past runs it at the next instruction boundary.</summary>
    public void Arm(long due) => _scheduler.Arm(this, due);

    /// <summary>Disarms the event; nothing happens if it is not armed.</summary>
    public void Cancel() => _scheduler.Remove(this);
}
