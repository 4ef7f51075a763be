using static Emulator.Devices.Tests.Apic.ApicMachine;

namespace Emulator.Devices.Tests.Apic;

/// <summary>IA32_APIC_BASE transitions and the #GP rules of x2APIC mode (SDM Vol. 3A, 11.12).</summary>
public class LocalApicMsrTests
{
    private const ulong Base = 0xfee00100;
    private const ulong Disabled = Base, XApic = Base | 0x800, X2Apic = Base | 0xc00, Invalid = Base | 0x400;

    [Theory]
    [InlineData(Disabled, Disabled, true)]
    [InlineData(Disabled, XApic, true)]
    [InlineData(Disabled, X2Apic, false)]
    [InlineData(Disabled, Invalid, false)]
    [InlineData(XApic, Disabled, true)]
    [InlineData(XApic, XApic, true)]
    [InlineData(XApic, X2Apic, true)]
    [InlineData(XApic, Invalid, false)]
    [InlineData(X2Apic, Disabled, true)]
    [InlineData(X2Apic, XApic, false)]
    [InlineData(X2Apic, X2Apic, true)]
    [InlineData(X2Apic, Invalid, false)]
    public void ApicBase_AtATransition_IsLegalAsInFigure11x27(ulong from, ulong to, bool legal)
    {
        using var m = new ApicMachine();
        Assert.True(m.Local.TryWriteApicBase(from));
        Assert.Equal(legal, m.Local.TryWriteApicBase(to));
        Assert.Equal(legal ? to : from, m.Local.ApicBase);
        Assert.Equal((m.Local.ApicBase & 0x800) != 0, m.Cpu.ApicEnabled || m.Cpu.Signals == 0);
    }

    [Theory]
    [InlineData(XApic | 1)]
    [InlineData(XApic | 0x80)]
    [InlineData(XApic | 0x200)]
    [InlineData(XApic | 1ul << 40)]
    [InlineData(XApic | 1ul << 63)]
    public void ApicBase_ReservedBits_RaiseGP(ulong value)
    {
        using var m = new ApicMachine();
        Assert.False(m.Local.TryWriteApicBase(value));
    }

    [Fact]
    public void ApicBase_Moved_MovesTheWindow()
    {
        using var m = new ApicMachine();
        Assert.True(m.Local.TryWriteApicBase(0xfed40900));
        Assert.Equal(0x01050014u, m.Map.Read<uint>(0xfed40030));
        Assert.Equal(0xffffffffu, m.Read(0x30));
    }

    [Fact]
    public void ApicBase_MovedByOneCpu_LeavesTheOthersWindow()
    {
        using var m = new ApicMachine(2);
        m.Current = 1;
        Assert.True(m.Local.TryWriteApicBase(0xfed40800));
        Assert.Equal(0xffffffffu, m.Read(0x30));
        m.Current = 0;
        Assert.Equal(0x01050014u, m.Read(0x30));
        Assert.Equal(0xffffffffu, m.Map.Read<uint>(0xfed40030));
    }

    [Theory]
    [InlineData(Disabled)]
    [InlineData(X2Apic)]
    public void Window_NotMapped_ReadsAllOnes(ulong apicBase)
    {
        using var m = new ApicMachine();
        Assert.True(m.Local.TryWriteApicBase(apicBase));
        m.Write(Tpr, 0x20);
        Assert.Equal(0xffffffffu, m.Read(Tpr));
        Assert.Equal(0, m.Local.TaskPriorityClass);
    }

    [Fact]
    public void Apic_WhenDisabled_LosesRegistersAndTheWrittenId()
    {
        using var m = new ApicMachine();
        m.Write(0x20, 0x07000000);
        Assert.True(m.Local.TryWriteApicBase(Disabled));
        Assert.True(m.Local.TryWriteApicBase(XApic));
        Assert.Equal(0u, m.Read(0x20));
        Assert.Equal(0xffu, m.Read(Svr));
    }

