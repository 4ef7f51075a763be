using static Emulator.Devices.Tests.Apic.ApicMachine;

namespace Emulator.Devices.Tests.Apic;

/// <summary>The I/O APIC's registers and deliveries (82093AA data sheet, 3.0).</summary>
public class IoApicTests
{
    [Fact]
    public void Registers_AfterReset_HaveTheDataSheetsValues()
    {
        using var m = new ApicMachine();
        Assert.Equal(0u, m.ReadIo(0));
        Assert.Equal(0x00170020u, m.ReadIo(1));
        Assert.Equal(0u, m.ReadIo(2));
        for (byte i = 0x10; i < 0x40; i++)
        {
            Assert.Equal((i & 1) == 0 ? 0x10000u : 0u, m.ReadIo(i));
        }
    }

    [Fact]
    public void Registers_ReadOnlyAndReservedBits_IgnoreWrites()
    {
        using var m = new ApicMachine();
        m.WriteIo(0, 0xffffffff);
        m.WriteIo(1, 0xffffffff);
        m.WriteIo(2, 0x05000000);
        m.WriteIo(0x3e, 0xffffffff);
        m.WriteIo(0x3f, 0xffffffff);
        m.WriteIo(0x40, 0xffffffff);
        Assert.Equal(0x0f000000u, m.ReadIo(0));
        Assert.Equal(0x00170020u, m.ReadIo(1));
        Assert.Equal(0x0f000000u, m.ReadIo(2));
        Assert.Equal(0x1afffu, m.ReadIo(0x3e));
        Assert.Equal(0xff000000u, m.ReadIo(0x3f));
        Assert.Equal(0u, m.ReadIo(0x40));
    }

    [Fact]
    public void EdgeInput_RaisedAndLowered_DeliversOncePerRisingEdge()
    {
        using var m = new ApicMachine();
        m.Route(14, 0x76);
        m.IoApic.SetLine(14, true);
        m.IoApic.SetLine(14, true);
        Assert.Equal(0x76, m.Local.Acknowledge());
        Assert.False(m.Bit(Tmr, 0x76));
        m.Write(Eoi, 0);
        Assert.Equal(-1, m.Local.Acknowledge());
        m.IoApic.SetLine(14, false);
        m.IoApic.SetLine(14, true);
        Assert.Equal(0x76, m.Local.Acknowledge());
    }

    [Fact]
    public void Edge_AtAMaskedInput_IsIgnored()
    {
        using var m = new ApicMachine();
        m.Route(14, 0x10081);
        m.IoApic.SetLine(14, true);
        m.Route(14, 0x81);
        Assert.False(m.Cpu.InterruptRequest);
    }

    [Fact]
    public void LevelInput_AfterEoi_RepeatsUntilTheLineIsLow()
    {
        using var m = new ApicMachine();
        m.Route(11, 0xa077);
        m.IoApic.SetLine(11, true);
        Assert.Equal(0xe077u, m.ReadIo(0x10 + 22));
        Assert.Equal(0x77, m.Local.Acknowledge());
        Assert.True(m.Bit(Tmr, 0x77));
        Assert.Equal(-1, m.Local.Acknowledge());
        m.Write(Eoi, 0);
        Assert.Equal(0x77, m.Local.Acknowledge());
        m.IoApic.SetLine(11, false);
        Assert.Equal(0xe077u, m.ReadIo(0x10 + 22));
        m.Write(Eoi, 0);
        Assert.Equal(0xa077u, m.ReadIo(0x10 + 22));
        Assert.Equal(-1, m.Local.Acknowledge());
    }

    [Fact]
    public void Level_Unmasked_DeliversAnAssertedLine()
    {
        using var m = new ApicMachine();
        m.Route(11, 0x18077);
        m.IoApic.SetLine(11, true);
        Assert.False(m.Cpu.InterruptRequest);
        m.Route(11, 0x8077);
        Assert.Equal(0x77, m.Local.Acknowledge());
    }

    [Fact]
    public void Level_TurnedAwayBySoftwareDisable_ComesOnceEnabled()
    {
        using var m = new ApicMachine();
        m.Write(Svr, 0xff);
        m.Route(11, 0x8077);
        m.IoApic.SetLine(11, true);
        Assert.Equal(0x8077u, m.ReadIo(0x10 + 22));
        m.Write(Svr, 0x1ff);
        Assert.Equal(0xc077u, m.ReadIo(0x10 + 22));
        Assert.Equal(0x77, m.Local.Acknowledge());
    }

    [Fact]
    public void Level_SwitchedToEdge_ClearsRemoteIrr()
    {
        using var m = new ApicMachine();
        m.Route(11, 0x8077);
        m.IoApic.SetLine(11, true);
        m.WriteIo(0x10 + 22, 0x10077);
        Assert.Equal(0x10077u, m.ReadIo(0x10 + 22));
    }

    [Fact]
    public void DirectedEoi_WithBroadcastSuppressed_EndsTheInterrupt()
    {
        using var m = new ApicMachine();
        m.Write(Svr, 0x11ff);
        m.Route(11, 0x8077);
        m.IoApic.SetLine(11, true);
        Assert.Equal(0x77, m.Local.Acknowledge());
        m.Write(Eoi, 0);
        Assert.Equal(0xc077u, m.ReadIo(0x10 + 22));
        m.Map.Write(0xfec00040, 0x78u);
        Assert.Equal(0xc077u, m.ReadIo(0x10 + 22));
        m.IoApic.SetLine(11, false);
        m.Map.Write(0xfec00040, 0x77u);
        Assert.Equal(0x8077u, m.ReadIo(0x10 + 22));
    }

    [Fact]
    public void Destination_PhysicalLogicalAndBroadcast_AreRespected()
    {
        using var m = new ApicMachine(3);
        for (var i = 0; i < 3; i++)
        {
            m.Current = i;
            m.Write(Ldr, 1u << (24 + i));
        }

        m.Route(5, 0x41, destination: 2);
        m.Route(6, 0x842, destination: 0b011);
        m.Route(7, 0x43, destination: 0xff);
        Pulse(m, 5);
        Assert.Equal([-1, -1, 0x41], m.Locals.Select(l => l.Acknowledge()));
        Pulse(m, 6);
        Assert.Equal([0x42, 0x42, -1], m.Locals.Select(l => l.Acknowledge()));
        foreach (var i in (int[])[0, 1, 2])
        {
            m.Current = i;
            m.Write(Eoi, 0);
        }

        Pulse(m, 7);
        Assert.Equal([0x43, 0x43, 0x43], m.Locals.Select(l => l.Acknowledge()));
    }

    [Fact]
    public void Modes_NmiAndExtInt_ReachThePinAndThe8259A()
    {
        using var m = new ApicMachine();
        m.PicVector = 0x30;
        m.Route(0, 0x700);
        m.Route(1, 0x400);
        Pulse(m, 1);
        Assert.Equal(1, m.Cpu.Nmis);
        Pulse(m, 0);
        Assert.True(m.Cpu.InterruptRequest);
        Assert.Equal(0x30, m.Local.Acknowledge());
        Assert.False(m.Cpu.InterruptRequest);
    }

    private static void Pulse(ApicMachine m, int line)
    {
        m.IoApic.SetLine(line, true);
        m.IoApic.SetLine(line, false);
    }
}
