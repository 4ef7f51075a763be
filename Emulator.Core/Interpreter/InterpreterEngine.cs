using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Machine;

namespace Emulator.Core.Interpreter;

/// <summary>
/// Runs predecoded blocks by calling one handler after the other. A translator may put compiled code in the place of a block's first handler:
/// then this is the dispatcher of that code, and runs what is not compiled.
/// </summary>
public sealed unsafe class InterpreterEngine(BlockBuilder builder, ITranslator? translator = null) : ICpuEngine
{
    private readonly Dictionary<Processor, CodeFetcher> _fetchers = [];
    private readonly long[] _exits = new long[(int)ExitReason.Interrupted + 1];

    /// <summary>The tier above; null when everything is interpreted.</summary>
    public ITranslator? Translator => translator;

    /// <summary>Times that blocks came back to the dispatcher, by <see cref="ExitReason"/>.</summary>
    public IReadOnlyList<long> Exits => _exits;

    /// <inheritdoc/>
    public void Run(Processor processor, ulong retireLimit, bool exact)
    {
        if (!_fetchers.TryGetValue(processor, out var fetcher))
        {
            fetcher = new CodeFetcher(processor, builder);
            _fetchers.Add(processor, fetcher);
        }

        var s = processor.State;
        s->RetireLimit = retireLimit;
        var entering = processor.Wiring.Observers.Entering;
        translator?.Publish();
        while (TryNext(processor, fetcher, exact, out var block))
        {
            if (block != null)
            {
                EnterBlock(processor, block, entering);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        translator?.Dispose();
        foreach (var fetcher in _fetchers.Values)
        {
            fetcher.Dispose();
        }
    }

    /// <summary>
    /// Looks for the block to enter next, within <see cref="CpuState.RetireLimit"/>; null when something else was to be done first, and was. False hands the thread
    /// back to the machine.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryNext(Processor processor, CodeFetcher fetcher, bool exact, out Block* block)
    {
        block = null;
        var s = processor.State;
        if (s->Retired >= s->RetireLimit)
        {
            return false;
        }

        if ((s->Attention | (int)s->Shadow | (int)s->Activity) != 0)
        {
            return RunBoundary(processor, fetcher);
        }

        block = fetcher.Fetch();
        if (block == null)
        {
            InterruptDelivery.DeliverPending(s);
            return true;
        }

        if (s->Retired + block->Count <= s->RetireLimit)
        {
            return true;
        }

        block = null;
        if (exact)
        {
            RunSingle(s, fetcher, builds: false);
        }

        return exact;
    }

    private void EnterBlock(Processor processor, Block* block, BlockEvent? entering)
    {
        var s = processor.State;
        entering?.Invoke(processor, block);
        var first = Block.Ops(block)->Handler;
        if (s->Exit == ExitReason.Interpret)
        {
            s->Exit = ExitReason.NextBlock;
            first = block->FirstHandler;
        }
        else if (block->Countdown > 1)
        {
            block->Countdown--;
        }
        else
        {
            block->Countdown = uint.MaxValue;
            translator?.OnHot(processor, block);
            first = Block.Ops(block)->Handler;
        }

        RunBlock(s, block, first);
        _exits[(int)s->Exit]++;
    }

    // Between instructions with something to look at; false hands the thread back to the machine.
    private static bool RunBoundary(Processor processor, CodeFetcher fetcher)
    {
        var s = processor.State;
        if ((s->Attention & (int)AttentionReasons.Machine) != 0)
        {
            Interlocked.And(ref s->Attention, ~(int)AttentionReasons.Machine);
            return false;
        }

        if ((s->Attention & (int)AttentionReasons.Interrupt) != 0 || s->Activity != ActivityState.Active)
        {
            if (!processor.ServiceSignals())
            {
                return false;
            }

            if (s->PendingVector != Fault.None)
            {
                InterruptDelivery.DeliverPending(s);
            }
        }

        if (s->Shadow != InterruptShadow.None || (s->Attention & (int)AttentionReasons.Step) != 0)
        {
            DebugTraps.Step(s, fetcher);
        }

        return true;
    }

    // Returns the instruction that ran; null when it, or its fetch, faulted and the fault has been delivered.
    internal static Op* RunSingle(CpuState* s, CodeFetcher fetcher, bool builds)
    {
        var block = fetcher.FetchSingle(builds);
        if (block == null)
        {
            InterruptDelivery.DeliverPending(s);
            return null;
        }

        RunBlock(s, block, Block.Ops(block)->Handler);
        return s->Exit == ExitReason.Fault ? null : Block.Ops(block);
    }

    // The block's count was checked against the limit by the caller.
    private static void RunBlock(CpuState* s, Block* block, delegate*<CpuState*, Op*, Op*> first)
    {
        s->Retired += block->Count;
        s->BlockRip = s->Rip;
        var op = first(s, Block.Ops(block));
        while (op != null)
        {
            op = op->Handler(s, op);
        }

        if (s->Exit == ExitReason.Fault)
        {
            InterruptDelivery.DeliverPending(s);
        }
    }
}
