using System.Runtime.CompilerServices;
using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Iced.Intel;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>
/// A machine with one processor, tables in fixed places and a handler of one HLT for each vector, so that a test sees which event
/// came, with which stack.
/// </summary>
internal sealed unsafe class SystemMachine : IMachineControl, IDisposable
{
    public const int Idt = 0x4000;
    public const int Gdt = 0x1000;
    public const int Tss = 0x2000;
    public const int OtherTss = 0x2200;
    public const int TaskGateTss = 0x2400;
    public const int Ldt = 0x2800;
    public const int Handlers = 0x8000;
    public const int Code = 0xa000;
    public const int Tables = 0x10000;
    public const int KernelStack = 0x20000;
    public const int InnerStack = 0x24000;
    public const int UserStack = 0x28000;
    public const int ListStack = 0x2c000;

    public const int Code32 = 0x08;
    public const int Data32 = 0x10;
    public const int UserCode32 = 0x1b;
    public const int UserData32 = 0x23;
    public const int TssSelector = 0x28;
    public const int Code64 = 0x38;
    public const int UserCode64 = 0x43;
    public const int OtherTssSelector = 0x48;
    public const int TaskGateTssSelector = 0x50;
    public const int Gate = 0x58;
    public const int Code16 = 0x68;
    public const int Data16 = 0x70;
    public const int Absent = 0x78;
    public const int Conforming = 0x80;
    public const int ReadOnly = 0x88;
    public const int LdtSelector = 0x90;
    public const int Spare = 0x98;
    public const int GdtLimit = 0xa7;

    private readonly GuestRam _ram = new(8 << 20);
    private readonly BlockCache _blocks;
    private readonly InterpreterEngine _engine;

    public SystemMachine(CpuModel? model = null)
    {
        var memory = new MemoryMap(_ram);
        memory.MapRam("ram", 0, 0, 8 << 20);
        _blocks = new BlockCache(memory);
        model ??= CpuModels.Max;
        Processor = new Processor(0, model, new ProcessorWiring(memory, Ports, Clock, _blocks, this, GuestLog.Silent()));
        _engine = new InterpreterEngine(new BlockBuilder(new InstructionTable(), model, Unsupported.Add));
    }

    public Processor Processor { get; }

    public IoPortBus Ports { get; } = new();

    public ManualClock Clock { get; } = new();

    public List<string> Unsupported { get; } = [];

    public CpuState* State => Processor.State;

    public string? ResetCause { get; private set; }

    public byte* Ram => _ram.Pointer;

    public T Read<T>(ulong address)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(Ram + address);

    public void Write<T>(ulong address, T value)
        where T : unmanaged => Unsafe.WriteUnaligned(Ram + address, value);

