using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Emulator.Core.Time;

namespace Emulator.Core.Machine;

/// <summary>How a machine ended.</summary>
/// <param name="ExitStatus">The process exit status it asks for.</param>
/// <param name="Cause">What ended it, for people.</param>
public sealed record MachineEnd(int ExitStatus, string Cause);

/// <summary>
/// A machine: memory, ports, time, processors, devices, and the one thread that runs them. Processors take turns (round robin). Whoever
/// assembles it adds devices, then calls <see cref="Run"/> on the thread that is to be the machine's.
/// </summary>
public sealed class VirtualMachine : IMachineControl, IDisposable
{
    // How long a processor runs before the clock is looked at: the timers' worst lateness.
    private const long SliceNanoseconds = 50_000;

    // The same in instructions, found by measuring: at most what plain code does in that time, few where each one reads a device.
    private const ulong LongestSlice = 20_000;
    private const ulong ShortestSlice = 250;
    private const long NanosecondsPerMillisecond = 1_000_000;

    private readonly List<IDevice> _devices = [];
    private readonly List<Processor> _processors = [];
    private readonly ManualResetEventSlim _wake = new();
    private ulong _slice = LongestSlice;
    private string? _resetCause;
    private MachineEnd? _end;
    private volatile bool _paused;
    private bool _toldPaused;

    /// <summary>An empty machine.</summary>
    public VirtualMachine(GuestRam ram, VirtualClock clock, GuestLog log, Func<VirtualMachine, ICpuEngine> engine)
    {
        Ram = ram;
        Memory = new MemoryMap(ram);
        Clock = clock;
        Log = log;
        Scheduler = new EventScheduler(clock) { Wake = WakeUp };
        Blocks = new BlockCache(Memory);
        Engine = engine(this);
    }

    /// <summary>Guest RAM.</summary>
    public GuestRam Ram { get; }

    /// <summary>The physical address space.</summary>
    public MemoryMap Memory { get; }

    /// <summary>The I/O ports.</summary>
    public IoPortBus Ports { get; } = new();

    /// <summary>Virtual time.</summary>
    public VirtualClock Clock { get; }

    /// <summary>Who calls devices back, and when.</summary>
    public EventScheduler Scheduler { get; }

    /// <summary>Decoded code.</summary>
    public BlockCache Blocks { get; }

    /// <summary>What runs its processors.</summary>
    public ICpuEngine Engine { get; }

    /// <summary>Who looks on while it runs.</summary>
    public ExecutionObservers Observers { get; } = new();

    /// <summary>What the machine says about its guest.</summary>
    public GuestLog Log { get; }

    /// <summary>The processors; the first is the bootstrap processor.</summary>
    public IReadOnlyList<Processor> Processors => _processors;

    /// <summary>The devices, in the order in which they reset, save and load.</summary>
    public IReadOnlyList<IDevice> Devices => _devices;

    /// <summary>The processor whose turn it is: the one that device accesses come from.</summary>
    public Processor? Current { get; private set; }

    /// <summary>Whether the machine is stopped.</summary>
    public bool IsPaused => _paused;

    /// <summary>Called after every reset of processors and devices, to load what the machine starts from. Null: the reset vector.</summary>
    public Action? LoadBootState { get; set; }

    /// <summary>When set, a reset ends the machine with status 0 (<c>-no-reboot</c>).</summary>
    public bool EndOnReset { get; set; }

    /// <summary>
    /// Called, on the machine's thread, with what has happened to the machine, and the cause where there is one: <c>STOP</c>, <c>RESUME</c>,
    /// <c>RESET</c>; whoever does more to it says so here too.
    /// </summary>
    public Action<string, string>? Happened { get; set; }

    /// <summary>Adds a processor.</summary>
    public Processor AddProcessor(CpuModel model)
    {
        var processor = new Processor(_processors.Count, model, new ProcessorWiring(Memory, Ports, Clock, Blocks, this, Log) { Observers = Observers });
        _processors.Add(processor);
        return processor;
    }

    /// <summary>Adds a device.</summary>
    public T AddDevice<T>(T device)
        where T : IDevice
    {
        _devices.Add(device);
        return device;
    }

    /// <inheritdoc/>
    public void RequestReset(string cause)
    {
        _resetCause ??= cause;
        WakeUp();
    }

