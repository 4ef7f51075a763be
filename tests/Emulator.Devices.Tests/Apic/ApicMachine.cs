using Emulator.Core.Memory;
using Emulator.Core.Time;
using Emulator.Devices.Apic;

namespace Emulator.Devices.Tests.Apic;

/// <summary>CPUs' local APICs, one I/O APIC and a clock that moves when told.</summary>
internal sealed class ApicMachine : IDisposable
{
    public const uint Tpr = 0x80, Ppr = 0xa0, Eoi = 0xb0, Ldr = 0xd0, Dfr = 0xe0, Svr = 0xf0, Isr = 0x100, Tmr = 0x180, Irr = 0x200,
        Esr = 0x280, IcrLow = 0x300, IcrHigh = 0x310, LvtTimer = 0x320, Lint0 = 0x350, Lint1 = 0x360, LvtError = 0x370,
        InitialCount = 0x380, CurrentCount = 0x390, Divide = 0x3e0;

    public ApicMachine(int cpus = 1, bool enable = true, Func<long>? timestampOffset = null)
    {
        Clock = new ManualClock();
        Scheduler = new EventScheduler(Clock);
        Ram = new GuestRam(0x10000);
        Map = new MemoryMap(Ram);
        Bus = new ApicBus { AcknowledgePic = () => PicVector };
        Cpus = new RecordingCpu[cpus];
        Locals = new LocalApic[cpus];
        for (var i = 0; i < cpus; i++)
        {
            Cpus[i] = new RecordingCpu();
            Locals[i] = new LocalApic(Bus, Cpus[i], Scheduler, new LocalApicOptions
            {
                Id = (uint)i,
                Bootstrap = i == 0,
                TimestampOffset = timestampOffset ?? (static () => 0),
            });
        }

        Window = new LocalApicWindow(Map, Bus, () => Locals[Current]);
        IoApic = new IoApic(Bus, Map);
        for (var i = 0; enable && i < cpus; i++)
        {
            Current = i;
            Write(Svr, 0x1ff);
        }

        Current = 0;
    }

    public ManualClock Clock { get; }

    public EventScheduler Scheduler { get; }

    public GuestRam Ram { get; }

    public MemoryMap Map { get; }

    public ApicBus Bus { get; }

    public RecordingCpu[] Cpus { get; }

    public LocalApic[] Locals { get; }

    public LocalApicWindow Window { get; }

    public IoApic IoApic { get; }

    /// <summary>The CPU whose accesses <see cref="Read"/> and <see cref="Write"/> are.</summary>
    public int Current { get; set; }

    public int PicVector { get; set; } = -1;

    public LocalApic Local => Locals[Current];

    public RecordingCpu Cpu => Cpus[Current];

    public uint Read(uint register) => Map.Read<uint>(0xfee00000 + register);

    public void Write(uint register, uint value) => Map.Write(0xfee00000 + register, value);

    public bool Bit(uint bank, int vector) => (Read(bank + ((uint)vector >> 5 << 4)) >> (vector & 31) & 1) != 0;

    /// <summary>Sends a fixed IPI from the current CPU to itself.</summary>
    public void SelfInterrupt(byte vector) => Write(IcrLow, 0x44000u | vector);

    public void EnterX2Apic() => Assert.True(Local.TryWriteApicBase(Local.ApicBase | 0x400));

    public ulong ReadMsr(uint index)
    {
        Assert.True(Local.TryReadMsr(index, out var value), $"RDMSR 0x{index:x} raised #GP");
        return value;
    }

    public void WriteMsr(uint index, ulong value)
        => Assert.True(Local.TryWriteMsr(index, value), $"WRMSR 0x{index:x}, 0x{value:x} raised #GP");

    public uint ReadIo(byte index)
    {
        Map.Write(0xfec00000, (uint)index);
        return Map.Read<uint>(0xfec00010);
    }

    public void WriteIo(byte index, uint value)
    {
        Map.Write(0xfec00000, (uint)index);
        Map.Write(0xfec00010, value);
    }

    /// <summary>Writes a redirection entry, high half first.</summary>
    public void Route(int line, uint low, byte destination = 0)
    {
        WriteIo((byte)(0x11 + 2 * line), (uint)destination << 24);
        WriteIo((byte)(0x10 + 2 * line), low);
    }

    public void Advance(long nanoseconds)
    {
        Clock.Set(Clock.Now + nanoseconds);
        Scheduler.RunDue();
    }

    public void Dispose() => Ram.Dispose();
}