    public void Assemble(int bitness, ulong address, Action<Assembler> write, ulong? rip = null)
    {
        var assembler = new Assembler(bitness);
        write(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), rip ?? address);
        stream.ToArray().CopyTo(new Span<byte>(Ram + address, (int)stream.Length));
    }

    /// <summary>Runs until the processor halts, shuts down, or a number of instructions has retired.</summary>
    public void Run(ulong instructions = 1000) => _engine.Run(Processor, State->Retired + instructions, exact: true);

    /// <summary>The vector whose handler halted; -1 when it was none.</summary>
    public int HandledVector
    {
        get
        {
            var at = (long)State->Cs.Base + (long)State->Rip - 1 - Handlers;
            return State->Activity == ActivityState.Halted && at is >= 0 and < 0x1000 && at % 16 == 0 ? (int)(at / 16) : -1;
        }
    }

    public static ulong Segment(uint @base, uint limit, int attributes)
        => (limit & 0xffff) | ((ulong)(@base & 0xff_ffff) << 16) | ((ulong)(attributes & 0xff) << 40)
            | ((ulong)((limit >> 16) & 0xf) << 48) | ((ulong)(attributes >> 12) << 52) | ((ulong)(@base >> 24) << 56);

    public static ulong GateTo(int selector, uint offset, int type, int dpl, int count = 0)
        => (offset & 0xffff) | ((ulong)(uint)selector << 16) | ((ulong)(uint)count << 32)
            | ((ulong)(uint)(0x80 | (dpl << 5) | type) << 40) | ((ulong)(offset >> 16) << 48);

    public void SetDescriptor(int selector, ulong raw) => Write((ulong)(Gdt + (selector & 0xfff8)), raw);

    public void SetGate(int vector, ulong raw) => Write((ulong)(Idt + (vector * 8)), raw);

    /// <summary>Real mode, code at <see cref="Code"/> in segment 0, every vector's handler ready.</summary>
    public void EnterReal()
    {
        WriteHandlers();
        for (var vector = 0; vector < 256; vector++)
        {
            Write((ulong)(vector * 4), (uint)(Handlers + (vector * 16)));
        }

        SegmentLoader.LoadReal(&State->Cs, 0);
        State->Rip = Code;
        State->Rsp = 0x7000;
        ModeTracker.Update(State);
    }

    /// <summary>Protected mode at a privilege level, flat 32-bit segments, 32-bit gates of DPL 3.</summary>
    public void EnterProtected(int cpl)
    {
        WriteHandlers();
        WriteTables();
        for (var vector = 0; vector < 256; vector++)
        {
            SetGate(vector, GateTo(Code32, (uint)(Handlers + (vector * 16)), 14, 3));
        }

        var s = State;
        s->Cr0 = Cr0.PE | Cr0.ET;
        s->Gdtr = new DescriptorTable { Base = Gdt, Limit = GdtLimit };
        s->Idtr = new DescriptorTable { Base = Idt, Limit = 0x7ff };
        s->Tr = new SegmentCache { Selector = TssSelector, Base = Tss, Limit = 0x1ff, Attributes = 0x8b };
        Write<byte>(Gdt + TssSelector + 5, 0x8b);
        Load(&s->Cs, cpl == 0 ? Code32 : UserCode32);
        foreach (var segment in new[] { Emulator.Core.Cpu.Segment.SS, Emulator.Core.Cpu.Segment.DS, Emulator.Core.Cpu.Segment.ES, Emulator.Core.Cpu.Segment.FS, Emulator.Core.Cpu.Segment.GS })
        {
            Load(CpuState.SegmentOf(s, segment), cpl == 0 ? Data32 : UserData32);
        }

        s->Cpl = cpl;
        s->Rip = Code;
        s->Rsp = cpl == 0 ? KernelStack : (ulong)UserStack;
        ModeTracker.Update(s);
    }

    /// <summary>64-bit mode at a privilege level, the first 8 MiB mapped one to one for all, 64-bit gates of DPL 3.</summary>
    public void EnterLong(int cpl)
    {
        EnterProtected(cpl);
        Write(Tables, (ulong)((Tables + 0x1000) | 7));
        Write(Tables + 0x1000, (ulong)((Tables + 0x2000) | 7));
        for (var i = 0ul; i < 4; i++)
        {
            Write(Tables + 0x2000 + (8 * i), (i << 21) | 0x87);
        }

        for (var vector = 0; vector < 256; vector++)
        {
            SetGate64(vector, Code64, (ulong)(Handlers + (vector * 16)), 14, 3);
        }

        Write<ulong>(Tss + 4, InnerStack);
        Write<ulong>(Tss + 0x24, ListStack);
        var s = State;
        s->Idtr.Limit = 0xfff;
        s->Cr3 = Tables;
        s->Cr4 = Cr4.PAE;
        s->Efer = Efer.LME | Efer.LMA | Efer.SCE | Efer.NXE;
        s->Cr0 |= Cr0.PG;
        Load(&s->Cs, cpl == 0 ? Code64 : UserCode64);
        Processor.Mmu.FlushAll();
        ModeTracker.Update(s);
    }

    public void SetGate64(int vector, int selector, ulong offset, int type, int dpl, int ist = 0)
    {
        Write((ulong)(Idt + (vector * 16)), GateTo(selector, (uint)offset, type, dpl, ist));
        Write((ulong)(Idt + (vector * 16) + 8), offset >> 32);
    }

    public void Load(SegmentCache* cache, int selector)
    {
        var descriptor = new Descriptor(Read<ulong>((ulong)(Gdt + (selector & 0xfff8))), 0);
        *cache = descriptor.ToAccessed(selector);
    }

    public uint Stack32(int index) => Read<uint>(State->Ss.Base + (uint)State->Rsp + (ulong)(4 * index));

    public ulong Stack64(int index) => Read<ulong>(State->Rsp + (ulong)(8 * index));

    public void RequestReset(string cause) => ResetCause = cause;

    public void RequestPowerOff(int exitStatus)
    {
    }

    public void Dispose()
    {
        _engine.Dispose();
        Processor.Dispose();
        _blocks.Dispose();
        _ram.Dispose();
    }

    private void WriteHandlers()
    {
        for (var vector = 0; vector < 256; vector++)
        {
            Ram[Handlers + (vector * 16)] = 0xf4;
        }
    }

    private void WriteTables()
    {
        SetDescriptor(Code32, Segment(0, 0xfffff, 0xc09b));
        SetDescriptor(Data32, Segment(0, 0xfffff, 0xc093));
        SetDescriptor(UserCode32, Segment(0, 0xfffff, 0xc0fb));
        SetDescriptor(UserData32, Segment(0, 0xfffff, 0xc0f3));
        SetDescriptor(TssSelector, Segment(Tss, 0x1ff, 0x89));
        SetDescriptor(Code64, Segment(0, 0xfffff, 0xa09b));
        SetDescriptor(UserCode64, Segment(0, 0xfffff, 0xa0fb));
        SetDescriptor(OtherTssSelector, Segment(OtherTss, 0x67, 0x89));
        SetDescriptor(TaskGateTssSelector, Segment(TaskGateTss, 0x67, 0x89));
        SetDescriptor(Code16, Segment(0, 0xffff, 0x9b));
        SetDescriptor(Data16, Segment(0, 0xffff, 0x93));
        SetDescriptor(Absent, Segment(0, 0xfffff, 0xc013));
        SetDescriptor(Conforming, Segment(0, 0xfffff, 0xc09f));
        SetDescriptor(ReadOnly, Segment(0, 0xfffff, 0xc091));
        SetDescriptor(LdtSelector, Segment(Ldt, 0xff, 0x82));
        Write<uint>(Tss + 4, InnerStack);
        Write<uint>(Tss + 8, Data32);
        Write<ushort>(Tss + 0x66, 0x88);
        Ram[Tss + 0x88 + 0x1f] = 0xff;
        Ram[Tss + 0x1ff] = 0xff;
    }
}
