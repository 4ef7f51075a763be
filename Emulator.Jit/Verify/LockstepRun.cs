using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Interpreter;
using Emulator.Core.Memory;

namespace Emulator.Jit.Verify;

/// <summary>
/// The same instructions of one processor twice from the same state: compiled code first, as a trial that is taken back, then the interpreter.
/// </summary>
internal sealed unsafe class LockstepRun : IDisposable
{
    // Each one opens a page or fills the TLB; a region that needs more is compared in parts.
    private const int MostRehearsals = 64;

    private static readonly int AttentionOffset = (int)Marshal.OffsetOf<CpuState>(nameof(CpuState.Attention));

    private readonly Processor _processor;
    private readonly CpuState* _state;
    private readonly CodeFetcher _fetcher;
    private readonly WriteJournal _journal;
    private readonly VerificationCounters _counters;
    private readonly CpuState* _states;
    private long _marks;

    /// <summary>For one processor.</summary>
    public LockstepRun(Processor processor, CodeFetcher fetcher, WriteJournal journal, VerificationCounters counters)
    {
        _processor = processor;
        _state = processor.State;
        _fetcher = fetcher;
        _journal = journal;
        _counters = counters;
        _states = (CpuState*)NativeMemory.AlignedAlloc((nuint)(2 * sizeof(CpuState)), 64);
    }

    /// <summary>The state at the beginning.</summary>
    public CpuState* Before => _states;

    /// <summary>What compiled code made of it.</summary>
    public CpuState* Compiled => _states + 1;

    /// <summary>Notes where the run begins.</summary>
    public void Begin()
    {
        _journal.Begin();
        *Before = *_state;
        _marks = _processor.Mmu.Walker.Marks;
    }

    /// <summary>
    /// Runs the compiled code at RIP for at most so many instructions and takes it back; false when there is none any more, or it cannot be compared.
    /// </summary>
    public bool TryRunCompiled(ulong most)
    {
        var reached = ulong.MaxValue;
        for (var round = 0; ; round++)
        {
            var block = _fetcher.Fetch();
            if (block == null || !PlainExecution.IsCompiled(block))
            {
                TakeBack();
                return false;
            }

            _state->RetireLimit = Math.Max(Before->Retired + most, Before->Retired + block->Count);
            BeginTrial();
            PlainExecution.RunCompiled(_state, block);
            _journal.IsTrial = false;
            if (_journal.HasHeldBack || _state->Exit == ExitReason.Interrupted)
            {
                TakeBack();
                return false;
            }

            if (_state->Exit != ExitReason.Interpret || _state->Retired == reached || round == MostRehearsals)
            {
                *Compiled = *_state;
                _journal.KeepTrial();
                TakeBack();
                return true;
            }

            reached = _state->Retired;
            Rehearse(reached + 1);
        }
    }

    /// <summary>Runs the interpreter as far as compiled code went.</summary>
    public void RunInterpreter()
    {
        var target = Compiled->Retired;
        _state->RetireLimit = target;
        PlainExecution.RunExactly(_state, _fetcher, target, goesOn: Compiled->PendingVector != Fault.None);
    }

    /// <summary>Whether both came to the same.</summary>
    public bool IsEqual()
    {
        // Both are looked at, as the journal notes which pages were written.
        var isMemoryEqual = _journal.IsAsTrialLeftIt();
        return StateComparison.AreEqual(_state, Compiled) && isMemoryEqual;
    }

    /// <summary>Like <see cref="RunInterpreter"/>, as a trial; whether both came to the same is the answer, and all is taken back.</summary>
    public bool RehearsesEqual()
    {
        BeginTrial();
        RunInterpreter();
        _journal.IsTrial = false;
        var equal = IsEqual();
        TakeBack();
        return equal;
    }

    /// <summary>Puts state and RAM back to what they were at the beginning.</summary>
    public void TakeBack()
    {
        _journal.Restore();
        var rest = AttentionOffset + sizeof(int);
        Unsafe.CopyBlock(_state, Before, (uint)AttentionOffset);
        Unsafe.CopyBlock((byte*)_state + rest, (byte*)Before + rest, (uint)(sizeof(CpuState) - rest));
        if (_processor.Mmu.Walker.Marks != _marks)
        {
            // The TLB knows accessed and dirty bits that are not set any more.
            _marks = _processor.Mmu.Walker.Marks;
            _processor.Mmu.FlushAll();
        }

        // The generation of code may have ended meanwhile, and a trap flag have been seen.
        _processor.Mmu.UpdateJumpKey();
        ModeTracker.UpdateStep(_state);
    }

    /// <inheritdoc/>
    public void Dispose() => NativeMemory.AlignedFree(_states);

    // The interpreter meets what stopped compiled code: it opens the page that is written, or fills the TLB.
    private void Rehearse(ulong target)
    {
        _counters.Rehearsals++;
        TakeBack();
        _state->RetireLimit = target;
        BeginTrial();
        PlainExecution.RunExactly(_state, _fetcher, target, goesOn: false);
        _journal.IsTrial = false;
        TakeBack();
    }

    private void BeginTrial()
    {
        _journal.IsTrial = true;
        _journal.HasHeldBack = false;
    }
}
