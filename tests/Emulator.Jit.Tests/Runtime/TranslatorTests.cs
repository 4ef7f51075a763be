using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;
using Emulator.Jit.Tests.Exactness;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Runtime;

/// <summary>The life of regions: asked for, compiled elsewhere, put in place, dropped.</summary>
public sealed unsafe class TranslatorTests
{
    private const uint Threshold = 10;
    private const int Functions = 40;
    private const int FunctionSize = 64;
    private const int FirstFunction = TestLayout.Code + 0x800;

    private Translator _translator = null!;

    [Fact]
    public void Region_OnceCompiled_IsPutInPlaceBeforeTheNextRun()
    {
        using var machine = Create(threads: 1);
        machine.Load(HotLoop.Mixed);
        machine.RunTo(400);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                machine.RunTo(machine.State->Retired + 1);
                return _translator.Counters.Installed > 0;
            },
            TimeSpan.FromSeconds(30)));
        Assert.Equal(0, _translator.Counters.Outdated);
    }

    [Fact]
    public void Region_WhoseCodeChangedMeanwhile_IsNotPutInPlace()
    {
        using var machine = Create(threads: 1);
        machine.Load(a =>
        {
            var loop = a.CreateLabel();
            a.Label(ref loop);
            a.add(rax, 3);
            a.jmp(loop);
        });
        var limit = 0ul;
        while (_translator.Counters.Requested == 0)
        {
            // One round: a block that does not fit is not entered.
            machine.RunTo(limit += 2);
        }

        // The immediate; nothing has run since the plan was made.
        machine.Memory.Write(TestLayout.Code + 3, [9]);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _translator.Counters.Compiled) == 1, TimeSpan.FromSeconds(30)));
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                _translator.Publish();
                return _translator.Counters.Outdated == 1;
            },
            TimeSpan.FromSeconds(30)));
        Assert.Equal(0, _translator.Counters.Installed);
    }

    [Fact]
    public void Write_ToOneBlockOfARegion_DropsTheRegionAlone()
    {
        using var machine = Create(threads: 0);
        LoadFunctions(machine);
        machine.RunTo(20_000);
        var installed = _translator.Counters.Installed;
        Assert.True(installed > 1);
        machine.Memory.Write(FirstFunction + 1, [0x55]);
        Assert.InRange(_translator.Counters.Invalidated, 1, installed - 1);
    }

    [Fact]
    public void Flush_OfAllBlocks_DropsEveryRegion()
    {
        using var machine = Create(threads: 0);
        LoadFunctions(machine);
        machine.RunTo(20_000);
        var inUse = _translator.Counters.Installed - _translator.Counters.Invalidated;
        machine.Blocks.Flush();
        Assert.Equal(inUse, _translator.Counters.Invalidated);
        machine.RunTo(40_000);
        Assert.True(_translator.Counters.Installed > inUse);
    }

    [Fact]
    public void Queue_OfACompilerThatIsBusy_StaysShort()
    {
        using var machine = Create(threads: 1);
        LoadFunctions(machine);
        machine.RunTo(3000);
        var c = _translator.Counters;

        // Four wait and one is being compiled; what is done and not yet put in place counts too.
        Assert.InRange(c.Requested - c.Compiled, 0, 5);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                machine.RunTo(machine.State->Retired + 5000);
                return c.Installed >= Functions;
            },
            TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Dispose_WhileRegionsAreCompiled_EndsTheThreads()
    {
        for (var i = 0; i < 5; i++)
        {
            using var machine = Create(threads: 2);
            LoadFunctions(machine);
            machine.RunTo(2000 + (ulong)(500 * i));
        }

        Assert.Equal(0, _translator.Counters.Outdated);
    }

    [Fact]
    public void Guard_AfterItsPageMoved_LeavesTheEntryToTheInterpreter()
    {
        const int second = TestLayout.Code + 0x1000;
        using var machine = Create(threads: 0);
        machine.Load(a =>
        {
            a.inc(rcx);
            a.jmp((ulong)second);
        });
        machine.Place(second, a =>
        {
            a.add(r8, 1);
            a.jmp((ulong)TestLayout.Code);
        });
        machine.RunTo(1000);
        Assert.NotEqual(0, _translator.Counters.Installed);
        machine.Ram[second - TestLayout.Code + TestLayout.CodeCopy + 3] = 3;
        var before = machine.State->R8;
        machine.Memory.Write((ulong)TestLayout.EntryOf(64, TestLayout.Tables, second), (ulong)(second - TestLayout.Code + TestLayout.CodeCopy + 3));
        machine.Processor.Mmu.FlushPage(second);
        machine.RunTo(1400);
        Assert.Equal(before + 300, machine.State->R8);
    }

    private TestMachine Create(int threads) => new(64, (model, blocks) => CreateEngine(threads, model, blocks));

    private ICpuEngine CreateEngine(int threads, CpuModel model, BlockCache blocks)
    {
        _translator = new Translator(new RegionStrategy(), new JitOptions { Threshold = Threshold, Threads = threads }, model, new InstructionTable(), blocks);
        return new InterpreterEngine(new BlockBuilder(new InstructionTable(), model, _ => { }), _translator);
    }

    // A loop that calls many functions through a register, so that each is a region of its own.
    private static void LoadFunctions(TestMachine machine)
    {
        machine.Load(a =>
        {
            var loop = a.CreateLabel();
            var next = a.CreateLabel();
            a.Label(ref loop);
            a.mov(esi, FirstFunction);
            a.mov(edi, Functions);
            a.Label(ref next);
            a.call(rsi);
            a.add(esi, FunctionSize);
            a.dec(edi);
            a.jne(next);
            a.jmp(loop);
        });
        for (var i = 0; i < Functions; i++)
        {
            var number = i;
            machine.Place(FirstFunction + (i * FunctionSize), a =>
            {
                a.mov(eax, number);
                a.add(rcx, rax);
                a.rol(rcx, 7);
                a.ret();
            });
        }
    }
}
