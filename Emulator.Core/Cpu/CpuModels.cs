using System.Collections.Immutable;

namespace Emulator.Core.Cpu;

/// <summary>A model by name, before features are added or taken away.</summary>
/// <param name="Name">As QEMU spells it.</param>
/// <param name="Brand">The brand string.</param>
public sealed record CpuModelEntry(string Name, string Brand)
{
    internal string Vendor { get; init; } = CpuModels.Intel;

    internal int Family { get; init; } = 6;

    internal int Model { get; init; }

    internal int Stepping { get; init; }

    internal uint BasicLeaves { get; init; } = 0xd;

    internal string Features { get; init; } = "";
}

/// <summary>What may be said otherwise than the model's table does; null leaves it.</summary>
public sealed record CpuIdentity
{
    /// <summary>The twelve letters of the vendor.</summary>
    public string? Vendor { get; init; }

    /// <summary>The displayed family, extended family included.</summary>
    public int? Family { get; init; }

    /// <summary>The displayed model, extended model included.</summary>
    public int? Model { get; init; }

    /// <summary>The stepping.</summary>
    public int? Stepping { get; init; }

    /// <summary>The highest basic leaf.</summary>
    public uint? Level { get; init; }

    /// <summary>The brand string.</summary>
    public string? Brand { get; init; }
}

/// <summary>What asking for a model gave: the model with the features that it wants and this emulator lacks, or what was wrong.</summary>
/// <param name="Model">Null when a name was unknown.</param>
/// <param name="Missing">Features left out because they are not implemented.</param>
/// <param name="Unknown">The model or feature that is unknown.</param>
public sealed record CpuModelResult(CpuModel? Model, ImmutableArray<string> Missing, string? Unknown)
{
    /// <summary>One line for people about what is missing; null when nothing is.</summary>
    public string? Warning => Missing.IsEmpty || Model is null
        ? null
        : $"-cpu {Model.Name}: not implemented and left out: {string.Join(", ", Missing)}";
}

/// <summary>The CPU models by QEMU's names.</summary>
public static class CpuModels
{
    internal const string Intel = "GenuineIntel";
    private const string Amd = "AuthenticAMD";

    private const string I486 = "fpu vme pse";
    private const string Pentium = I486 + " de tsc msr mce cx8 mmx apic";
    private const string Pentium2 = Pentium + " pae sep mtrr pge mca cmov pat pse36 fxsr";
    private const string Pentium3 = Pentium2 + " sse";
    private const string PentiumPro = "fpu de pse tsc msr mce cx8 pge cmov pat fxsr mmx sse sse2 pae sep apic";
    private const string Base64 = PentiumPro + " mtrr clflush mca pse36 pni cx16 lm syscall nx";
    private const string Core2 = Base64 + " vme ssse3 lahf-lm";
    private const string Nehalem = Core2 + " sse4.1 sse4.2 popcnt";
    private const string Westmere = Nehalem + " aes pclmulqdq arat";
    private const string SandyBridge = Westmere + " avx xsave xsaveopt tsc-deadline x2apic rdtscp";
    private const string IvyBridge = SandyBridge + " fsgsbase smep erms f16c rdrand";
    private const string Haswell = IvyBridge + " abm movbe fma pcid bmi1 bmi2 avx2 invpcid hle rtm";
    private const string Broadwell = Haswell + " rdseed adx smap 3dnowprefetch";
    private const string Skylake = Broadwell + " xsavec xgetbv1 mpx";
    private const string SkylakeServer = Skylake + " clwb clflushopt pdpe1gb pku avx512f avx512dq avx512bw avx512cd avx512vl";
    private const string OpteronG1 = Base64 + " vme";
    private const string OpteronG2 = OpteronG1 + " lahf-lm svm rdtscp";
    private const string OpteronG3 = OpteronG2 + " popcnt monitor abm sse4a misalignsse";
    private const string OpteronG4 = OpteronG3 + " ssse3 sse4.1 sse4.2 aes pclmulqdq avx xsave pdpe1gb 3dnowprefetch fma4 xop";
    private const string OpteronG5 = OpteronG4 + " f16c fma tbm";
    private const string Epyc = Core2 + " sse4.1 sse4.2 popcnt aes pclmulqdq avx f16c fma movbe rdrand xsave xsaveopt xsavec xgetbv1 rdtscp pdpe1gb"
        + " mmxext fxsr-opt cr8legacy osvw 3dnowprefetch misalignsse sse4a abm svm topoext fsgsbase bmi1 bmi2 avx2 smep rdseed adx smap"
        + " clflushopt sha-ni arat";

