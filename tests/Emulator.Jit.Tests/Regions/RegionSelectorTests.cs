using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Jit.Regions;
using Emulator.Jit.Tests.Exactness;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Jit.Tests.Regions;

/// <summary>What can be collected into a region from decoded blocks.</summary>
public sealed unsafe class RegionSelectorTests : IDisposable
{
    private const int SecondPage = TestLayout.Code + 0x1000;
    private const int Function = TestLayout.Code + 0x100;
    private const uint Threshold = 1000;

    private readonly RegionLimits _wide = new(16, 200);
    private readonly TestMachine _machine = new(64, (model, blocks) =>
    {
        blocks.HotThreshold = Threshold;
        return new InterpreterEngine(new BlockBuilder(new InstructionTable(), model, _ => { }));
    });

    [Fact]
    public void EndingOf_EachKindOfBlock_IsTold()
    {
        Run(EmitLoop);
        var selection = Select(_wide);
        Assert.Equal(BlockGraph.Ending.Call, RegionSelector.EndingOf(selection.Blocks[0]));
        var function = selection.AddTaken(selection.Blocks[0], 1);
        var after = selection.AddNext(selection.Blocks[0], 1);
        Assert.Equal(BlockGraph.Ending.Return, RegionSelector.EndingOf(function!));
        Assert.Equal(BlockGraph.Ending.Conditional, RegionSelector.EndingOf(after!));
        var last = selection.AddNext(after!, 1);
        Assert.Equal(BlockGraph.Ending.Jump, RegionSelector.EndingOf(last!));
    }

    [Fact]
    public void Loop_ThatLeadsBackToTheEntry_IsClosed()
    {
        Run(EmitLoop);
        var selection = Select(_wide);
        var after = selection.AddNext(selection.Blocks[0], 1)!;
        var last = selection.AddNext(after, 1)!;
        selection.Close();
        Assert.Same(selection.Blocks[0], after.Taken);
        Assert.Same(selection.Blocks[0], last.Taken);
        Assert.Null(selection.Blocks[0].Taken);
        Assert.Equal(3, selection.ToPlan().Blocks.Count);
    }

    [Fact]
    public void HotterWay_OfAConditionalBranch_IsTheOneEnteredMoreOften()
    {
        Run(EmitLoop);
        var selection = Select(_wide);
        var after = selection.AddNext(selection.Blocks[0], 1)!;
        Assert.Same(selection.Blocks[0], selection.AddHotterWay(after, 1));
    }

    [Fact]
    public void Block_ColderThanAskedFor_StaysOut()
    {
        Run(EmitLoop);
        var selection = Select(_wide);
        var heat = selection.HeatOf(selection.AddTaken(selection.Blocks[0], 1)!);
        Assert.InRange(heat, 30u, 60u);
        Assert.Null(Select(_wide) is var other ? other.AddTaken(other.Blocks[0], heat + 1) : null);
    }

    [Theory]
    [InlineData(1, 200)]
    [InlineData(16, 3)]
    public void Block_BeyondTheLimits_StaysOut(int blocks, int instructions)
    {
        Run(EmitLoop);
        var selection = Select(new RegionLimits(blocks, instructions));
        Assert.Null(selection.AddNext(selection.Blocks[0], 1));
        Assert.Single(selection.Blocks);
    }

    [Fact]
    public void Block_OnAnotherPage_IsRememberedWithItsPlace()
    {
        _machine.Place(SecondPage, a => a.jmp((ulong)TestLayout.Code));
        Run(a => a.jmp((ulong)SecondPage));
        var selection = Select(_wide);
        Assert.NotNull(selection.AddTaken(selection.Blocks[0], 1));
        var (distance, host) = Assert.Single(selection.ToPlan().OtherPages);
        Assert.Equal(0x1000, distance);
        Assert.Equal((nint)_machine.Memory.RamPage(SecondPage), host);
    }

    [Fact]
    public void Block_OnAPageThatTheTlbDoesNotKnow_StaysOut()
    {
        _machine.Place(SecondPage, a => a.jmp((ulong)TestLayout.Code));
        Run(a => a.jmp((ulong)SecondPage));
        _machine.Processor.Mmu.FlushAll();
        var selection = Select(_wide);
        Assert.Null(selection.AddTaken(selection.Blocks[0], 1));
    }

    [Fact]
    public void Block_AcrossTwoPages_CannotStartARegion()
    {
        _machine.Place(SecondPage - 1, a =>
        {
            a.mov(rax, rcx);
            a.jmp((ulong)(SecondPage - 1));
        });
        Run(a => a.jmp((ulong)(SecondPage - 1)));
        Assert.False(new RegionSelector(_machine.Processor, Find(SecondPage - 1), _wide).CanStart);
    }

    public void Dispose() => _machine.Dispose();

    // 50 rounds or so; nearly always the conditional branch closes the loop.
    private static void EmitLoop(Assembler a)
    {
        var loop = a.CreateLabel();
        a.Label(ref loop);
        a.inc(rcx);
        a.call((ulong)Function);
        a.test(cl, 15);
        a.jne(loop);
        a.jmp(loop);
    }

    private void Run(Action<Assembler> program)
    {
        _machine.Place(Function, a =>
        {
            a.nop();
            a.ret();
        });
        _machine.Load(program);
        _machine.RunTo(300);
        _machine.State->Rip = TestLayout.Code;
    }

    private RegionSelector Select(RegionLimits limits) => new(_machine.Processor, Find(TestLayout.Code), limits);

    private Block* Find(int address) => _machine.Blocks.Find(_machine.Memory.RamPage((ulong)(address & ~0xfff)) + (address & 0xfff), _machine.State->Mode);
}
