using Emulator.Devices.Input;

namespace Emulator.Devices.Tests.Input;

public sealed class ControllerNoiseTests
{
    private static readonly PcKey[] Keys = Enum.GetValues<PcKey>();

    /// <summary>A guest that writes anything to the controller and a host that presses anything: afterwards all works again.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Controller_AfterNoise_IsSetUpAgain(int seed)
    {
        using var rig = new ControllerRig();
        var random = new Random(seed);
        for (var i = 0; i < 50_000; i++)
        {
            Step(rig, random);
        }

        Assert.True(rig.Board.Scheduler.NextDue > rig.Board.Clock.Now);
        rig.Command(0xaa);
        Assert.Contains(0x55, rig.ReadAll());
        rig.Command(0x60);
        rig.Data(0x57);
        rig.ReadAll();
        Assert.Equal([0xfa, 0xaa, 0x00], rig.Mouse(0xff)[^3..]);
        Assert.Equal([0xfa, 0xaa], rig.Keyboard(0xff));
        rig.Mouse(0xf4);
        rig.Key(PcKey.Q, true);
        rig.Key(PcKey.Q, false);
        Assert.Equal([0x10, 0x90], rig.ReadAll());
        rig.Move(1, 1);
        Assert.Equal([0x08, 1, 1], rig.ReadAll());
    }

    private static void Step(ControllerRig rig, Random random)
    {
        switch (random.Next(8))
        {
            case 0:
                rig.Command(random.Next(256));
                break;
            case 1 or 2:
                rig.Data(random.Next(256));
                break;
            case 3:
                rig.Command(0xd4);
                rig.Data(random.Next(2) == 0 ? random.Next(256) : random.Next(0xe6, 0x100));
                break;
            case 4:
                _ = rig.Board.In(0x60);
                break;
            case 5:
                rig.Key(Keys[random.Next(Keys.Length)], random.Next(2) != 0);
                break;
            case 6:
                rig.Move(random.Next(), -random.Next(), random.Next(-9, 9), random.Next(256));
                break;
            default:
                rig.Board.Advance(random.Next(1 << random.Next(26)));
                break;
        }
    }
}
