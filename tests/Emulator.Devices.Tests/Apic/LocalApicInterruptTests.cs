using static Emulator.Devices.Tests.Apic.ApicMachine;

namespace Emulator.Devices.Tests.Apic;

/// <summary>Accepting, prioritising and ending interrupts (SDM Vol. 3A, 11.8).</summary>
public class LocalApicInterruptTests
{
    [Fact]
    public void SelfIpi_Fixed_IsRequestedThenServedThenEnded()
    {
        using var m = new ApicMachine();
        m.SelfInterrupt(0xf1);
        Assert.True(m.Cpu.InterruptRequest);
        Assert.True(m.Bit(Irr, 0xf1));
        Assert.Equal(0xf1, m.Local.Acknowledge());
        Assert.False(m.Bit(Irr, 0xf1));
        Assert.True(m.Bit(Isr, 0xf1));
        Assert.Equal(0xf0u, m.Read(Ppr));
        Assert.False(m.Cpu.InterruptRequest);
        m.Write(Eoi, 0);
        Assert.False(m.Bit(Isr, 0xf1));
        Assert.Equal(0u, m.Read(Ppr));
        Assert.Equal(-1, m.Local.Acknowledge());
    }

    [Fact]
    public void Request_OfLowerClassThanService_WaitsForEoi()
    {
        using var m = new ApicMachine();
        m.SelfInterrupt(0x61);
        Assert.Equal(0x61, m.Local.Acknowledge());
        m.SelfInterrupt(0x6f); // same class: waits
        Assert.False(m.Cpu.InterruptRequest);
        m.SelfInterrupt(0x70);
        Assert.True(m.Cpu.InterruptRequest);
        Assert.Equal(0x70, m.Local.Acknowledge());
        m.Write(Eoi, 0);
        Assert.False(m.Cpu.InterruptRequest);
        m.Write(Eoi, 0);
        Assert.Equal(0x6f, m.Local.Acknowledge());
    }

    [Theory]
    [InlineData(0x20, 0x2f, false)]
    [InlineData(0x20, 0x30, true)]
    [InlineData(0x2f, 0x30, true)]
    [InlineData(0xf0, 0xff, false)]
    [InlineData(0x00, 0x10, true)]
    public void TaskPriority_OnceRaised_MasksClassesUpToItsOwn(uint tpr, byte vector, bool delivered)
    {
        using var m = new ApicMachine();
        m.Write(Tpr, tpr);
        m.SelfInterrupt(vector);
        Assert.Equal(delivered, m.Cpu.InterruptRequest);
    }

    [Fact]
    public void TaskPriority_RaisedAndLowered_MovesThePin()
    {
        using var m = new ApicMachine();
        m.SelfInterrupt(0x55);
        m.Local.TaskPriorityClass = 5;
        Assert.False(m.Cpu.InterruptRequest);
        Assert.Equal(-1, m.Local.Acknowledge());
        Assert.Equal(0x50u, m.Read(Tpr));
        m.Local.TaskPriorityClass = 4;
        Assert.True(m.Cpu.InterruptRequest);
    }

    [Theory]
    [InlineData(0x35, 0x47, 0x40)]
    [InlineData(0x45, 0x47, 0x45)]
    [InlineData(0x55, 0x47, 0x55)]
    public void ProcessorPriority_InService_IsTheHigherOfTaskAndService(uint tpr, byte inService, uint expected)
    {
        using var m = new ApicMachine();
        m.SelfInterrupt(inService);
        Assert.Equal(inService, m.Local.Acknowledge());
        m.Write(Tpr, tpr);
        Assert.Equal(expected, m.Read(Ppr));
    }

    [Fact]
    public void SoftwareDisabled_FixedMessagesAreDropped_NmiIsNot()
    {
        using var m = new ApicMachine(2);
        m.Current = 1;
        m.Write(Svr, 0xff);
        m.Current = 0;
        m.Write(IcrHigh, 1u << 24);
        m.Write(IcrLow, 0x4055);
        m.Write(IcrLow, 0x4400);
        Assert.False(m.Cpus[1].InterruptRequest);
        Assert.Equal(1, m.Cpus[1].Nmis);
    }

    [Fact]
    public void LocalVectorTable_WhenSoftwareDisabled_IsMaskedAndRefusesToUnmask()
    {
        using var m = new ApicMachine();
        m.Write(LvtTimer, 0x30);
        m.Write(Svr, 0xff);
        Assert.Equal(0x10030u, m.Read(LvtTimer));
        m.Write(LvtTimer, 0x31);
        Assert.Equal(0x10031u, m.Read(LvtTimer));
        m.Write(Svr, 0x1ff);
        Assert.Equal(0x10031u, m.Read(LvtTimer));
        m.Write(LvtTimer, 0x31);
        Assert.Equal(0x31u, m.Read(LvtTimer));
    }

    [Fact]
    public void ExtInt_ThroughLint0_AsksThe8259A()
    {
        using var m = new ApicMachine();
        m.Write(Lint0, 0x700);
        m.PicVector = 0x08;
        m.Bus.SetLine(0, true);
        Assert.True(m.Cpu.InterruptRequest);
        m.Write(Tpr, 0xf0); // no priority class applies to ExtINT
        Assert.True(m.Cpu.InterruptRequest);
        Assert.Equal(0x08, m.Local.Acknowledge());
        Assert.False(m.Bit(Isr, 0x08));
        m.Bus.SetLine(0, false);
        Assert.False(m.Cpu.InterruptRequest);
    }

