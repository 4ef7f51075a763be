using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;
using Emulator.Jit.Runtime;
using Emulator.Jit.Strategies;

namespace Emulator.Host.Machines;

/// <summary>
/// What every machine needs whatever the command line says: made on other threads while that is read and the devices are built, so that the
/// guest starts sooner.
/// </summary>
internal sealed class HeadStart
{
    private const int RehearsedMemory = 1 << 20;
    private const uint RehearsedStart = 0x1000;
    private const byte EndPort = 0x80;

    private readonly Ahead<InstructionTable> _instructions = new("head start", () => new InstructionTable());

    /// <summary>Begins.</summary>
    public HeadStart() => new Thread(() => Rehearse(Instructions())) { IsBackground = true, Name = "rehearsal" }.Start();

    /// <summary>The instructions' rows, as soon as they are there.</summary>
    public InstructionTable Instructions() => _instructions.Take();

    // The first time is slow, as the runtime loads types and Iced its tables: two instructions on a small machine have nothing to do but that.
    private static unsafe void Rehearse(InstructionTable instructions)
    {
        var model = CpuModels.Max;
        using var machine = new VirtualMachine(
            new GuestRam(RehearsedMemory), new HostClock(), new GuestLog(_ => { }),
            it => EngineFactory.Create(new RegionStrategy(), new JitOptions(), model, instructions, it.Blocks, _ => { }));
        machine.Memory.MapRam("ram", 0, 0, RehearsedMemory);
        machine.Ports.Claim("end", EndPort, 1, new EndAtWrite(machine));
        var s = machine.AddProcessor(model).State;
        machine.LoadBootState = () =>
        {
            machine.Memory.Write(RehearsedStart, (ReadOnlySpan<byte>)[0xb0, 0x21, 0xe6, EndPort]);
            s->Cs.Base = 0;
            s->Rip = RehearsedStart;
        };
        machine.Reset();
        _ = machine.Run();
    }

    private sealed class EndAtWrite(VirtualMachine machine) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => 0;

        public void WritePort(ushort offset, int size, uint value) => machine.End(new MachineEnd(0, "rehearsed"));
    }
}
