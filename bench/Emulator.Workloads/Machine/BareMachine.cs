using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Iced.Intel;

namespace Emulator.Workloads.Machine;

/// <summary>
/// A machine of one processor and no device, in 64-bit mode with flat segments and identity-mapped 4 KiB pages, at privilege level 0: what a
/// program finds that a boot loader has just started.
/// </summary>
public sealed unsafe class BareMachine : IDisposable
{
    private const uint MxcsrDefault = 0x1f80;
    private const ulong X87SseAndAvx = 7;

    private readonly VirtualMachine _machine;
    private readonly ICpuEngine _engine;

    /// <summary>Builds the machine.</summary>
    /// <param name="createEngine">Makes the engine for a model and the machine's decoded code.</param>
    public BareMachine(Func<CpuModel, BlockCache, ICpuEngine> createEngine)
    {
        var model = CpuModels.Max;
        ICpuEngine? engine = null;
        _machine = new VirtualMachine(
            new GuestRam(BareLayout.RamSize), new ManualClock(), GuestLog.Silent(), machine => engine = createEngine(model, machine.Blocks));
        _engine = engine!;
        _machine.Memory.MapRam("ram", 0, 0, BareLayout.RamSize);
        Processor = _machine.AddProcessor(model);
        BareLayout.WriteDescriptors(Ram);
        BareLayout.WriteIdentityMap(Ram, BareLayout.Pml4);
        EnterLongMode();
    }

    /// <summary>The processor.</summary>
    public Processor Processor { get; }

    /// <summary>All of RAM, from physical address 0.</summary>
    public Span<byte> Ram => new(_machine.Ram.Pointer, BareLayout.RamSize);

    /// <summary>Assembles a program to the code's address and sets RIP there.</summary>
    public void LoadProgram(Action<Assembler> program)
    {
        var assembler = new Assembler(64);
        program(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), BareLayout.Code);
        if (stream.Length > BareLayout.CodeSize)
        {
            throw new InvalidOperationException($"The program has {stream.Length} bytes, and there is room for {BareLayout.CodeSize}.");
        }

        stream.ToArray().CopyTo(Ram[BareLayout.Code..]);
        Restart();
    }

    /// <summary>Sets RIP and RSP to where a program begins.</summary>
    public void Restart()
    {
        var s = Processor.State;
        s->Rip = BareLayout.Code;
        s->Rsp = BareLayout.StackTop;
        s->Activity = ActivityState.Active;
    }

    /// <summary>Runs about this many instructions, or until the processor halts.</summary>
    public void Run(ulong instructions) => _engine.Run(Processor, Processor.State->Retired + instructions, exact: false);

    /// <summary>Forgets every decoded block.</summary>
    public void ForgetCode() => _machine.Blocks.Flush();

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();

    private void EnterLongMode()
    {
        var s = Processor.State;
        s->Cr3 = BareLayout.Pml4;
        s->Cr4 = Cr4.PAE | Cr4.OSFXSR | Cr4.OSXMMEXCPT | Cr4.OSXSAVE;
        s->Xcr0 = X87SseAndAvx;
        s->Efer = Efer.LME | Efer.LMA;
        s->Cr0 = Cr0.PE | Cr0.MP | Cr0.ET | Cr0.NE | Cr0.PG;
        s->Mxcsr = MxcsrDefault;
        s->Cs = new SegmentCache { Selector = BareLayout.CodeSelector, Attributes = 0xa09b, Limit = uint.MaxValue };
        s->Ss = s->Ds = s->Es = new SegmentCache { Selector = BareLayout.DataSelector, Attributes = 0xc093, Limit = uint.MaxValue };
        s->Gdtr = new DescriptorTable { Base = BareLayout.Gdt, Limit = BareLayout.GdtLimit };
        s->Idtr = new DescriptorTable { Base = BareLayout.Idt, Limit = BareLayout.IdtLimit };
        ModeTracker.Update(s);
        Processor.Mmu.FlushAll();
    }
}
