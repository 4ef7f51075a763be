using System.Collections.Immutable;
using System.Globalization;
using Emulator.Core.Cpu;

namespace Emulator.Host.Cli;

/// <summary>Reads <c>-cpu</c>, <c>-machine</c> and <c>-accel</c> against what this build offers.</summary>
public static class ModelSyntax
{
    private const int MaxTranslatorThreads = 64;
    private const int MaxCodeMegabytes = 1 << 20;

    /// <summary>Reads a CPU model with its features.</summary>
    public static CpuChoice ReadCpu(string text, Catalog catalog)
    {
        var subject = $"-cpu {text}";
        var parts = PropertyList.Split(text);
        var models = catalog.CpuModels.Select(entry => entry.Name);
        var model = catalog.FindCpuModel(TrimVendorSuffix(parts[0]));
        if (model is null)
        {
            throw parts[0] == "host"
                ? new UserErrorException(subject, "the host's CPU is not what the guest runs on", "use -cpu max, the newest model implemented")
                : new UserErrorException(
                    subject, $"unknown CPU model '{parts[0]}'", Suggestion.Mend(parts[0], models, "-cpu help lists the models"));
        }

        var features = ImmutableArray.CreateBuilder<CpuFeatureChoice>();
        var identity = new CpuIdentity();
        foreach (var part in parts.Skip(1))
        {
            if (ReadIdentity(subject, part, identity) is { } changed)
            {
                identity = changed;
            }
            else
            {
                features.Add(ReadFeature(subject, part, catalog));
            }
        }

        return new CpuChoice(model, features.ToImmutable()) { Identity = identity };
    }

    /// <summary>Reads a machine type; its <c>accel</c> property is handed back as the value that <c>-accel</c> would have.</summary>
    public static MachineChoice ReadMachine(string text, out string? accel)
    {
        var list = PropertyList.Parse("-machine", text, "type");
        var type = list.Head ?? "pc";
        if (!Catalog.Machines.Any(machine => machine.Name == type))
        {
            throw list.Error(
                $"unknown machine '{type}'", NearestMachine(type));
        }

        type = type switch
        {
            "pc-i440fx-7.2" => "pc",
            "pc-q35-7.2" => "q35",
            _ => type,
        };

        accel = list.Take("accel");
        var choice = new MachineChoice(type, list.TakeSwitch("acpi", true), list.TakeSwitch("hpet", true));
        RequireOff(list, "usb");
        RequireOff(list, "vmport");
        RequireOff(list, "kernel-irqchip");
        RequireOff(list, "kernel_irqchip");
        list.RefuseRest("accel", "acpi", "hpet", "usb=off", "vmport=off");
        return choice;
    }

    // Machines of other versions are those of this one but for small things.
    private static string NearestMachine(string type)
        => type.StartsWith("pc-q35-", StringComparison.Ordinal) ? "use -machine q35"
            : type.StartsWith("pc-", StringComparison.Ordinal) ? "use -machine pc"
            : Suggestion.Mend(type, Catalog.Machines.Select(machine => machine.Name), "use -machine pc or -machine q35");

    /// <summary>The sub-options of <c>-accel jit</c>.</summary>
    public static ImmutableArray<CatalogEntry> JitOptions { get; } =
    [
        new("strategy=NAME", "what is compiled together (default: the first strategy)"),
        new("threshold=N", "entries after which a block is hot (default: as the strategy says)"),
        new("threads=N", "threads that compile; 0: the guest waits while code is compiled (default: host processors less one, 1 to 4)"),
        new("tb-size=N", "the most MiB of compiled code, as estimated (default 64)"),
    ];

