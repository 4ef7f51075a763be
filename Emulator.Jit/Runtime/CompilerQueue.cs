using Emulator.Jit.Regions;

namespace Emulator.Jit.Runtime;

/// <summary>Plans on their way to the threads that compile them. The threads start with the first plan: a guest starts without.</summary>
/// <param name="count">How many threads.</param>
/// <param name="newCompiler">Makes a thread's compiler, when it has something to compile.</param>
/// <param name="compile">Compiles a plan, on one of the threads.</param>
internal sealed class CompilerQueue(int count, Func<RegionCompiler> newCompiler, Action<RegionCompiler, RegionPlan> compile) : IDisposable
{
    private readonly Queue<RegionPlan> _plans = [];
    private readonly Thread?[] _threads = new Thread?[count];
    private int _busy;
    private bool _isClosed;

    /// <summary>Plans that no thread has taken yet.</summary>
    public int Count
    {
        get
        {
            lock (_plans)
            {
                return _plans.Count;
            }
        }
    }

    /// <summary>Adds a plan. Machine's thread only.</summary>
    public void Add(RegionPlan plan)
    {
        lock (_plans)
        {
            _plans.Enqueue(plan);
            Monitor.Pulse(_plans);
        }

        for (var i = 0; i < _threads.Length && _threads[i] is null; i++)
        {
            _threads[i] = new Thread(Work) { IsBackground = true, Name = $"translator {i}" };
            _threads[i]!.Start();
        }
    }

    /// <summary>Waits for the plans that are being compiled, and drops the others: nobody looks at their blocks any more. Machine's thread only.</summary>
    public void Clear()
    {
        lock (_plans)
        {
            _plans.Clear();
            while (_busy > 0)
            {
                Monitor.Wait(_plans);
            }
        }
    }

    /// <summary>Waits for the plans that are being compiled; the others are dropped.</summary>
    public void Dispose()
    {
        lock (_plans)
        {
            _isClosed = true;
            Monitor.PulseAll(_plans);
        }

        foreach (var thread in _threads)
        {
            thread?.Join();
        }
    }

    private void Work()
    {
        RegionCompiler? compiler = null;
        while (Take() is { } plan)
        {
            compile(compiler ??= newCompiler(), plan);
            Finish();
        }
    }

    private RegionPlan? Take()
    {
        lock (_plans)
        {
            while (_plans.Count == 0 && !_isClosed)
            {
                Monitor.Wait(_plans);
            }

            if (_isClosed)
            {
                return null;
            }

            _busy++;
            return _plans.Dequeue();
        }
    }

    private void Finish()
    {
        lock (_plans)
        {
            _busy--;
            Monitor.PulseAll(_plans);
        }
    }
}
