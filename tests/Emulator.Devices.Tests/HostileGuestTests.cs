using System.Reflection;
using Emulator.Core.Machine;

namespace Emulator.Devices.Tests;

public sealed class HostileGuestTests
{
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    public void Noise_OnEveryPortAndWindow_NeverThrows(int seed)
    {
        using var rig = new MachineRig();
        var noise = new GuestNoise(rig, seed);
        noise.Run(20_000);
        rig.Advance(MachineRig.Second / 1000);
        Assert.True(rig.Scheduler.NextDue > rig.Clock.Now);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(24)]
    [InlineData(25)]
    [InlineData(26)]
    [InlineData(27)]
    [InlineData(28)]
    [InlineData(29)]
    [InlineData(30)]
    public void Machine_RestoredFromSnapshot_AnswersAsBefore(int seed)
    {
        using var rig = new MachineRig();
        new GuestNoise(rig, seed).Run(3000);
        var start = rig.Snapshot();
        var first = new GuestNoise(rig, seed + 100);
        first.Run(3000);
        var end = rig.Snapshot();

        rig.Restore(start);
        var second = new GuestNoise(rig, seed + 100);
        second.Run(3000);
        Assert.Equal(first.Hash, second.Hash);
        Assert.Equal(end.Devices, rig.Snapshot().Devices);
        Assert.Equal(end.Media, rig.Snapshot().Media);
    }

    [Fact]
    public void Device_OfTheBoard_HasAContractTest()
    {
        using var rig = new MachineRig();
        var covered = typeof(DeviceContractTests).Assembly.GetTypes()
            .Where(type => type.BaseType == typeof(DeviceContractTests))
            .Select(type => Selected(type, rig).StateName)
            .ToHashSet(StringComparer.Ordinal);
        Assert.All(rig.Legacy.All, device => Assert.Contains(device.StateName.Replace("uart2", "uart0", StringComparison.Ordinal), covered));
    }

    private static IDevice Selected(Type type, MachineRig rig)
    {
        var select = type.GetMethod("Select", BindingFlags.Instance | BindingFlags.NonPublic)!;
        return (IDevice)select.Invoke(Activator.CreateInstance(type), [rig])!;
    }
}
