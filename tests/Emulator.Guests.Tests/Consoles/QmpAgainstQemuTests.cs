using System.Text.Json;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>QMP as clients see it, here and at QEMU: the same names, kinds, errors and events.</summary>
public sealed class QmpAgainstQemuTests : IDisposable
{
    private readonly EmulatorRun _qemu = EmulatorRun.StartQemu("-display", "none", "-net", "none", "-serial", "null", "-monitor", "none");
    private readonly EmulatorRun _own = EmulatorRun.Start(null, "-display", "none", "-serial", "null");

    public void Dispose()
    {
        _qemu.Dispose();
        _own.Dispose();
    }

    [Fact]
    public void Greeting_OfBoth_HasOneShape()
    {
        using var theirs = _qemu.Connect();
        using var ours = _own.Connect();
        Assert.Equal(Version(theirs), Version(ours));
        Assert.Equal(JsonValueKind.Array, ours.Greeting.GetProperty("QMP").GetProperty("capabilities").ValueKind);

        static string Version(QmpClient client) => Shapes.Of(client.Greeting.GetProperty("QMP").GetProperty("version"));
    }

    [Theory]
    [InlineData("query-status")]
    [InlineData("query-version")]
    [InlineData("query-name")]
    [InlineData("query-kvm")]
    [InlineData("query-vnc")]
    [InlineData("query-cpus-fast")]
    [InlineData("query-chardev")]
    [InlineData("query-commands")]
    [InlineData("stop")]
    public void Answer_OfACommand_HasTheShapeOfQemus(string command)
    {
        using var theirs = _qemu.Negotiate();
        using var ours = _own.Negotiate();
        Assert.Equal(Shapes.Of(theirs.Execute(command)), Shapes.Of(ours.Execute(command)));
    }

    [Fact]
    public void Status_OfRunningAndStopped_IsQemus()
    {
        using var theirs = _qemu.Negotiate();
        using var ours = _own.Negotiate();
        foreach (var command in (string[])["cont", "stop", "cont"])
        {
            theirs.Execute(command);
            ours.Execute(command);
            Assert.Equal(Shapes.Sorted(theirs.Execute("query-status")), Shapes.Sorted(ours.Execute("query-status")));
        }
    }

    [Fact]
    public void Drives_OfQueryBlock_AreDescribedAsQemuDoes()
    {
        using var theirs = _qemu.Negotiate();
        using var ours = _own.Negotiate();
        var known = theirs.Execute("query-block").EnumerateArray().ToDictionary(drive => drive.GetProperty("device").GetString()!);
        var drives = ours.Execute("query-block").EnumerateArray().ToArray();
        Assert.Equal(["floppy0", "ide1-cd0"], drives.Select(drive => drive.GetProperty("device").GetString()).Order());
        foreach (var drive in drives)
        {
            var same = known[drive.GetProperty("device").GetString()!];
            Assert.All(drive.EnumerateObject(), member => Assert.Equal(same.GetProperty(member.Name).GetRawText(), member.Value.GetRawText()));
            string[] needed = ["device", "locked", "removable", "type"];
            Assert.All(needed, name => Assert.True(drive.TryGetProperty(name, out _), name));
        }
    }

    [Theory]
    [InlineData("""{"execute": "no-such-command", "id": 7}""")]
    [InlineData("""{"execute": "human-monitor-command"}""")]
    [InlineData("""{"execute": "query-status", "arguments": {"more": 1}}""")]
    [InlineData("""{"execute": "qmp_capabilities"}""")]
    [InlineData("""{"execute": 5}""")]
    [InlineData("""{"arguments": {}}""")]
    [InlineData("""{"execute": "eject", "arguments": {"device": "no-such-drive"}}""")]
    [InlineData("""{"execute": "stop", "arguments": 3}""")]
    public void Error_OfAWrongMessage_HasQemusClass(string message)
    {
        using var theirs = _qemu.Negotiate();
        using var ours = _own.Negotiate();
        Assert.Equal(Class(theirs), Class(ours));

        string Class(QmpClient client)
        {
            var answer = client.Send(message);
            return answer.GetProperty("error").GetProperty("class").GetString() + (answer.TryGetProperty("id", out var id) ? id.GetRawText() : "");
        }
    }

    [Fact]
    public void Events_OfTheMachinesLife_AreQemus()
    {
        using var theirs = _qemu.Negotiate();
        using var ours = _own.Negotiate();
        Assert.Equal(Live(theirs), Live(ours));

        static IReadOnlyList<string> Live(QmpClient client)
        {
            client.Execute("stop");
            client.Execute("cont");
            client.Execute("system_powerdown");
            client.WaitForEvent("POWERDOWN");
            client.Execute("system_reset");
            client.WaitForEvent("RESET");
            client.Execute("quit");
            client.WaitForEvent("SHUTDOWN");
            return client.Events;
        }
    }
}
