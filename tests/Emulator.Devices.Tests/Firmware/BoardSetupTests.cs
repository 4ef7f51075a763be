using Emulator.Devices.Firmware;

namespace Emulator.Devices.Tests.Firmware;

public sealed class BoardSetupTests
{
    [Fact]
    public void Setup_OnceRun_LeavesTheTimerTickingAtTheBiosVector()
    {
        using var rig = new MachineRig();
        BoardSetup.Run(rig.Ports);
        Assert.Equal((0xb8, 0xae), (rig.In(0x21), rig.In(0xa1)));
        var ticks = 0;
        for (var i = 0; i < 1000; i++)
        {
            if (rig.Legacy.Pic.Intr)
            {
                Assert.Equal(0x08, rig.Legacy.Pic.Acknowledge());
                rig.Out(0x20, 0x20);
                ticks++;
            }

            rig.Advance(1_000_000);
        }

        Assert.InRange(ticks, 18, 20);
        Assert.Equal(0xfe, rig.In(0xde));
    }
}
