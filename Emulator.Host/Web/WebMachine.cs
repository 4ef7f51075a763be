using System.Text.Json.Nodes;
using Emulator.Host.Machines;
using Emulator.Host.Monitors;

namespace Emulator.Host.Web;

/// <summary>What the page sees and does of the machine: everything on the machine's thread, answered from there.</summary>
internal sealed class WebMachine(PcMachine pc, IMonitorTarget target, MonitorSet monitor, string name)
{
    private const long LargestExactNumber = 1L << 53;

    /// <summary>The machine's state as JSON.</summary>
    public Task<string> StatusAsync(int serialPorts) => OnMachineAsync(() => new JsonObject
    {
        ["name"] = name,
        ["running"] = target.IsRunning,
        ["instructions"] = Math.Min(Retired(), LargestExactNumber),
        ["nanoseconds"] = pc.Machine.Clock.Now,
        ["engine"] = target.Describe("jit"),
        ["serialPorts"] = serialPorts,
        ["drives"] = new JsonArray([.. pc.Storage.Devices.Where(drive => drive.Kind != Devices.Storage.DriveKind.Disk).Select(drive => new JsonObject
        {
            ["name"] = drive.Name,
            ["medium"] = drive.Medium is { } medium ? $"{medium.Length >> 10} KiB" : null,
        })]),
    }.ToJsonString());

    /// <summary>Presses one of the page's buttons; the answer is what there is to say, null when there is no such button.</summary>
    public Task<string?> ActAsync(string action, string drive, string file) => action switch
    {
        "stop" or "cont" or "system_reset" or "system_powerdown" or "nmi" => OnMachineAsync<string?>(() => monitor.Human.Execute(action)),
        "sendkey" => OnMachineAsync<string?>(() => monitor.Human.Execute("sendkey " + file)),
        "eject" => OnMachineAsync<string?>(() => monitor.Drives.Eject(drive, force: true) ?? ""),
        "change" => OnMachineAsync<string?>(() => monitor.Drives.Insert(drive, file) ?? ""),
        _ => Task.FromResult<string?>(null),
    };

    private unsafe long Retired() => pc.Machine.Processors.Sum(processor => (long)processor.State->Retired);

    private Task<T> OnMachineAsync<T>(Func<T> act)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        pc.Machine.Scheduler.Post(() => done.TrySetResult(act()));
        return done.Task;
    }
}
