using Emulator.Core.Bus;
using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>IN, OUT, INS and OUTS: the I/O permission map, faults in the middle of REP, and which access comes first (SDM Vol. 1, 19.5).</summary>
public sealed unsafe class PortStringTests
{
    private const int Map = SystemMachine.Tss + 0x88;
    private const ulong Absent = 0x80_0000;
    private const string RepInsb = "F36C";
    private const string RepOutsb = "F36E";

    /// <summary>Code, port, a denied port, IOPL, and whether the access is allowed.</summary>
    public static TheoryData<string, int, int, int, bool> Permissions => new()
    {
        { "EC", 0x20, 0x21, 0, true },
        { "EC", 0x20, 0x20, 0, false },
        { "EC", 0x20, 0x20, 3, true },
        { "66ED", 0x20, 0x21, 0, false },
        { "ED", 0x20, 0x23, 0, false },
        { "ED", 0x20, 0x24, 0, true },
        { "ED", 0x27, 0x2a, 0, false },
        { "EE", 0x27, 0x28, 0, true },
        { "E420", 0x20, 0x20, 0, false },
        { "E620", 0x20, 0x1f, 0, true },

        // Two bytes of the map are read: its last one is never the first of them.
        { "EC", 0xbb7, 0, 0, true },
        { "EC", 0xbb8, 0, 0, false },
        { "EC", 0xffff, 0, 0, false },
    };

    [Theory]
    [MemberData(nameof(Permissions))]
    public void Port_FromUserCode_IsAllowedByItsBits(string code, int port, int denied, int iopl, bool allowed)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(3);
        AllowAll(machine);
        machine.Ram[Map + (denied >> 3)] |= (byte)(1 << (denied & 7));
        machine.State->SystemFlags |= (ulong)iopl << Rflags.IoplShift;
        machine.State->Rdx = (ulong)port;
        Put(machine, code);
        machine.Run();
        Assert.Equal(allowed ? 6 : 13, machine.HandledVector);
    }

    [Fact]
    public void Map_InATssTooShortForIt_DeniesEverything()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(3);
        AllowAll(machine);
        machine.State->Tr.Limit = 0x67;
        machine.State->Rdx = 0;
        Put(machine, "EC");
        machine.Run();
        Assert.Equal(13, machine.HandledVector);
    }

    [Fact]
    public void Ins_IntoAPageThatFaults_DoesNotReadThePortForIt()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        var port = new Counting();
        machine.Ports.Claim("test", 0x80, 1, port);
        var s = machine.State;
        s->Rdi = Absent - 3;
        s->Rcx = 10;
        s->Rdx = 0x80;
        Put(machine, RepInsb);
        machine.Run();
        Assert.Equal(14, machine.HandledVector);
        Assert.Equal(3, port.Reads);
        Assert.Equal(7ul, s->Rcx);
        Assert.Equal(Absent, s->Rdi);
        Assert.Equal(Absent, s->Cr2);
        Assert.Equal(2ul, machine.Stack64(0));
        Assert.Equal((ulong)SystemMachine.Code, machine.Stack64(1));
        Assert.Equal(2, machine.Ram[Absent - 1]);
    }

    [Fact]
    public void Outs_FromAPageThatFaults_WritesWhatCameBefore()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        var port = new Counting();
        machine.Ports.Claim("test", 0x80, 1, port);
        var s = machine.State;
        s->Rsi = Absent - 2;
        s->Rcx = 5;
        s->Rdx = 0x80;
        Put(machine, RepOutsb);
        machine.Run();
        Assert.Equal(14, machine.HandledVector);
        Assert.Equal(2, port.Writes);
        Assert.Equal(3ul, s->Rcx);
    }

    [Theory]
    [InlineData(RepInsb)]
    [InlineData(RepOutsb)]
    public void StringPort_WithADeniedPort_FaultsBeforeMemoryIsTouched(string code)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(3);
        var s = machine.State;
        s->Rdi = s->Rsi = Absent;
        s->Rcx = 5;
        s->Rdx = 0xfff0;
        Put(machine, code);
        machine.Run();
        Assert.Equal(13, machine.HandledVector);
        Assert.Equal(5ul, s->Rcx);
    }

    private sealed class Counting : IPortHandler
    {
        public int Reads { get; private set; }

        public int Writes { get; private set; }

        public uint ReadPort(ushort offset, int size) => (uint)Reads++;

        public void WritePort(ushort offset, int size, uint value) => Writes++;
    }

    private static void AllowAll(SystemMachine machine)
        => new Span<byte>(machine.Ram + Map, SystemMachine.Tss + 0x1ff - Map + 1).Clear();

    private static void Put(SystemMachine machine, string code)
    {
        var bytes = Convert.FromHexString(code + "0F0B");
        bytes.CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, bytes.Length));
    }
}