    /// <summary>Every model; the first is the default.</summary>
    public static ImmutableArray<CpuModelEntry> All { get; } =
    [
        new("max", "Emulator virtual CPU") { Vendor = Amd, Family = 23, Model = 1, Stepping = 2, BasicLeaves = 0x10 },
        new("qemu64", "Emulator virtual CPU") { Vendor = Amd, Family = 15, Model = 107, Stepping = 1, Features = Base64 + " lahf-lm svm" },
        new("qemu32", "Emulator virtual CPU") { Model = 6, Stepping = 3, BasicLeaves = 4, Features = PentiumPro + " pni" },
        new("kvm64", "Common KVM processor") { Family = 15, Model = 6, Stepping = 1, Features = Base64 + " vme" },
        new("kvm32", "Common 32-bit KVM processor")
        {
            Family = 15, Model = 6, Stepping = 1, BasicLeaves = 5, Features = PentiumPro + " vme mtrr clflush mca pse36 pni",
        },
        new("486", "Intel 80486") { Family = 4, Model = 8, BasicLeaves = 1, Features = I486 },
        new("pentium", "Intel Pentium") { Family = 5, Model = 4, Stepping = 3, BasicLeaves = 1, Features = Pentium },
        new("pentium2", "Intel Pentium II") { Model = 5, Stepping = 2, BasicLeaves = 2, Features = Pentium2 },
        new("pentium3", "Intel Pentium III") { Model = 7, Stepping = 3, BasicLeaves = 3, Features = Pentium3 },
        new("coreduo", "Genuine Intel(R) CPU T2600 @ 2.16GHz")
        {
            Model = 14, Stepping = 8, BasicLeaves = 0xa, Features = PentiumPro + " vme mtrr clflush mca ss pni monitor nx",
        },
        new("core2duo", "Intel(R) Core(TM)2 Duo CPU T7700 @ 2.40GHz")
        {
            Model = 15, Stepping = 11, BasicLeaves = 0xa, Features = Core2 + " ss monitor",
        },
        new("Conroe", "Intel Celeron_4x0 (Conroe/Merom Class Core 2)") { Model = 15, Stepping = 3, BasicLeaves = 0xa, Features = Core2 },
        new("Penryn", "Intel Core 2 Duo P9xxx (Penryn Class Core 2)") { Model = 23, Stepping = 3, BasicLeaves = 0xa, Features = Core2 + " sse4.1" },
        new("Nehalem", "Intel Core i7 9xx (Nehalem Class Core i7)") { Model = 26, Stepping = 3, BasicLeaves = 0xb, Features = Nehalem },
        new("Westmere", "Westmere E56xx/L56xx/X56xx (Nehalem-C)") { Model = 44, Stepping = 1, BasicLeaves = 0xb, Features = Westmere },
        new("SandyBridge", "Intel Xeon E312xx (Sandy Bridge)") { Model = 42, Stepping = 1, Features = SandyBridge },
        new("IvyBridge", "Intel Xeon E3-12xx v2 (Ivy Bridge)") { Model = 58, Stepping = 9, Features = IvyBridge },
        new("Haswell", "Intel Core Processor (Haswell)") { Model = 60, Stepping = 4, Features = Haswell },
        new("Broadwell", "Intel Core Processor (Broadwell)") { Model = 61, Stepping = 2, Features = Broadwell },
        new("Skylake-Client", "Intel Core Processor (Skylake)") { Model = 94, Stepping = 3, BasicLeaves = 0x16, Features = Skylake },
        new("Skylake-Server", "Intel Xeon Processor (Skylake)") { Model = 85, Stepping = 4, BasicLeaves = 0x16, Features = SkylakeServer },
        new("Opteron_G1", "AMD Opteron 240 (Gen 1 Class Opteron)") { Vendor = Amd, Family = 15, Model = 6, Stepping = 1, BasicLeaves = 5, Features = OpteronG1 },
        new("Opteron_G2", "AMD Opteron 22xx (Gen 2 Class Opteron)") { Vendor = Amd, Family = 15, Model = 6, Stepping = 1, BasicLeaves = 5, Features = OpteronG2 },
        new("Opteron_G3", "AMD Opteron 23xx (Gen 3 Class Opteron)") { Vendor = Amd, Family = 16, Model = 2, Stepping = 3, BasicLeaves = 5, Features = OpteronG3 },
        new("Opteron_G4", "AMD Opteron 62xx class CPU") { Vendor = Amd, Family = 21, Model = 1, Stepping = 2, Features = OpteronG4 },
        new("Opteron_G5", "AMD Opteron 63xx class CPU") { Vendor = Amd, Family = 21, Model = 2, Features = OpteronG5 },
        new("EPYC", "AMD EPYC Processor") { Vendor = Amd, Family = 23, Model = 1, Stepping = 2, Features = Epyc },
    ];