    /// <inheritdoc/>
    public void RequestPowerOff(int exitStatus) => End(new MachineEnd(exitStatus, "the guest powered the machine off"));

    /// <summary>Ends the machine at the next instruction boundary. Callable on any thread.</summary>
    public void End(MachineEnd end)
    {
        Interlocked.CompareExchange(ref _end, end, null);
        WakeUp();
    }

    /// <summary>Stops the machine and its time at the next instruction boundary. Callable on any thread.</summary>
    public void Pause()
    {
        _paused = true;
        WakeUp();
    }

    /// <summary>Lets a stopped machine go on. Callable on any thread.</summary>
    public void Continue()
    {
        _paused = false;
        WakeUp();
    }

    /// <summary>Resets processors and devices and loads the boot state. On the machine's thread.</summary>
    public void Reset()
    {
        foreach (var processor in _processors)
        {
            processor.Reset();
        }

        foreach (var device in _devices)
        {
            device.Reset();
        }

        LoadBootState?.Invoke();
    }

    /// <summary>Runs the machine on this thread until it ends.</summary>
    public MachineEnd Run()
    {
        while (true)
        {
            Scheduler.RunDue();
            if (_end is { } end)
            {
                return end;
            }

            if (_resetCause is { } cause)
            {
                _resetCause = null;
                if (EndOnReset)
                {
                    return new MachineEnd(0, $"the guest reset the machine ({cause})");
                }

                Reset();
                Happened?.Invoke("RESET", cause);
            }

            TellPause();
            if (_paused)
            {
                Clock.Pause();
                WaitForWake(Timeout.Infinite);
                Clock.Resume();
            }
            else if (!RunProcessors())
            {
                Idle();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Engine.Dispose();
        foreach (var processor in _processors)
        {
            processor.Dispose();
        }

        foreach (var device in _devices.OfType<IDisposable>())
        {
            device.Dispose();
        }

        Blocks.Dispose();
        Ram.Dispose();
        _wake.Dispose();
    }

    // Gives each processor its turn; false when all of them wait.
    private unsafe bool RunProcessors()
    {
        var ran = false;
        foreach (var processor in _processors)
        {
            if (processor.HasWork)
            {
                ran = true;
                Current = processor;
                var start = Clock.Now;
                Engine.Run(processor, processor.State->Retired + _slice, exact: false);
                AdaptSlice(Clock.Now - start);
            }
        }

        return ran;
    }

    private void AdaptSlice(long nanoseconds)
    {
        if (nanoseconds > 2 * SliceNanoseconds)
        {
            _slice = Math.Max(_slice / 2, ShortestSlice);
        }
        else if (nanoseconds < SliceNanoseconds)
        {
            _slice = Math.Min(_slice * 2, LongestSlice);
        }
    }

    // Every processor waits: so do we, until the next event or a wake-up.
    private void Idle()
    {
        var due = Scheduler.NextDue;
        if (!Clock.FollowsHost)
        {
            if (due != long.MaxValue)
            {
                Clock.Set(due);
                return;
            }

            WaitForWake(Timeout.Infinite);
            return;
        }

        if (due == long.MaxValue)
        {
            WaitForWake(Timeout.Infinite);
            return;
        }

        // The host's timed waits are good to a millisecond or so: wait for the bulk, then watch the clock.
        var remaining = due - Clock.Now;
        if (remaining > 2 * NanosecondsPerMillisecond)
        {
            WaitForWake((int)Math.Min((remaining / NanosecondsPerMillisecond) - 1, int.MaxValue));
        }
        else if (remaining > 0)
        {
            Thread.Yield();
        }
    }

    /// <summary>Tells at once that the machine was stopped or goes on, where that is still to be told. On the machine's thread.</summary>
    public void TellPause()
    {
        if (_paused != _toldPaused)
        {
            _toldPaused = _paused;
            Happened?.Invoke(_toldPaused ? "STOP" : "RESUME", "");
        }
    }

    private void WaitForWake(int milliseconds)
    {
        _wake.Wait(milliseconds);
        _wake.Reset();
    }

    private void WakeUp()
    {
        foreach (var processor in _processors)
        {
            processor.RequestAttention(AttentionReasons.Machine);
        }

        _wake.Set();
    }
}