    [Fact]
    public void X2ApicMsrs_OutsideX2ApicMode_RaiseGP()
    {
        using var m = new ApicMachine();
        for (var index = 0x800u; index < 0x900; index++)
        {
            Assert.False(m.Local.TryReadMsr(index, out _));
            Assert.False(m.Local.TryWriteMsr(index, 0));
        }
    }

    [Fact]
    public void X2ApicMsrs_ReadOrWritten_AreAllowedAsInTable11x6()
    {
        using var m = new ApicMachine();
        m.EnterX2Apic();
        for (var index = 0x800u; index < 0x900; index++)
        {
            var readable = index is 0x802 or 0x803 or 0x808 or 0x80a or 0x80d or 0x80f or (>= 0x810 and <= 0x828)
                or 0x830 or (>= 0x832 and <= 0x839) or 0x83e;
            var writable = index is 0x808 or 0x80b or 0x80f or 0x828 or 0x830 or (>= 0x832 and <= 0x838) or 0x83e or 0x83f;
            Assert.True(readable == m.Local.TryReadMsr(index, out _), $"RDMSR 0x{index:x}");
            Assert.True(writable == m.Local.TryWriteMsr(index, 0), $"WRMSR 0x{index:x}");
        }
    }

    [Theory]
    [InlineData(0x808u, 0xfful)]
    [InlineData(0x80bu, 0ul)]
    [InlineData(0x80fu, 0x13fful)]
    [InlineData(0x828u, 0ul)]
    [InlineData(0x830u, 0xffff_ffff_000c_dffful)]
    [InlineData(0x832u, 0x710fful)]
    [InlineData(0x833u, 0x117fful)]
    [InlineData(0x834u, 0x117fful)]
    [InlineData(0x835u, 0x1f7fful)]
    [InlineData(0x836u, 0x1f7fful)]
    [InlineData(0x837u, 0x110fful)]
    [InlineData(0x838u, 0xfffffffful)]
    [InlineData(0x83eu, 0xbul)]
    [InlineData(0x83fu, 0xfful)]
    public void X2ApicMsr_EachReservedBit_RaisesGP(uint index, ulong defined)
    {
        using var m = new ApicMachine();
        m.EnterX2Apic();
        for (var bit = 0; bit < 64; bit++)
        {
            var legal = (defined >> bit & 1) != 0;
            Assert.True(legal == m.Local.TryWriteMsr(index, 1ul << bit), $"bit {bit}");
        }
    }

    [Fact]
    public void SelfIpi_Msr_IsAFixedInterruptToOneself()
    {
        using var m = new ApicMachine();
        m.EnterX2Apic();
        m.WriteMsr(0x83f, 0x66);
        Assert.Equal(0x66, m.Local.Acknowledge());
        m.WriteMsr(0x83f, 0x06);
        m.WriteMsr(0x828, 0);
        Assert.Equal(0x20ul, m.ReadMsr(0x828));
    }

    [Fact]
    public void X2Apic_Entered_KeepsPendingStateAndShowsTheFullId()
    {
        using var m = new ApicMachine(2);
        m.Current = 1;
        m.SelfInterrupt(0x90);
        m.Write(Tpr, 0x20);
        m.EnterX2Apic();
        Assert.Equal(1ul, m.ReadMsr(0x802));
        Assert.Equal(0x20ul, m.ReadMsr(0x808));
        Assert.Equal(2ul, m.ReadMsr(0x80d));
        Assert.Equal(0x90, m.Local.Acknowledge());
    }

    [Fact]
    public void Reset_AfterX2Apic_ReturnsToXApic()
    {
        using var m = new ApicMachine();
        m.EnterX2Apic();
        m.Local.Reset();
        Assert.Equal(XApic, m.Local.ApicBase);
        Assert.Equal(0x01050014u, m.Read(0x30));
        Assert.True(m.Cpu.ApicEnabled);
    }
}