    [Fact]
    public void ExtInt_MaskedLint0_DoesNotInterrupt()
    {
        using var m = new ApicMachine();
        m.Write(Lint0, 0x10700);
        m.Bus.SetLine(0, true);
        Assert.False(m.Cpu.InterruptRequest);
        m.Write(Lint0, 0x700);
        Assert.True(m.Cpu.InterruptRequest);
    }

    [Fact]
    public void Lint0_BeforeAnySetup_PassesThe8259AOnTheBootstrapProcessorOnly()
    {
        using var m = new ApicMachine(2, enable: false);
        m.PicVector = 0x20;
        m.Bus.SetLine(0, true);
        Assert.True(m.Cpus[0].InterruptRequest);
        Assert.False(m.Cpus[1].InterruptRequest);
        Assert.Equal(0x20, m.Locals[0].Acknowledge());
    }

    [Fact]
    public void Pins_WhenGloballyDisabled_AreTheCpusOwn()
    {
        using var m = new ApicMachine();
        Assert.True(m.Local.TryWriteApicBase(0xfee00100));
        m.PicVector = 0x21;
        m.Bus.SetLine(0, true);
        m.Bus.SetLine(1, true);
        Assert.True(m.Cpu.InterruptRequest);
        Assert.Equal(1, m.Cpu.Nmis);
        Assert.Equal(0x21, m.Local.Acknowledge());
    }

    [Fact]
    public void Lint0_LevelFixed_SetsRemoteIrrAndRepeatsAfterEoi()
    {
        using var m = new ApicMachine();
        m.Write(Lint0, 0x8044);
        m.Bus.SetLine(0, true);
        Assert.Equal(0xc044u, m.Read(Lint0));
        Assert.Equal(0x44, m.Local.Acknowledge());
        Assert.True(m.Bit(Tmr, 0x44));
        m.Write(Eoi, 0);
        Assert.True(m.Bit(Irr, 0x44));
        m.Bus.SetLine(0, false);
        Assert.Equal(0x44, m.Local.Acknowledge());
        m.Write(Eoi, 0);
        Assert.Equal(0x8044u, m.Read(Lint0));
        Assert.False(m.Cpu.InterruptRequest);
    }

    [Fact]
    public void Lint1_Nmi_OnlyAtRisingEdges()
    {
        using var m = new ApicMachine();
        m.Write(Lint1, 0x400);
        m.Bus.SetLine(1, true);
        m.Bus.SetLine(1, true);
        m.Bus.SetLine(1, false);
        Assert.Equal(1, m.Cpu.Nmis);
        m.Write(Lint1, 0x10400);
        m.Bus.SetLine(1, true);
        Assert.Equal(1, m.Cpu.Nmis);
    }

    [Fact]
    public void Errors_IllegalVectors_AreLatchedByWritingTheEsr()
    {
        using var m = new ApicMachine();
        m.Write(LvtError, 0xfe);
        m.SelfInterrupt(0x0f);
        Assert.Equal(0u, m.Read(Esr));
        Assert.Equal(0xfe, m.Local.Acknowledge());
        m.Write(Eoi, 0);
        m.SelfInterrupt(0x05); // not re-armed yet
        Assert.False(m.Cpu.InterruptRequest);
        m.Write(Esr, 0);
        Assert.Equal(0x20u, m.Read(Esr));
        m.Bus.Deliver(0xfee00000, 0x03);
        Assert.Equal(0xfe, m.Local.Acknowledge());
        m.Write(Esr, 0);
        Assert.Equal(0x40u, m.Read(Esr));
        m.Write(Esr, 0);
        Assert.Equal(0u, m.Read(Esr));
    }

    [Theory]
    [InlineData(0x000u)]
    [InlineData(0x040u)]
    [InlineData(0x2f0u)]
    [InlineData(0x3f0u)]
    [InlineData(0x400u)]
    public void ReservedRegister_Access_IsAnIllegalRegisterAddress(uint register)
    {
        using var m = new ApicMachine();
        Assert.Equal(0u, m.Read(register));
        m.Write(Esr, 0);
        Assert.Equal(0x80u, m.Read(Esr));
    }

    [Fact]
    public void Apic_AfterReset_ForgetsPinsAndPendingInterrupts()
    {
        using var m = new ApicMachine();
        m.SelfInterrupt(0x55);
        m.Bus.SetLine(0, true);
        m.Local.Reset();
        Assert.False(m.Cpu.InterruptRequest);
        Assert.Equal(-1, m.Local.Acknowledge());
    }

    [Fact]
    public void Registers_AfterPowerUp_HaveTheManualsValues()
    {
        using var m = new ApicMachine(2, enable: false);
        m.Current = 1;
        Assert.Equal(0x01000000u, m.Read(0x20));
        Assert.Equal(0x01050014u, m.Read(0x30));
        Assert.Equal(0xffffffffu, m.Read(Dfr));
        Assert.Equal(0xffu, m.Read(Svr));
        foreach (var lvt in (uint[])[0x320, 0x330, 0x340, 0x350, 0x360, 0x370])
        {
            Assert.Equal(0x10000u, m.Read(lvt));
        }

        Assert.Equal(0xfee00800ul, m.Locals[1].ApicBase);
        Assert.Equal(0xfee00900ul, m.Locals[0].ApicBase);
    }
}
