using static Emulator.Devices.Tests.Apic.ApicMachine;

namespace Emulator.Devices.Tests.Apic;

/// <summary>Interrupt commands and destinations (SDM Vol. 3A, 11.6).</summary>
public class LocalApicIpiTests
{
    private const byte Vector = 0x77;

    // Each row: low half of the ICR, destination byte, receivers (bit n is CPU n), sent by CPU 1 of 4.
    [Theory]
    [InlineData(0x04077u, 0x02, 0b0100)] // physical
    [InlineData(0x04077u, 0xff, 0b1111)] // physical broadcast
    [InlineData(0x04077u, 0x09, 0b0000)] // nobody
    [InlineData(0x44077u, 0x03, 0b0010)] // self
    [InlineData(0x84077u, 0x00, 0b1111)] // all including self
    [InlineData(0xc4077u, 0x00, 0b1101)] // all excluding self
    [InlineData(0x04877u, 0x05, 0b0101)] // logical flat
    [InlineData(0x04877u, 0xff, 0b1111)]
    [InlineData(0x0c077u, 0x02, 0b0100)] // trigger mode is ignored
    public void FixedIpi_ByShorthandOrId_ReachesItsDestinations(uint command, byte destination, int receivers)
    {
        using var m = new ApicMachine(4);
        SetFlatLogicalIds(m);
        m.Current = 1;
        m.Write(IcrHigh, (uint)destination << 24);
        m.Write(IcrLow, command);
        AssertReceivers(m, receivers);
        Assert.Equal(command, m.Read(IcrLow));
        Assert.Equal((uint)destination << 24, m.Read(IcrHigh));
    }

    [Theory]
    [InlineData(0x11, 0b0001)]
    [InlineData(0x13, 0b0011)]
    [InlineData(0x23, 0b1100)]
    [InlineData(0x33, 0b0000)]
    [InlineData(0xff, 0b1111)]
    public void LogicalCluster_InTheDestination_MatchesClusterAndMember(byte destination, int receivers)
    {
        using var m = new ApicMachine(4);
        for (var i = 0; i < 4; i++)
        {
            m.Current = i;
            m.Write(Dfr, 0);
            Assert.Equal(0x0fffffffu, m.Read(Dfr));
            m.Write(Ldr, (uint)((1 + (i >> 1)) << 4 | 1 << (i & 1)) << 24);
        }

        m.Current = 0;
        m.Write(IcrHigh, (uint)destination << 24);
        m.Write(IcrLow, 0x4800u | Vector);
        AssertReceivers(m, receivers);
    }

    [Fact]
    public void LowestPriorityIpi_ToSeveral_GoesToTheLeastBusy()
    {
        using var m = new ApicMachine(4);
        SetFlatLogicalIds(m);
        for (var i = 0; i < 4; i++)
        {
            m.Current = i;
            m.Write(Tpr, i == 2 ? 0x10u : 0x20u);
        }

        m.Current = 0;
        m.Write(IcrHigh, 0x0fu << 24);
        m.Write(IcrLow, 0x4900u | Vector);
        AssertReceivers(m, 0b0100);
    }

    [Fact]
    public void InitIpi_AssertedOrDeasserted_ResetsButKeepsTheIdOrDoesNothing()
    {
        using var m = new ApicMachine(2);
        m.Current = 1;
        m.Write(0x20, 0x05000000);
        m.Write(Tpr, 0x33);
        m.Current = 0;
        m.Write(IcrHigh, 5u << 24);
        m.Write(IcrLow, 0x8500); // INIT, level, de-assert
        Assert.Equal(0, m.Cpus[1].Inits);
        m.Write(IcrLow, 0xc500);
        Assert.Equal(1, m.Cpus[1].Inits);
        m.Current = 1;
        Assert.Equal(0x05000000u, m.Read(0x20));
        Assert.Equal(0u, m.Read(Tpr));
        Assert.Equal(0xffu, m.Read(Svr));
    }

    [Fact]
    public void Startup_CarriesItsVector_EvenBelow16()
    {
        using var m = new ApicMachine(3);
        m.Write(IcrLow, 0xc4608);
        Assert.Equal([(byte)8], m.Cpus[1].Startups);
        Assert.Equal([(byte)8], m.Cpus[2].Startups);
        Assert.Empty(m.Cpus[0].Startups);
        m.Write(Esr, 0);
        Assert.Equal(0u, m.Read(Esr));
    }

    [Fact]
    public void SelfShorthand_InitAndStartup_AreNotSent()
    {
        using var m = new ApicMachine();
        m.Write(IcrLow, 0x44500);
        m.Write(IcrLow, 0x44608);
        Assert.Equal(0, m.Cpu.Inits);
        Assert.Empty(m.Cpu.Startups);
    }

    [Fact]
    public void Window_AccessedByACpu_ReachesThatCpusApic()
    {
        using var m = new ApicMachine(3);
        for (var i = 0; i < 3; i++)
        {
            m.Current = i;
            Assert.Equal((uint)i << 24, m.Read(0x20));
        }
    }

    [Theory]
    [InlineData(0x000u, 0x041u, 0, 0x41)] // fixed, physical
    [InlineData(0x1000u, 0x041u, 1, 0x41)]
    [InlineData(0x200cu, 0x041u, 1, 0x41)] // logical with redirection hint
    public void Msi_ToAnyAddress_IsDeliveredAsAddressed(uint addressBits, uint data, int cpu, int vector)
    {
        using var m = new ApicMachine(2);
        SetFlatLogicalIds(m);
        m.Bus.Deliver(0xfee00000 | addressBits, data);
        Assert.Equal(vector, m.Locals[cpu].Acknowledge());
        Assert.Equal(-1, m.Locals[1 - cpu].Acknowledge());
    }

    [Fact]
    public void X2Apic_LogicalId_IsDerivedAndAddressed()
    {
        using var m = new ApicMachine(20);
        for (var i = 0; i < 20; i++)
        {
            m.Current = i;
            m.EnterX2Apic();
        }

        Assert.Equal(0x0001_0008ul, m.ReadMsr(0x80d));
        m.WriteMsr(0x830, 0x0001_000c_0000_4877);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(i is 18 or 19, m.Cpus[i].InterruptRequest);
        }
    }

    [Fact]
    public void X2Apic_PhysicalBroadcast_ReachesAll()
    {
        using var m = new ApicMachine(3);
        for (var i = 0; i < 3; i++)
        {
            m.Current = i;
            m.EnterX2Apic();
        }

        m.WriteMsr(0x830, 0xffff_ffff_0000_4077);
        AssertReceivers(m, 0b111);
        Assert.Equal(0xffff_ffff_0000_4077, m.ReadMsr(0x830));
    }

    private static void SetFlatLogicalIds(ApicMachine m)
    {
        for (var i = 0; i < m.Locals.Length; i++)
        {
            m.Current = i;
            m.Write(Ldr, 1u << (24 + i));
        }

        m.Current = 0;
    }

    private static void AssertReceivers(ApicMachine m, int receivers)
    {
        for (var i = 0; i < m.Locals.Length; i++)
        {
            var expected = (receivers >> i & 1) != 0 ? Vector : -1;
            Assert.True(expected == m.Locals[i].Acknowledge(), $"CPU {i}");
        }
    }
}
