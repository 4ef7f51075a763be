using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Interpreter;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.Machine;

/// <summary>Several processors on one thread: start-up, and that one which waits for another does not starve it.</summary>
public sealed unsafe class TurnTests
{
    private const int Flag = 0x5000;
    private const ushort EndPort = 0xf4;

    /// <summary>How the bootstrap processor waits for the others.</summary>
    public static TheoryData<bool, int> Waits => new() { { false, 2 }, { true, 2 }, { true, 4 } };

    [Theory]
    [MemberData(nameof(Waits))]
    public void Spinning_OnAnotherProcessorsStores_Ends(bool pauses, int count)
    {
        using var machine = Create(count);
        Assemble(machine, 0x7000, a => Wait(a, pauses, count - 1));
        Assemble(machine, 0x8000, a =>
        {
            a.mov(ecx, 50_000);
            var again = a.CreateLabel();
            a.Label(ref again);
            a.dec(ecx);
            a.jnz(again);
            a.@lock.inc(__word_ptr[Flag]);
            a.hlt();
        });
        for (var i = 1; i < count; i++)
        {
            machine.Processors[i].RaiseInit();
            machine.Processors[i].RaiseStartup(8);
        }

        Assert.Equal(7, machine.Run().ExitStatus);
        Assert.Equal(count - 1, *(ushort*)(machine.Ram.Pointer + Flag));
        Assert.All(machine.Processors.Skip(1), processor => Assert.True(processor.State->Retired >= 100_000));

        // With PAUSE the waiting processor gives its turns away: it runs hardly at all.
        Assert.Equal(pauses, machine.Processors[0].State->Retired < 1000);
    }

    [Fact]
    public void Startup_OfAProcessorThatDoesNotWaitForIt_IsIgnored()
    {
        using var machine = Create(2);
        Assemble(machine, 0x7000, a => Wait(a, true, 1));
        Assemble(machine, 0x8000, a =>
        {
            a.@lock.inc(__word_ptr[Flag]);
            a.hlt();
        });
        var second = machine.Processors[1];
        second.RaiseInit();
        second.RaiseStartup(8);
        _ = machine.Run();
        second.RaiseStartup(9);
        Assert.False(second.ServiceSignals());
        Assert.Equal(0x8000ul, second.State->Cs.Base);
        Assert.Equal(ActivityState.Halted, second.State->Activity);
    }

    private static void Wait(Assembler a, bool pauses, int others)
    {
        var again = a.CreateLabel();
        a.Label(ref again);
        if (pauses)
        {
            a.pause();
        }

        a.cmp(__word_ptr[Flag], (ushort)others);
        a.jne(again);
        a.@out((byte)EndPort, al);
        a.jmp(again);
    }

    private static VirtualMachine Create(int count)
    {
        var machine = new VirtualMachine(
            new GuestRam(1 << 20), new ManualClock(), GuestLog.Silent(),
            owner => new InterpreterEngine(new BlockBuilder(new InstructionTable(), CpuModels.Max, static _ => { })));
        machine.Memory.MapRam("ram", 0, 0, 1 << 20);
        for (var i = 0; i < count; i++)
        {
            machine.AddProcessor(CpuModels.Max);
        }

        machine.Ports.Claim("end", EndPort, 1, new EndOnWrite(machine));
        var s = machine.Processors[0].State;
        SegmentLoader.LoadReal(&s->Cs, 0);
        s->Rip = 0x7000;
        ModeTracker.Update(s);
        return machine;
    }

    private static void Assemble(VirtualMachine machine, ulong address, Action<Assembler> write)
    {
        var assembler = new Assembler(16);
        write(assembler);
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), address & 0xfff);
        stream.ToArray().CopyTo(new Span<byte>(machine.Ram.Pointer + address, (int)stream.Length));
    }

    private sealed class EndOnWrite(VirtualMachine machine) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => 0;

        public void WritePort(ushort offset, int size, uint value) => machine.End(new MachineEnd(7, "written"));
    }
}