    /// <summary>The default model with every feature that is implemented.</summary>
    public static CpuModel Max => Find("max", []).Model!;

    /// <summary>A model by name, with features switched on or off in the order given, and parts of its identity replaced.</summary>
    public static CpuModelResult Find(string name, ReadOnlySpan<(string Feature, bool Enabled)> changes, CpuIdentity? identity = null)
    {
        var entry = All.FirstOrDefault(model => model.Name == BaseName(name));
        if (entry is null)
        {
            return new CpuModelResult(null, [], name);
        }

        var wanted = DefaultFeatures(entry);
        entry = Rename(entry, identity ?? new CpuIdentity());
        foreach (var (featureName, enabled) in changes)
        {
            if (CpuFeature.Find(featureName) is not { } feature)
            {
                return new CpuModelResult(null, [], featureName);
            }

            _ = enabled ? wanted.Add(feature) : wanted.Remove(feature);
        }

        // A hypervisor bit, as every emulator shows it, unless switched off; the features of unimplemented kinds are left out.
        var missing = wanted.Where(feature => !feature.IsImplemented).Select(feature => feature.Name).ToImmutableArray();
        var model = new CpuModel(name, entry.Vendor, Signature(entry), wanted.Where(feature => feature.IsImplemented))
        {
            Brand = entry.Brand,
            BasicLeaves = entry.BasicLeaves,
        };
        return new CpuModelResult(model, missing, null);
    }

    private static CpuModelEntry Rename(CpuModelEntry entry, CpuIdentity identity) => entry with
    {
        Brand = identity.Brand ?? entry.Brand,
        Vendor = identity.Vendor ?? entry.Vendor,
        Family = identity.Family ?? entry.Family,
        Model = identity.Model ?? entry.Model,
        Stepping = identity.Stepping ?? entry.Stepping,
        BasicLeaves = identity.Level ?? entry.BasicLeaves,
    };

    private static HashSet<CpuFeature> DefaultFeatures(CpuModelEntry entry)
    {
        // MWAIT wakes on stores of other processors only by ending at once: idle guests are better off with HLT. 5-level paging costs every walk.
        if (entry.Name == "max")
        {
            return [.. CpuFeature.All.Where(feature => feature.IsImplemented && feature.Name is not ("monitor" or "ss"))];
        }

        HashSet<CpuFeature> features = [.. entry.Features.Split(' ').Select(name => CpuFeature.Find(name)!)];
        _ = features.Add(CpuFeature.Find("hypervisor")!);
        return features;
    }

    // EPYC-v3, Haswell-noTSX-IBRS and the like: the same model here, as what tells them apart is not implemented.
    private static string BaseName(string name)
    {
        foreach (var entry in All)
        {
            if (name.StartsWith(entry.Name + "-", StringComparison.Ordinal)
                && name[(entry.Name.Length + 1)..].Split('-').All(part => part is "noTSX" or "IBRS" or "IBPB" or "v1" or "v2" or "v3" or "v4" or "v5"))
            {
                return entry.Name;
            }
        }

        return name;
    }

    // CPUID.1:EAX (SDM Vol. 2, figure 3-6).
    private static uint Signature(CpuModelEntry entry)
    {
        var family = entry.Family > 15 ? 15 : entry.Family;
        var extended = entry.Family - family;
        return (uint)((extended << 20) | ((entry.Model >> 4) << 16) | (family << 8) | ((entry.Model & 0xf) << 4) | entry.Stepping);
    }
}
