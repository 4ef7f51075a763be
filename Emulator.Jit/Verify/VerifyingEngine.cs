using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Jit.Runtime;

namespace Emulator.Jit.Verify;

/// <summary>
/// Runs both engines over one machine: each run of compiled code is taken back and repeated by the interpreter, whose outcome stands, and the two are compared.
/// The first difference ends the machine with a report.
/// </summary>
/// <remarks>
/// Regions are selected without blocks that cannot be repeated (<see cref="Repeatability"/>), and every exit comes back here; else their code is the same as
/// ever. Not compared: runs whose handler calls touch a device, and REP instructions that attention interrupts.
/// </remarks>
public sealed unsafe class VerifyingEngine(BlockBuilder builder, Translator translator, Action<string> log) : ICpuEngine
{
    // Instructions compared at once, in turn: one block, which shows what cancels out when a loop goes round twice; and enough for loops to go round.
    private static readonly ulong[] Windows = [1, 1000, 100, 1000];

    private readonly Dictionary<Processor, (CodeFetcher Fetcher, LockstepRun Run)> _processors = [];
    private WriteJournal? _journal;
    private int _turn;

    /// <summary>What was done so far.</summary>
    public VerificationCounters Counters { get; } = new();

    /// <inheritdoc/>
    public void Run(Processor processor, ulong retireLimit, bool exact)
    {
        if (!_processors.TryGetValue(processor, out var tools))
        {
            tools = Prepare(processor);
        }

        var (fetcher, run) = tools;
        var s = processor.State;
        translator.Publish();
        s->RetireLimit = retireLimit;
        while (InterpreterEngine.TryNext(processor, fetcher, exact, out var block))
        {
            if (block != null)
            {
                Enter(processor, block, run);
                s->RetireLimit = retireLimit;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        log($"verify: {Counters}");
        translator.Dispose();
        _journal?.Dispose();
        foreach (var (fetcher, run) in _processors.Values)
        {
            fetcher.Dispose();
            run.Dispose();
        }
    }

    private (CodeFetcher Fetcher, LockstepRun Run) Prepare(Processor processor)
    {
        _journal ??= new WriteJournal(processor.Wiring.Memory, processor.Wiring.Blocks);
        var fetcher = new CodeFetcher(processor, builder);
        var tools = (fetcher, new LockstepRun(processor, fetcher, _journal, Counters));
        _processors.Add(processor, tools);
        return tools;
    }

    private void Enter(Processor processor, Block* block, LockstepRun run)
    {
        var s = processor.State;
        if (s->Exit == ExitReason.Interpret)
        {
            s->Exit = ExitReason.NextBlock;
            RunPlain(s, block);
            return;
        }

        if (block->Countdown > 1)
        {
            block->Countdown--;
        }
        else
        {
            block->Countdown = uint.MaxValue;
            translator.OnHot(processor, block);
        }

        if (PlainExecution.IsCompiled(block))
        {
            Check(s, block, run);
        }
        else
        {
            RunPlain(s, block);
        }
    }

    private static void RunPlain(CpuState* s, Block* block)
    {
        PlainExecution.Run(s, block, stopsAtCompiled: true);
        if (s->Exit == ExitReason.Fault)
        {
            InterruptDelivery.DeliverPending(s);
        }
    }

    private void Check(CpuState* s, Block* block, LockstepRun run)
    {
        var region = translator.RegionAt(block);
        var limit = s->RetireLimit;
        run.Begin();
        if (!run.TryRunCompiled(Math.Min(Windows[_turn = (_turn + 1) % Windows.Length], limit - s->Retired)))
        {
            // The next entry goes by the block's own handlers.
            Counters.NotChecked++;
            s->Exit = ExitReason.Interpret;
            return;
        }

        run.RunInterpreter();
        if (!run.IsEqual())
        {
            throw new DifferenceReport(s, run, _journal!, translator, region).ToException();
        }

        Counters.Checked++;
        Counters.Instructions += s->Retired - run.Before->Retired;
        s->Exit = run.Compiled->Exit;
        if (s->PendingVector != Fault.None)
        {
            InterruptDelivery.DeliverPending(s);
        }
    }
}
