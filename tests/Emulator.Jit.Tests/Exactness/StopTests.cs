using Emulator.Core.Cpu;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>Compiled loops stop where they are told to, and take interrupts and traps where the interpreter does.</summary>
public sealed unsafe class StopTests
{
    public static TheoryData<string> Strategies => EnginePair.Strategies;

    [Theory]
    [MemberData(nameof(Strategies))]
    public void RetireLimit_AtEachInstructionOfACompiledLoop_IsExact(string strategy)
    {
        using var pair = new EnginePair(strategy, HotLoop.Mixed);
        pair.Run(HotLoop.WarmUp);
        Assert.NotEqual(0, pair.Counters.Installed);
        for (var distance = 1ul; distance < 60; distance++)
        {
            pair.Run(distance);
        }

        pair.Step(60);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Interrupt_AtEachInstructionOfACompiledLoop_IsDeliveredThere(string strategy)
    {
        using var pair = new EnginePair(strategy, HotLoop.Mixed);
        pair.Run(HotLoop.WarmUp);
        for (var i = 0; i < 40; i++)
        {
            pair.Run(61);
            pair.Both(machine => machine.Interrupt());
            pair.Step(2);
        }

        pair.Run(61);
        Assert.Equal(40, pair.Actual.Read<int>(TestLayout.Counters + (32 * 4)));
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Interrupt_MaskedInACompiledLoop_WaitsForSti(string strategy)
    {
        using var pair = new EnginePair(strategy, a =>
        {
            var loop = a.CreateLabel();
            a.Label(ref loop);
            a.cli();
            a.inc(rax);
            a.inc(rcx);
            a.sti();
            a.inc(rdx);
            a.jmp(loop);
        });
        pair.Run(HotLoop.WarmUp);
        for (var i = 0; i < 12; i++)
        {
            pair.Run(7);
            pair.Both(machine => machine.Interrupt());
            pair.Step(8);
        }
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void TrapFlag_SetInACompiledLoop_TrapsAfterEachInstruction(string strategy)
    {
        using var pair = new EnginePair(strategy, HotLoop.Mixed);
        pair.Run(HotLoop.WarmUp);
        pair.Both(machine =>
        {
            machine.State->SystemFlags |= Rflags.TF;
            ModeTracker.Update(machine.State);
        });
        pair.Step(200);
        Assert.Equal(4, pair.Actual.Read<int>(TestLayout.Counters + 4));
        pair.Run(HotLoop.WarmUp);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void TrapFlag_SetByTheCompiledLoopItself_TrapsAsInTheInterpreter(string strategy)
    {
        using var pair = new EnginePair(strategy, a =>
        {
            var loop = a.CreateLabel();
            a.Label(ref loop);
            a.inc(rax);
            a.pushfq();
            a.mov(ecx, eax);
            a.and(ecx, 0x100);
            a.or(__qword_ptr[rsp], rcx);
            a.popfq();
            a.add(rdx, rax);
            a.jmp(loop);
        });
        pair.Run(4000);
        Assert.NotEqual(0, pair.Actual.Read<int>(TestLayout.Counters + 4));
        Assert.NotEqual(0, pair.Counters.Installed);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void ExecuteBreakpoint_SetOnACompiledLoop_IsHitEachTime(string strategy)
    {
        using var pair = new EnginePair(strategy, HotLoop.Mixed);
        pair.Run(HotLoop.WarmUp);
        var inLoop = pair.Expected.State->Rip;
        pair.Both(machine =>
        {
            machine.State->Dr[2] = inLoop;
            machine.State->Dr[7] = 0x410;
            ModeTracker.Update(machine.State);
        });
        pair.Step(150);
        Assert.Equal(4, pair.Actual.Read<int>(TestLayout.Counters + 4));
        Assert.Equal(0ul, pair.Actual.State->Dr[7] & 0xff);
    }

    [Theory]
    [MemberData(nameof(Strategies))]
    public void Watchpoint_OnDataOfACompiledLoop_TrapsAfterTheWrite(string strategy)
    {
        using var pair = new EnginePair(strategy, HotLoop.Mixed);
        pair.Run(HotLoop.WarmUp);
        pair.Both(machine =>
        {
            machine.State->Dr[0] = HotLoop.Cell + 4;
            machine.State->Dr[7] = 0x400 | 2 | (0xd << 16);
            machine.Processor.Mmu.FlushAll();
            ModeTracker.Update(machine.State);
        });
        pair.Step(150);
        Assert.Equal(4, pair.Actual.Read<int>(TestLayout.Counters + 4));
        pair.Run(HotLoop.WarmUp);
    }

    // A loop that writes nothing: a poll that RyuJIT takes for invariant would be made once.
    [Theory]
    [MemberData(nameof(Strategies))]
    public void Attention_WhileAnEndlessLoopRuns_EndsTheRun(string strategy)
    {
        using var pair = new EnginePair(strategy, a =>
        {
            var loop = a.CreateLabel();
            a.Label(ref loop);
            a.jmp(loop);
        });
        pair.Run(HotLoop.WarmUp);
        var processor = pair.Actual.Processor;
        using var timer = new Timer(_ => processor.RequestAttention(AttentionReasons.Machine), null, 50, Timeout.Infinite);
        pair.Actual.RunOnce(ulong.MaxValue >> 1);
        Assert.Equal((ulong)TestLayout.Code, pair.Actual.State->Rip);
        var retired = pair.Actual.State->Retired;
        pair.Expected.State->Retired = retired;
        pair.Run(10);
    }
}
