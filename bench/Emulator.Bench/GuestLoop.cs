using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Iced.Intel;

namespace Emulator.Bench;

/// <summary>
/// A machine of one processor in 64-bit mode with identity-mapped pages and an endless loop of guest code: what the benchmarks of engines run.
/// </summary>
internal sealed unsafe class GuestLoop : IDisposable
{
    private const int RamSize = 64 << 20;
    private const ulong Pml4 = 0x1000;
    private const ulong Pdpt = 0x2000;
    private const ulong PageDirectory = 0x3000;
    private const ulong TableEntry = 0x3;
    private const ulong LargePage = 0x83;

    private readonly VirtualMachine _machine;
    private readonly Processor _processor;
    private readonly ICpuEngine _engine;

    /// <summary>Assembles the loop's body; a jump back to its start is added.</summary>
    public GuestLoop(Action<Assembler> body)
    {
        var table = new InstructionTable();
        var model = CpuModels.Max;
        _machine = new VirtualMachine(
            new GuestRam(RamSize), new ManualClock(), GuestLog.Silent(), _ => new InterpreterEngine(new BlockBuilder(table, model, _ => { })));
        _machine.Memory.MapRam("ram", 0, 0, RamSize);
        _engine = new InterpreterEngine(new BlockBuilder(table, model, _ => { }));
        _processor = _machine.AddProcessor(model);
        MapPages();
        EnterLongMode();
        Code = Assemble(body);
        Code.CopyTo(new Span<byte>(_machine.Ram.Pointer + CodeAddress, Code.Length));
        _processor.State->Rip = CodeAddress;
    }

    /// <summary>Where the code lies.</summary>
    public const ulong CodeAddress = 0x10_0000;

    /// <summary>Memory that the loop may use.</summary>
    public const ulong DataAddress = 0x20_0000;

    /// <summary>The loop's machine code.</summary>
    public byte[] Code { get; }

    /// <summary>Runs about this many guest instructions.</summary>
    public void Run(ulong instructions) => _engine.Run(_processor, _processor.State->Retired + instructions, exact: false);

    /// <summary>Forgets every decoded block.</summary>
    public void Forget() => _machine.Blocks.Flush();

    /// <summary>Forgets every translation of an address.</summary>
    public void FlushTlb() => _processor.Mmu.FlushAll();

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Dispose();
        _machine.Dispose();
    }

    private static byte[] Assemble(Action<Assembler> body)
    {
        var assembler = new Assembler(64);
        var start = assembler.CreateLabel();
        assembler.Label(ref start);
        body(assembler);
        assembler.jmp(start);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), CodeAddress);
        return stream.ToArray();
    }

    private void MapPages()
    {
        _machine.Memory.Write(Pml4, Pdpt | TableEntry);
        _machine.Memory.Write(Pdpt, PageDirectory | TableEntry);
        for (var i = 0ul; i < 512; i++)
        {
            _machine.Memory.Write(PageDirectory + (i * 8), (i << 21) | LargePage);
        }
    }

    private void EnterLongMode()
    {
        var s = _processor.State;
        s->Cr3 = Pml4;
        s->Cr4 = Cr4.PAE;
        s->Efer = Efer.LME | Efer.LMA;
        s->Cr0 = Cr0.PE | Cr0.PG;
        s->Cs = new SegmentCache { Selector = 8, Attributes = 0xa09b, Limit = uint.MaxValue };
        s->Ss = s->Ds = s->Es = new SegmentCache { Selector = 16, Attributes = 0xc093, Limit = uint.MaxValue };
        s->Rsp = DataAddress + 0x1000;
        s->Rsi = DataAddress;
        ModeTracker.Update(s);
        _processor.Mmu.FlushAll();
    }
}
