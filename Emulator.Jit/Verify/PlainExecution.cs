using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Interpreter;

namespace Emulator.Jit.Verify;

/// <summary>Runs blocks by the handlers that decoding bound, even where compiled code stands in place of the first. Faults stay pending.</summary>
internal static unsafe class PlainExecution
{
    /// <summary>Runs the block at RIP and what it goes on to; where compiled code would go on, it stops if that is wanted.</summary>
    public static void Run(CpuState* s, Block* block, bool stopsAtCompiled)
    {
        s->Retired += block->Count;
        s->BlockRip = s->Rip;
        var op = Block.Ops(block);
        op = (block->FirstHandler != null && !block->IsStale ? block->FirstHandler : op->Handler)(s, op);
        while (op != null)
        {
            var handler = op->Handler;
            if (op->Number == 0 && BlockOf(op) is var next && IsCompiled(next))
            {
                if (stopsAtCompiled)
                {
                    TakeBackEntry(s, next);
                    return;
                }

                handler = next->FirstHandler;
            }

            op = handler(s, op);
        }
    }

    /// <summary>Runs compiled code from a block's entry until it leaves, and what is left of an instruction's block where it only ran a handler.</summary>
    public static void RunCompiled(CpuState* s, Block* block)
    {
        s->Retired += block->Count;
        s->BlockRip = s->Rip;
        var op = Block.Ops(block);
        op = op->Handler(s, op);
        while (op != null)
        {
            if (op->Number == 0)
            {
                TakeBackEntry(s, BlockOf(op));
                return;
            }

            op = op->Handler(s, op);
        }
    }

    /// <summary>
    /// Runs until exactly so many instructions are retired, or one faults; <paramref name="goesOn"/> starts the next one too, which is expected to fault.
    /// Attention is not heeded.
    /// </summary>
    public static void RunExactly(CpuState* s, CodeFetcher fetcher, ulong target, bool goesOn)
    {
        while (s->Retired < target)
        {
            var block = fetcher.Fetch();
            if (block != null && s->Retired + block->Count > target)
            {
                block = fetcher.FetchSingle(builds: false);
            }

            if (block == null || !TryRun(s, block))
            {
                return;
            }
        }

        if (goesOn)
        {
            var block = fetcher.FetchSingle(builds: false);
            if (block != null)
            {
                // The limit does not stop a block that is entered by hand.
                TryRun(s, block);
            }
        }
    }

    /// <summary>Whether compiled code stands in place of a block's first handler.</summary>
    public static bool IsCompiled(Block* block)
        => !block->IsStale && block->FirstHandler != null && (nint)Block.Ops(block)->Handler != (nint)block->FirstHandler;

    private static bool TryRun(CpuState* s, Block* block)
    {
        if (block->Countdown == 0)
        {
            // It is told to be hot when it is entered next.
            block->Countdown = 1;
        }

        Run(s, block, stopsAtCompiled: false);
        return s->Exit != ExitReason.Fault;
    }

    private static Block* BlockOf(Op* first) => (Block*)first - 1;

    private static void TakeBackEntry(CpuState* s, Block* block)
    {
        s->Rip = s->BlockRip;
        s->Retired -= block->Count;
        s->Exit = ExitReason.NextBlock;
    }
}
