using System.Runtime.InteropServices;
using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.FloatingPoint;
using Emulator.Core.Instructions;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;

namespace Emulator.Core.Tests.X87;

/// <summary>A processor in real mode that executes single instructions; DS:BX points to a memory operand.</summary>
internal sealed unsafe class X87Machine : IMachineControl, IDisposable
{
    public const int Operand = 0x2000;
    private const int Code = 0x1000;

    private readonly GuestRam _ram = new(1 << 20);
    private readonly BlockCache _blocks;
    private readonly BlockBuilder _builder;
    private readonly Block* _block;
    private readonly List<string> _unsupported = [];

    public X87Machine()
    {
        var memory = new MemoryMap(_ram);
        memory.MapRam("ram", 0, 0, 1 << 20);
        _blocks = new BlockCache(memory);
        var model = CpuModels.Max;
        Processor = new Processor(0, model, new ProcessorWiring(memory, new IoPortBus(), new HostClock(), _blocks, this, GuestLog.Silent()));
        _builder = new BlockBuilder(new InstructionTable(), model, _unsupported.Add);
        _block = (Block*)NativeMemory.AlignedAlloc((nuint)(sizeof(Block) + (BlockBuilder.MaxOps * sizeof(Op))), 64);
        State->Rbx = Operand;
        State->X87.ControlWord = 0x037F;
        State->X87.TagWord = 0xFFFF;
    }

    public Processor Processor { get; }

    public CpuState* State => Processor.State;

    public ref X87State X87 => ref State->X87;

    public Span<byte> Memory => new(_ram.Pointer + Operand, 128);

    /// <summary>Executes one instruction; null, or the vector of the exception that it raised.</summary>
    public Vector? Execute(params ReadOnlySpan<byte> code)
    {
        State->PendingVector = Fault.None;
        State->Rip = Code;
        State->BlockRip = Code;
        code.CopyTo(new Span<byte>(_ram.Pointer + Code, 16));
        *_block = default;
        _builder.TryBuild(_block, _ram.Pointer + Code, 16, Code, State->Mode, 1);
        Assert.Empty(_unsupported);
        Op* op = Block.Ops(_block);
        op->Handler(State, op);
        return State->PendingVector == Fault.None ? null : (Vector)State->PendingVector;
    }

    /// <summary>Sets CR0 bits beside ET.</summary>
    public void SetCr0(ulong bits)
    {
        State->Cr0 = Cr0.ET | bits;
        ModeTracker.Update(State);
    }

    /// <summary>Empties the stack and pushes values, so that the last one is ST(0).</summary>
    public void SetStack(params ReadOnlySpan<Float80> values)
    {
        X87.TagWord = 0xFFFF;
        X87.StatusWord = 0;
        foreach (Float80 value in values)
        {
            Instructions.X87.X87Stack.PushUnchecked(ref X87, value);
        }
    }

    public Float80 St(int i) => Instructions.X87.X87Stack.St(ref X87, i);

    public void RequestReset(string cause)
    {
    }

    public void RequestPowerOff(int exitStatus)
    {
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_block);
        Processor.Dispose();
        _blocks.Dispose();
        _ram.Dispose();
    }
}
