using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Iced.Intel;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>
/// A machine in flat 32-bit or 64-bit mode with paging at privilege level 0, whose exceptions are handled: the rig on which a compiled engine is
/// held against the interpreter.
/// </summary>
internal sealed unsafe class TestMachine : IDisposable
{
    private const uint MxcsrDefault = 0x1f80;

    private readonly VirtualMachine _machine;
    private readonly ICpuEngine _engine;
    private readonly InterruptSource _interrupts = new();
    private readonly int _bitness;

    /// <summary>Builds the machine.</summary>
    public TestMachine(int bitness, Func<CpuModel, BlockCache, ICpuEngine> createEngine, int processors = 1)
    {
        _bitness = bitness;
        var model = CpuModels.Max;
        ICpuEngine? engine = null;
        _machine = new VirtualMachine(
            new GuestRam(TestLayout.RamSize), new ManualClock(), GuestLog.Silent(), machine => engine = createEngine(model, machine.Blocks));
        _engine = engine!;
        _machine.Memory.MapRam("ram", 0, 0, TestLayout.RamSize);
        TestTables.Write(this, bitness);
        for (var i = 0; i < processors; i++)
        {
            Enter(_machine.AddProcessor(model));
        }

        Processor.Apic = _interrupts;
    }

    /// <summary>The first processor.</summary>
    public Processor Processor => _machine.Processors[0];

    /// <summary>All of them.</summary>
    public IReadOnlyList<Processor> Processors => _machine.Processors;

    /// <summary>Its state.</summary>
    public CpuState* State => Processor.State;

    /// <summary>All of RAM.</summary>
    public Span<byte> Ram => new(_machine.Ram.Pointer, TestLayout.RamSize);

    /// <summary>Physical memory as devices see it.</summary>
    public MemoryMap Memory => _machine.Memory;

    /// <summary>Decoded code.</summary>
    public BlockCache Blocks => _machine.Blocks;

    /// <summary>Reads RAM.</summary>
    public T Read<T>(int address)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(ref Ram[address]);

    /// <summary>Writes RAM before anything has run.</summary>
    public void Write<T>(int address, T value)
        where T : unmanaged => Unsafe.WriteUnaligned(ref Ram[address], value);

    /// <summary>Assembles code to the place of programs and its copy.</summary>
    public void Load(Action<Assembler> program) => Place(TestLayout.Code, program);

    /// <summary>Assembles code for an address among the pages of code, and lays it there and into the copy.</summary>
    public void Place(int address, Action<Assembler> program)
    {
        var assembler = new Assembler(_bitness);
        program(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), (ulong)address);
        stream.ToArray().CopyTo(Ram[address..]);
        stream.ToArray().CopyTo(Ram[(address - TestLayout.Code + TestLayout.CodeCopy)..]);
    }

    /// <summary>Lays code in its place and its copy.</summary>
    public void Load(ReadOnlySpan<byte> code)
    {
        code.CopyTo(Ram.Slice(TestLayout.Code, TestLayout.CodeSize));
        code.CopyTo(Ram.Slice(TestLayout.CodeCopy, TestLayout.CodeSize));
    }

    /// <summary>Runs until exactly this many instructions have been retired since power-on, or nothing goes on.</summary>
    public void RunTo(ulong retired) => RunTo(Processor, retired);

    /// <summary>The same for one of several processors.</summary>
    public void RunTo(Processor processor, ulong retired)
    {
        // The engine hands back whenever the machine's attention was asked for.
        while (processor.State->Retired < retired && processor.HasWork)
        {
            _engine.Run(processor, retired, exact: true);
        }
    }

    /// <summary>Lets the engine run once, up to a limit.</summary>
    public void RunOnce(ulong retireLimit) => _engine.Run(Processor, retireLimit, exact: true);

    /// <summary>Raises the external interrupt.</summary>
    public void Interrupt()
    {
        _interrupts.Waiting = true;
        _interrupts.Signals = Processor;
        Processor.SetInterruptRequest(true);
    }

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();

    private void Enter(Processor processor)
    {
        var s = processor.State;
        var isLong = _bitness == 64;
        s->Cr3 = TestLayout.Tables;
        s->Cr4 = Cr4.OSFXSR | Cr4.OSXMMEXCPT | (isLong ? Cr4.PAE | Cr4.OSXSAVE : 0);
        s->Xcr0 = isLong ? 7u : 1u;
        s->Efer = isLong ? Efer.LME | Efer.LMA | Efer.NXE : 0;
        s->Cr0 = Cr0.PE | Cr0.MP | Cr0.ET | Cr0.NE | Cr0.WP | Cr0.PG;
        s->Mxcsr = MxcsrDefault;
        s->Cs = new SegmentCache { Selector = TestLayout.CodeSelector, Attributes = (ushort)(isLong ? 0xa09b : 0xc09b), Limit = uint.MaxValue };
        s->Ss = s->Ds = s->Es = new SegmentCache { Selector = TestLayout.DataSelector, Attributes = 0xc093, Limit = uint.MaxValue };
        s->Fs = s->Gs = s->Ds;
        s->Tr = new SegmentCache { Selector = TestLayout.TssSelector, Base = TestLayout.Tss, Limit = 0x67, Attributes = 0x8b };
        s->Gdtr = new DescriptorTable { Base = TestLayout.Gdt, Limit = 0xff };
        s->Idtr = new DescriptorTable { Base = TestLayout.Idt, Limit = 0xfff };
        s->Rip = TestLayout.Code;
        s->Rsp = TestLayout.StackTop;
        s->SystemFlags |= Rflags.IF;
        s->Activity = ActivityState.Active;
        ModeTracker.Update(s);
        processor.Mmu.FlushAll();
    }

    private sealed class InterruptSource : ILocalApic
    {
        public bool Waiting { get; set; }

        public ICpuSignals? Signals { get; set; }

        public uint ApicId => 0;

        public byte TaskPriorityClass { get; set; }

        public ulong ApicBase => 0xfee0_0900;

        public int Acknowledge()
        {
            Signals?.SetInterruptRequest(false);
            var had = Waiting;
            Waiting = false;
            return had ? TestLayout.ExternalVector : -1;
        }

        public bool TryWriteApicBase(ulong value) => false;

        public bool TryReadMsr(uint index, out ulong value)
        {
            value = 0;
            return false;
        }

        public bool TryWriteMsr(uint index, ulong value) => false;

        public void TimestampChanged()
        {
        }
    }
}
