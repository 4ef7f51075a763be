using Emulator.Host.Monitors;

namespace Emulator.Host.Tests.Terminal;

public sealed class HumanMonitorTests
{
    private readonly FakeTarget _target = new();

    [Theory]
    [InlineData("stop", "stop")]
    [InlineData("cont", "cont")]
    [InlineData("c", "cont")]
    [InlineData("system_reset", "reset")]
    [InlineData("system_powerdown", "button")]
    [InlineData("nmi", "nmi")]
    [InlineData("quit", "quit")]
    public void Command_OfQemu_ActsOnTheMachine(string line, string expected)
    {
        Assert.Empty(new HumanMonitor(HumanMonitor.BasicGroups(_target)).Execute(line));
        Assert.Equal([expected], _target.Calls);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("info status", "VM status: running\n")]
    [InlineData("info registers", "registers!\n")]
    [InlineData("xp/2xw 0x10", "0000000000000010: 0x13121110 0x17161514\n")]
    [InlineData("xp/3db 0xfe", "00000000000000fe: -2 -1 0\n")]
    [InlineData("xp/ub 255", "00000000000000ff: 255\n")]
    [InlineData("x/c 0x41", "0000000000000041: 'A'\n")]
    [InlineData("x/xg 0x10", "0000000000000010: 0x1716151413121110\n")]
    [InlineData("x/xb $rip + 2*3", "0000000000000016: 0x16\n")]
    [InlineData("p/d -1", "-1\n")]
    [InlineData("print ($rip | 3) * 0x10", "0x0000000000000130\n")]
    [InlineData("print 1 / 0", "1 / 0 is no expression; write numbers, $registers and + - * / % & | ^\n")]
    [InlineData("print ((((", "is no expression")]
    [InlineData("xp/2i 0x90", "0x00000090:  90                       nop\n0x00000091:  91                       xchg ecx,eax\n")]
    [InlineData("x 0x1000", "0000000000001000: Cannot access memory\n")]
    [InlineData("x/x zzz", "zzz is no address; write 0x...\n")]
    [InlineData("stp", "unknown command: stp; did you mean stop?\n")]
    [InlineData("info nonsense", "info status ")]
    [InlineData("help", "system_reset")]
    public void Command_Asked_Answers(string line, string expected)
    {
        var answer = new HumanMonitor(HumanMonitor.BasicGroups(_target)).Execute(line);
        if (expected.EndsWith('\n') || expected.Length == 0)
        {
            Assert.Equal(expected, answer);
        }
        else
        {
            Assert.Contains(expected, answer, StringComparison.Ordinal);
        }
    }

    private sealed class FakeTarget : IMonitorTarget
    {
        public List<string> Calls { get; } = [];

        public bool IsRunning => true;

        public string RunState => "running";

        public IReadOnlyList<(string Name, string Summary)> Parts => [("registers", "registers")];

        public int CodeBits => 64;

        public ulong? Register(string name) => name == "rip" ? 0x10 : null;

        public void Stop() => Calls.Add("stop");

        public void Continue() => Calls.Add("cont");

        public void Reset() => Calls.Add("reset");

        public void PressPowerButton() => Calls.Add("button");

        public void RaiseNmi() => Calls.Add("nmi");

        public void Quit() => Calls.Add("quit");

        public string? Describe(string part) => part == "registers" ? "registers!\n" : null;

        public void ReadPhysical(ulong address, Span<byte> destination)
        {
            for (var i = 0; i < destination.Length; i++)
            {
                destination[i] = (byte)(address + (ulong)i);
            }
        }

        public bool TryReadLinear(ulong address, Span<byte> destination)
        {
            ReadPhysical(address, destination);
            return address < 0x1000;
        }
    }
}
