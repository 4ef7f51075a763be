using static Emulator.Devices.Tests.Apic.ApicMachine;

namespace Emulator.Devices.Tests.Apic;

/// <summary>Snapshots of the APICs, and what a hostile guest can do to them.</summary>
public class ApicStateTests
{
    private const int FuzzWrites = 20_000;

    [Fact]
    public void State_SavedMutatedRestored_IsTheSameAndSignalsNothing()
    {
        using var m = new ApicMachine(2);
        Prepare(m);
        var saved = SavedState.Of(m.Locals[0], m.Locals[1], m.IoApic);
        m.Advance(150);
        m.Local.Acknowledge();
        m.Write(Lint0, 0x8044);
        m.IoApic.SetLine(11, false);
        Assert.True(m.Locals[1].TryWriteApicBase(0xfee00000));
        m.Write(Eoi, 0);
        Assert.NotEqual(saved, SavedState.Of(m.Locals[0], m.Locals[1], m.IoApic));

        var signals = m.Cpus.Select(c => c.Signals).ToArray();
        SavedState.Restore(saved, m.Locals[0], m.Locals[1], m.IoApic);
        Assert.Equal(signals, m.Cpus.Select(c => c.Signals));
        Assert.Equal(saved, SavedState.Of(m.Locals[0], m.Locals[1], m.IoApic));
        m.Current = 1;
        Assert.Equal(0x01050014u, m.Read(0x30)); // the window followed
    }

    [Fact]
    public void State_RestoredIntoAnotherMachine_GoesOnAlike()
    {
        using var first = new ApicMachine(2);
        Prepare(first);
        var saved = SavedState.Of(first.Locals[0], first.Locals[1], first.IoApic);
        using var second = new ApicMachine(2);
        second.Clock.Set(first.Clock.Now);
        SavedState.Restore(saved, second.Locals[0], second.Locals[1], second.IoApic);
        foreach (var m in (ApicMachine[])[first, second])
        {
            m.Advance(60);
        }

        Assert.Equal(first.Read(CurrentCount), second.Read(CurrentCount));
        int vector;
        do
        {
            vector = first.Local.Acknowledge();
            Assert.Equal(vector, second.Local.Acknowledge());
        }
        while (vector >= 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Fuzz_AnyAccess_NeverThrowsAndStateSurvives(int seed)
    {
        using var m = new ApicMachine(3);
        var random = new Random(seed);
        for (var i = 0; i < FuzzWrites; i++)
        {
            m.Current = random.Next(3);
            OneAccess(m, random);
        }

        var saved = SavedState.Of(m.Locals[0], m.Locals[1], m.Locals[2], m.IoApic);
        SavedState.Restore(saved, m.Locals[0], m.Locals[1], m.Locals[2], m.IoApic);
        Assert.Equal(saved, SavedState.Of(m.Locals[0], m.Locals[1], m.Locals[2], m.IoApic));
    }

    private static void OneAccess(ApicMachine m, Random random)
    {
        var value = (ulong)random.NextInt64() >> random.Next(64);
        switch (random.Next(12))
        {
            case 0 or 1:
                m.Write((uint)random.Next(0x100) << 4, (uint)value);
                break;
            case 2:
                m.Map.Write(0xfee00000 + (ulong)random.Next(0x1000 - 8), value);
                break;
            case 3:
                _ = m.Map.Read<ulong>(0xfee00000 + (ulong)random.Next(0x1000));
                break;
            case 4 or 5:
                m.Local.TryWriteMsr(random.Next(8) == 0 ? 0x6e0u : 0x800u + (uint)random.Next(0x100), value);
                break;
            case 6:
                m.Local.TryReadMsr((uint)value, out _);
                m.Local.TryReadMsr(0x800u + (uint)random.Next(0x100), out _);
                break;
            case 7:
                m.Local.TryWriteApicBase(random.Next(4) == 0 ? value : 0xfee00000u | (uint)random.Next(16) << 8);
                break;
            case 8:
                m.WriteIo((byte)random.Next(0x50), (uint)value);
                _ = m.ReadIo((byte)value);
                break;
            case 9:
                m.IoApic.SetLine(random.Next(-1, 26), random.Next(2) != 0);
                m.Bus.SetLine(random.Next(-1, 3), random.Next(2) != 0);
                break;
            case 10:
                m.Bus.Deliver(0xfee00000 | (value & 0xfffff), (uint)random.Next());
                break;
            default:
                m.Local.Acknowledge();
                m.Advance(random.Next(1000));
                break;
        }
    }

    private static void Prepare(ApicMachine m)
    {
        m.Write(Divide, 0xb);
        m.Write(LvtTimer, 0x200ee);
        m.Write(InitialCount, 100);
        m.Advance(30);
        m.SelfInterrupt(0x44);
        m.SelfInterrupt(0x94);
        m.Local.Acknowledge();
        m.Route(11, 0x8077);
        m.IoApic.SetLine(11, true);
        m.Write(Tpr, 0x20);
        m.Write(Esr, 0);
    }
}
