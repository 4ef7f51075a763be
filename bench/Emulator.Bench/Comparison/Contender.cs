using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Machine;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;
using Emulator.Workloads;
using Emulator.Workloads.Machine;

namespace Emulator.Bench.Comparison;

/// <summary>One strategy at one workload.</summary>
internal sealed class Contender : IDisposable
{
    // Warm-up ends when this many rounds are within the spread of each other, but not before the shortest time and not after the longest.
    private const int SteadyRounds = 8;
    private const double SteadySpread = 1.15;
    private const double ShortestWarmUp = 500;
    private const double LongestWarmUp = 5000;

    // A round at the steady speed: so far above the median, two in a row.
    private const double SteadyTolerance = 1.25;
    private const double SampleMilliseconds = 40;

    private readonly ITranslationStrategy _strategy;
    private readonly Workload _workload;
    private readonly ulong _expected;
    private readonly List<double> _samples = [];
    private double[] _warmUp = [];
    private WorkloadRun _run;

    /// <summary>Builds the machine.</summary>
    public Contender(ITranslationStrategy strategy, Workload workload)
    {
        _strategy = strategy;
        _workload = workload;
        _expected = workload.Reference(workload.RoundUnits);
        _run = new WorkloadRun(workload, CreateEngine);
    }

    private ICpuEngine CreateEngine(CpuModel model, BlockCache blocks) => EngineFactory.Create(_strategy, new JitOptions(), model, blocks);

    /// <summary>
    /// Runs to steady state twice: first so that the emulator's own code is compiled as well as it ever will be, then on a new machine, whose
    /// way there is the figure.
    /// </summary>
    public void WarmUp()
    {
        RunUntilSteady();
        _run.Dispose();
        _run = new WorkloadRun(_workload, CreateEngine);
        _warmUp = RunUntilSteady();
    }

    /// <summary>Takes one sample: rounds for some tens of milliseconds.</summary>
    public void Sample()
    {
        var rounds = 0;
        var time = BusyTime.Start();
        double passed;
        do
        {
            _run.ExecuteChecked(_workload.RoundUnits, _expected);
            rounds++;
            passed = time.Milliseconds;
        }
        while (passed < SampleMilliseconds);
        _samples.Add(passed / rounds);
    }

    /// <summary>The figures of all samples.</summary>
    public Figure Measure()
    {
        var before = _run.Retired;
        _run.ExecuteChecked(_workload.RoundUnits, _expected);
        var instructions = (double)(_run.Retired - before) / _workload.RoundUnits;
        var steady = Statistics.Median(_samples);
        return new Figure(steady * 1e6 / _workload.RoundUnits, TimeToSteady(steady), instructions);
    }

    /// <inheritdoc/>
    public void Dispose() => _run.Dispose();

    private double TimeToSteady(double steady)
    {
        var sum = 0.0;
        for (var i = 0; i < _warmUp.Length; i++)
        {
            if (_warmUp[i] < steady * SteadyTolerance && (i + 1 == _warmUp.Length || _warmUp[i + 1] < steady * SteadyTolerance))
            {
                return sum;
            }

            sum += _warmUp[i];
        }

        return sum;
    }

    // Milliseconds of each round.
    private double[] RunUntilSteady()
    {
        var rounds = new List<double>();
        var sum = 0.0;
        while (sum < LongestWarmUp && (sum < ShortestWarmUp || !IsSteady(rounds)))
        {
            var time = BusyTime.Start();
            _run.ExecuteChecked(_workload.RoundUnits, _expected);
            rounds.Add(time.Milliseconds);
            sum += rounds[^1];
        }

        return [.. rounds];
    }

    private static bool IsSteady(List<double> rounds)
    {
        var recent = rounds.TakeLast(SteadyRounds).ToArray();
        return recent.Length == SteadyRounds && recent.Max() < recent.Min() * SteadySpread;
    }
}
