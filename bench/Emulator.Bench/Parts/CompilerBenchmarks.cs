using BenchmarkDotNet.Attributes;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Jit.Analysis;
using Emulator.Jit.Emit;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;
using Emulator.Workloads;
using Emulator.Workloads.Machine;

namespace Emulator.Bench.Parts;

/// <summary>
/// What compiling a region costs, part by part: the region is the largest that the region strategy plans in a workload, and its number of instructions is
/// printed.
/// </summary>
public unsafe class CompilerBenchmarks
{
    private const int WarmUpShare = 2;

    private readonly EmitterTable _emitters = new(new InstructionTable());
    private readonly Meanings _meanings = new();
    private readonly RegisterUse _use = new();
    private readonly RegionDecoder _decoder = new(CpuModels.Max);
    private readonly RegionCompiler _compiler;
    private WorkloadRun _run = null!;
    private RegionPlan _plan = null!;
    private bool[] _exits = [];

    /// <summary>The benchmarks.</summary>
    public CompilerBenchmarks() => _compiler = new RegionCompiler(CpuModels.Max, _emitters, _meanings, "region");

    /// <summary>The workloads whose code is compiled: integers with a table, calls, and vectors.</summary>
    public static IEnumerable<string> Workloads => ["crc32", "quicksort", "mandelbrot"];

    /// <summary>The workload.</summary>
    [ParamsSource(nameof(Workloads))]
    public string Workload { get; set; } = "";

    /// <summary>Runs the workload until its blocks are hot, and plans.</summary>
    [GlobalSetup]
    public void Plan()
    {
        var recorder = new PlanRecorder();
        var workload = WorkloadCatalog.All.Single(candidate => candidate.Name == Workload);
        _run = new WorkloadRun(workload, (model, blocks) =>
        {
            blocks.HotThreshold = recorder.Strategy.Threshold!.Value;
            return new InterpreterEngine(new BlockBuilder(new InstructionTable(), model, _ => { }), recorder);
        });
        _run.Execute(Math.Max(1, workload.RoundUnits / WarmUpShare));
        _plan = recorder.Largest ?? throw new InvalidOperationException($"nothing of {Workload} became hot");
        _decoder.TryDecode(_plan);
        _exits = new bool[_plan.Blocks.Max(block => block.Count)];
        Console.WriteLine($"// {Workload}: {_plan.Blocks.Count} blocks, {_plan.InstructionCount} instructions");
    }

    /// <summary>Disposes of the machine.</summary>
    [GlobalCleanup]
    public void Free() => _run.Dispose();

    /// <summary>Iced decodes the bytes again.</summary>
    [Benchmark]
    public bool Decode() => _decoder.TryDecode(_plan);

    /// <summary>Which flags are needed.</summary>
    [Benchmark]
    public int AnalyseFlags()
    {
        var sum = 0;
        foreach (var block in _plan.Blocks)
        {
            sum += FlagNeeds.After(block.Instructions, _exits.AsSpan(0, block.Count)).Length;
        }

        return sum;
    }

    /// <summary>Which registers are used.</summary>
    [Benchmark]
    public uint AnalyseRegisters()
    {
        uint sum = 0;
        foreach (var block in _plan.Blocks)
        {
            foreach (var instruction in block.Instructions)
            {
                sum |= _use.Of(instruction).Used | _use.VectorsOf(instruction).Used;
            }
        }

        return sum;
    }

    /// <summary>The CIL, with what it needs of analysis.</summary>
    [Benchmark]
    public int Emit()
    {
        var region = _compiler.Emit(_plan, listing: null);
        region.Release();
        return region.CilSize;
    }

    /// <summary>Everything: decode, analyse, emit, and RyuJIT.</summary>
    [Benchmark]
    public nint Compile()
    {
        var region = _compiler.Compile(_plan, withListing: false)!;
        var code = region.Code;
        region.Release();
        return code;
    }

    // Makes plans as the translator does, and compiles none.
    private sealed class PlanRecorder : ITranslator
    {
        public ITranslationStrategy Strategy { get; } = new RegionStrategy();

        public RegionPlan? Largest { get; private set; }

        public void OnHot(Processor processor, Block* block)
        {
            var selection = new RegionSelector(processor, block, Strategy.Limits);
            if (!selection.CanStart)
            {
                return;
            }

            Strategy.Select(selection);
            selection.Close();
            var plan = selection.ToPlan();
            if (plan.InstructionCount > (Largest?.InstructionCount ?? 0))
            {
                Largest = plan;
            }
        }

        public void Publish()
        {
        }

        public void Dispose()
        {
        }
    }
}
