using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Iced.Intel;

namespace Emulator.Core.Tests.Sse;

/// <summary>A processor without paging that executes single instructions in real or 64-bit mode; RBX points to a memory operand.</summary>
internal sealed unsafe class VectorMachine : IMachineControl, IDisposable
{
    public const int Operand = 0x2000;
    private const int Code = 0x1000;

    private readonly GuestRam _ram = new(1 << 20);
    private readonly BlockCache _blocks;
    private readonly BlockBuilder _builder;
    private readonly Block* _block;
    private readonly List<string> _unsupported = [];

    public VectorMachine()
    {
        var memory = new MemoryMap(_ram);
        memory.MapRam("ram", 0, 0, 1 << 20);
        _blocks = new BlockCache(memory);
        var model = CpuModels.Max;
        Processor = new Processor(0, model, new ProcessorWiring(memory, new IoPortBus(), new HostClock(), _blocks, this, GuestLog.Silent()));
        _builder = new BlockBuilder(new InstructionTable(), model, _unsupported.Add);
        _block = (Block*)NativeMemory.AlignedAlloc((nuint)(sizeof(Block) + (BlockBuilder.MaxOps * sizeof(Op))), 64);
        State->Rbx = Operand;
        Enter64BitMode();
    }

    public Processor Processor { get; }

    public CpuState* State => Processor.State;

    public Span<byte> Memory => new(_ram.Pointer + Operand, 4096);

    /// <summary>64-bit mode with SSE and AVX enabled.</summary>
    public void Enter64BitMode()
    {
        State->Efer = Efer.LME | Efer.LMA;
        State->Cs.Attributes = SegmentCache.Present | SegmentCache.CodeOrData | SegmentCache.Executable | SegmentCache.ReadWrite | SegmentCache.Long;
        State->Cs.Base = 0;
        State->Xcr0 = 7;
        SetControl(Cr0.ET | Cr0.PE | Cr0.NE, Cr4.OSFXSR | Cr4.OSXMMEXCPT | Cr4.OSXSAVE);
    }

    /// <summary>Real mode with SSE enabled and XCR0 as it was.</summary>
    public void EnterRealMode()
    {
        State->Efer = 0;
        State->Cs.Attributes = SegmentCache.RealModeData | SegmentCache.Executable;
        State->Cs.Base = 0;
        SetControl(Cr0.ET, Cr4.OSFXSR | Cr4.OSXSAVE);
    }

    public void SetControl(ulong cr0, ulong cr4)
    {
        State->Cr0 = cr0;
        State->Cr4 = cr4;
        ModeTracker.Update(State);
    }

    public Vector128<byte> Xmm(int number) => *(Vector128<byte>*)((byte*)&State->Vectors + (number * 64));

    public Vector256<byte> Ymm(int number) => *(Vector256<byte>*)((byte*)&State->Vectors + (number * 64));

    public void SetXmm(int number, Vector128<byte> value) => *(Vector128<byte>*)((byte*)&State->Vectors + (number * 64)) = value;

    public void SetYmm(int number, Vector256<byte> value) => *(Vector256<byte>*)((byte*)&State->Vectors + (number * 64)) = value;

    /// <summary>Executes one instruction; null, or the vector of the exception that it raised.</summary>
    public Vector? Execute(Instruction instruction)
    {
        var writer = new ListWriter();
        Encoder.Create(State->Is64Bit ? 64 : 16, writer).Encode(instruction, Code);
        return Execute([.. writer.Bytes]);
    }

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
        var op = Block.Ops(_block);
        op->Handler(State, op);
        return State->PendingVector == Fault.None ? null : (Vector)State->PendingVector;
    }

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

    private sealed class ListWriter : CodeWriter
    {
        public List<byte> Bytes { get; } = [];

        public override void WriteByte(byte value) => Bytes.Add(value);
    }
}