    /// <summary>Reads an engine. Of several, separated by colons, the first counts, as none can fail to start.</summary>
    public static AccelChoice ReadAccel(string text, Catalog catalog)
    {
        var list = PropertyList.Parse("-accel", text, "accel");
        var kind = (list.Head ?? "").Split(':')[0];
        var strategy = list.Take("strategy");
        if (kind is "kvm" or "hvf" or "whpx" or "xen" or "nvmm")
        {
            throw list.Error("hardware acceleration is not supported", "use -accel jit or -accel interpreter");
        }

        if (!Catalog.Engines.Any(engine => engine.Name == kind))
        {
            throw list.Error(
                $"unknown accelerator '{kind}'", Suggestion.Mend(kind, Catalog.Engines.Select(engine => engine.Name), "use jit or interpreter"));
        }

        var threads = list.Take("thread");
        if (threads is not (null or "single"))
        {
            throw list.Error("all processors share one thread", "write thread=single or leave it out");
        }

        var verify = list.TakeSwitch("verify", false);
        if (kind == "interpreter")
        {
            if (verify)
            {
                throw list.Error("the interpreter is what compiled code is compared with", "use -accel jit,verify=on");
            }

            return strategy is null && list.Rest.Count == 0
                ? new AccelChoice("interpreter", null)
                : throw list.Error("the interpreter has no strategies and compiles nothing", "use -accel jit for that");
        }

        var choice = new AccelChoice("jit", strategy)
        {
            Threshold = (uint?)TakeCount(list, "threshold", 1, int.MaxValue),
            Threads = (int?)TakeCount(list, "threads", 0, MaxTranslatorThreads),
            CodeMegabytes = (int?)TakeCount(list, "tb-size", 1, MaxCodeMegabytes),
            Verify = verify,
        };
        list.RefuseRest("strategy", "threshold", "threads", "tb-size", "verify", "thread=single");

        var names = catalog.Strategies.Select(entry => entry.Name);
        return strategy is null || names.Contains(strategy, StringComparer.Ordinal)
            ? choice
            : throw list.Error($"unknown strategy '{strategy}'", Suggestion.Mend(strategy, names, "-accel help lists the strategies"));
    }

    private static long? TakeCount(PropertyList list, string name, long minimum, long maximum)
    {
        var taken = list.TakeNumber(name, long.MinValue, minimum, maximum);
        return taken == long.MinValue ? null : taken;
    }

    // Null when the part is no property of the identity.
    private static CpuIdentity? ReadIdentity(string subject, string part, CpuIdentity identity)
    {
        var equals = part.IndexOf('=', StringComparison.Ordinal);
        var value = part[(equals + 1)..];
        return (equals < 0 ? "" : part[..equals]) switch
        {
            "vendor" => value.Length == 12
                ? identity with { Vendor = value }
                : throw new UserErrorException(subject, $"the vendor '{value}' has not twelve letters", "write vendor=GenuineIntel or vendor=AuthenticAMD"),
            "family" => identity with { Family = ReadNumber(subject, part, value, 0x10e) },
            "model" => identity with { Model = ReadNumber(subject, part, value, 0xff) },
            "stepping" => identity with { Stepping = ReadNumber(subject, part, value, 0xf) },
            "level" => identity with { Level = (uint)ReadNumber(subject, part, value, 0x20) },
            "model-id" => identity with { Brand = value },
            _ => null,
        };
    }

    private static int ReadNumber(string subject, string part, string value, int most)
    {
        var isHexadecimal = value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        var style = isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
        return int.TryParse(isHexadecimal ? value[2..] : value, style, CultureInfo.InvariantCulture, out var number) && number >= 0 && number <= most
            ? number
            : throw new UserErrorException(subject, $"'{part}' is no number from 0 to {most}", "write it in decimal or as 0x...");
    }

    private static CpuFeatureChoice ReadFeature(string subject, string part, Catalog catalog)
    {
        var enabled = true;
        var name = part;
        if (part.StartsWith('+') || part.StartsWith('-'))
        {
            enabled = part[0] == '+';
            name = part[1..];
        }
        else if (part.IndexOf('=', StringComparison.Ordinal) is var equals and > 0)
        {
            name = part[..equals];
            enabled = part[(equals + 1)..] switch
            {
                "on" or "yes" or "true" => true,
                "off" or "no" or "false" => false,
                _ => throw new UserErrorException(subject, $"'{part}' is not supported", $"write {name}=on or {name}=off"),
            };
        }

        return catalog.FindCpuFeature(name) is { } known
            ? new CpuFeatureChoice(known, enabled)
            : name is "check" or "enforce" or "host-phys-bits" or "migratable"
                ? new CpuFeatureChoice(name, enabled)
                : throw new UserErrorException(
                    subject, $"unknown CPU feature '{name}'", Suggestion.Mend(name, catalog.CpuFeatures, "-cpu help lists the features"));
    }

    private static string TrimVendorSuffix(string model)
        => model.EndsWith("-x86_64-cpu", StringComparison.Ordinal) ? model[..^"-x86_64-cpu".Length] : model;

    private static void RequireOff(PropertyList list, string name)
    {
        if (list.TakeSwitch(name, false))
        {
            throw list.Error($"{name}=on is not supported", $"leave it out or write {name}=off");
        }
    }
}
