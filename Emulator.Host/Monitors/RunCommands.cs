namespace Emulator.Host.Monitors;

/// <summary>Stopping, going on, resetting, ending.</summary>
internal sealed class RunCommands(IMonitorTarget target) : IMonitorGroup
{
    /// <inheritdoc/>
    public IEnumerable<MonitorCommand> Commands =>
    [
        Act("stop", "stop the guest", target.Stop, "s"),
        Act("cont", "let the guest go on", target.Continue, "c"),
        Act("system_reset", "reset the machine", target.Reset),
        Act("system_powerdown", "press the power button", target.PressPowerButton),
        Act("nmi", "raise an NMI", target.RaiseNmi),
        Act("quit", "end the emulator", target.Quit, "q"),
    ];

    /// <inheritdoc/>
    public IEnumerable<InfoPart> Parts =>
        [new("status", "whether the guest runs", () => target.RunState is "io-error" ? "VM status: paused (io-error)\n" : $"VM status: {target.RunState}\n")];

    private static MonitorCommand Act(string name, string summary, Action act, params string[] aliases) => new(name, "", summary, _ =>
    {
        act();
        return "";
    })
    { Aliases = [.. aliases] };
}

/// <summary>The parts of the machine that describe themselves.</summary>
internal sealed class MachineParts(IMonitorTarget target) : IMonitorGroup
{
    /// <inheritdoc/>
    public IEnumerable<InfoPart> Parts
        => target.Parts.Select(part => new InfoPart(part.Name, part.Summary, () => target.Describe(part.Name) ?? ""));
}
