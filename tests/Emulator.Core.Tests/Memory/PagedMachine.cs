using Emulator.Core.Cpu;
using Emulator.Core.Memory;
using Emulator.Core.Tests.SystemLevel;
using Iced.Intel;

namespace Emulator.Core.Tests.Memory;

/// <summary>
/// A 64-bit machine at privilege level 0 with any number of address spaces: the first 8 MiB are mapped one to one in each, the rest is the test's.
/// Each page of <see cref="Frame"/> begins with its own number.
/// </summary>
internal sealed unsafe class PagedMachine : IDisposable
{
    public const ulong Present = 1;
    public const ulong Writable = 2;
    public const ulong User = 4;
    public const ulong Marked = 0x60;
    public const ulong Large = 0x80;
    public const ulong Global = 0x100;
    public const ulong Usual = Present | Writable | Marked;
    public const ulong NoFlush = 1ul << 63;

    /// <summary>Where the tests map their pages: the second entry of the root table.</summary>
    public const ulong Window = 1ul << 39;

    private const ulong FirstFrame = 0x40_0000;
    private const ulong AddressMask = ~0xffful;
    private ulong _free = 0x20_0000;

    public PagedMachine(ulong cr4 = Cr4.PCIDE)
    {
        Machine = new SystemMachine();
        Machine.EnterLong(0);
        Machine.State->Cr4 |= Cr4.PGE | cr4;
        for (var i = 0; i < 512; i++)
        {
            Machine.Write<long>(Frame(i), i);
        }

        Machine.Processor.Mmu.FlushAll();
        ModeTracker.Update(Machine.State);
    }

    public SystemMachine Machine { get; }

    public CpuState* State => Machine.State;

    public Mmu Mmu => Machine.Processor.Mmu;

    public uint Generation => (uint)(State->JumpKey >> 32);

    public static ulong Frame(int number) => FirstFrame + ((ulong)number << 12);

    public ulong AddSpace()
    {
        var root = Allocate();
        Machine.Write(root, Machine.Read<ulong>(SystemMachine.Tables));
        return root;
    }

    public void Map(ulong root, ulong linear, ulong entry)
    {
        var last = (entry & Large) != 0 ? 21 : 12;
        var table = root;
        for (var shift = 39; shift > last; shift -= 9)
        {
            var at = table + (((linear >> shift) & 0x1ff) << 3);
            if (Machine.Read<ulong>(at) == 0)
            {
                Machine.Write(at, Allocate() | Usual | User);
            }

            table = Machine.Read<ulong>(at) & AddressMask;
        }

        Machine.Write(table + (((linear >> last) & 0x1ff) << 3), entry);
    }

    public void LoadCr3(ulong value) => Assert.True(ControlRegisterWrites.TryWriteCr3(State, value));

    public long Value(ulong linear)
    {
        Assert.True(GuestMemory.TryRead<long>(State, Segment.DS, linear, out var value));
        return value;
    }

    public void Store(ulong linear, ulong value) => Assert.True(GuestMemory.TryWrite(State, Segment.DS, linear, value));

    public void Fetch(ulong linear, TlbTable table = TlbTable.Supervisor)
        => Assert.True(Mmu.TryResolve(linear, AccessKind.Execute, table, out _));

    /// <summary>Writes code to a frame: MOV EAX, value; HLT.</summary>
    public void WriteCode(int frame, int value)
    {
        Machine.Assemble(
            64,
            Frame(frame),
            a =>
            {
                a.mov(AssemblerRegisters.eax, value);
                a.hlt();
            });
    }

    /// <summary>Runs code until it halts and returns EAX.</summary>
    public ulong Run(ulong linear)
    {
        State->Activity = ActivityState.Active;
        State->Rip = linear;
        Machine.Run();
        Assert.Equal(ActivityState.Halted, State->Activity);
        return State->Rax;
    }

    public void Execute(Action<Assembler> write)
    {
        Machine.Assemble(
            64,
            SystemMachine.Code,
            a =>
            {
                write(a);
                a.hlt();
            });
        Run(SystemMachine.Code);
        Assert.Equal(-1, Machine.HandledVector);
    }

    public void Dispose() => Machine.Dispose();

    private ulong Allocate()
    {
        var page = _free;
        _free += 0x1000;
        return page;
    }
}
