using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Iced.Intel;

namespace Emulator.Core.Cpu;

/// <summary>The CPUID registers that hold feature bits.</summary>
public enum CpuidWord
{
    Leaf1Edx,
    Leaf1Ecx,
    Leaf6Eax,
    Leaf7Ebx,
    Leaf7Ecx,
    Leaf7Edx,
    LeafDOneEax,
    Extended1Edx,
    Extended1Ecx,
    Extended7Edx,
    Extended8Ebx,
    Extended21Eax,
}

/// <summary>A feature: its name as QEMU spells it, its CPUID bit, the instructions that exist with it, and whether this emulator has it.</summary>
public sealed record CpuFeature(string Name, CpuidWord Word, int Bit, bool IsImplemented, ImmutableArray<CpuidFeature> Instructions)
{
    /// <summary>Every feature that is known by name (SDM Vol. 2, CPUID; APM Vol. 3, appendix E).</summary>
    public static ImmutableArray<CpuFeature> All { get; } =
    [
        Have("fpu", CpuidWord.Leaf1Edx, 0, CpuidFeature.FPU, CpuidFeature.FPU287, CpuidFeature.FPU387),
        Have("vme", CpuidWord.Leaf1Edx, 1),
        Have("de", CpuidWord.Leaf1Edx, 2),
        Have("pse", CpuidWord.Leaf1Edx, 3),
        Have("tsc", CpuidWord.Leaf1Edx, 4, CpuidFeature.TSC),
        Have("msr", CpuidWord.Leaf1Edx, 5, CpuidFeature.MSR),
        Have("pae", CpuidWord.Leaf1Edx, 6),
        Have("mce", CpuidWord.Leaf1Edx, 7),
        Have("cx8", CpuidWord.Leaf1Edx, 8, CpuidFeature.CX8),
        Have("apic", CpuidWord.Leaf1Edx, 9),
        Have("sep", CpuidWord.Leaf1Edx, 11, CpuidFeature.SEP),
        Have("mtrr", CpuidWord.Leaf1Edx, 12),
        Have("pge", CpuidWord.Leaf1Edx, 13),
        Have("mca", CpuidWord.Leaf1Edx, 14),
        Have("cmov", CpuidWord.Leaf1Edx, 15, CpuidFeature.CMOV, CpuidFeature.MULTIBYTENOP, CpuidFeature.RDPMC),
        Have("pat", CpuidWord.Leaf1Edx, 16),
        Have("pse36", CpuidWord.Leaf1Edx, 17),
        Have("clflush", CpuidWord.Leaf1Edx, 19, CpuidFeature.CLFSH),
        Lack("ds", CpuidWord.Leaf1Edx, 21),
        Lack("acpi", CpuidWord.Leaf1Edx, 22),
        Have("mmx", CpuidWord.Leaf1Edx, 23, CpuidFeature.MMX),
        Have("fxsr", CpuidWord.Leaf1Edx, 24, CpuidFeature.FXSR),
        Have("sse", CpuidWord.Leaf1Edx, 25, CpuidFeature.SSE),
        Have("sse2", CpuidWord.Leaf1Edx, 26, CpuidFeature.SSE2),
        Have("ss", CpuidWord.Leaf1Edx, 27),
        Lack("ht", CpuidWord.Leaf1Edx, 28),
        Lack("tm", CpuidWord.Leaf1Edx, 29),
        Lack("ia64", CpuidWord.Leaf1Edx, 30),
        Lack("pbe", CpuidWord.Leaf1Edx, 31),
        Have("pni", CpuidWord.Leaf1Ecx, 0, CpuidFeature.SSE3),
        Have("pclmulqdq", CpuidWord.Leaf1Ecx, 1, CpuidFeature.PCLMULQDQ),
        Lack("dtes64", CpuidWord.Leaf1Ecx, 2),
        Have("monitor", CpuidWord.Leaf1Ecx, 3, CpuidFeature.MONITOR),
        Lack("ds-cpl", CpuidWord.Leaf1Ecx, 4),
        Lack("vmx", CpuidWord.Leaf1Ecx, 5, CpuidFeature.VMX),
        Lack("smx", CpuidWord.Leaf1Ecx, 6, CpuidFeature.SMX),
        Lack("est", CpuidWord.Leaf1Ecx, 7),
        Lack("tm2", CpuidWord.Leaf1Ecx, 8),
        Have("ssse3", CpuidWord.Leaf1Ecx, 9, CpuidFeature.SSSE3),
        Lack("cid", CpuidWord.Leaf1Ecx, 10),
        Have("fma", CpuidWord.Leaf1Ecx, 12, CpuidFeature.FMA),
        Have("cx16", CpuidWord.Leaf1Ecx, 13, CpuidFeature.CMPXCHG16B),
        Lack("xtpr", CpuidWord.Leaf1Ecx, 14),
        Lack("pdcm", CpuidWord.Leaf1Ecx, 15),
        Have("pcid", CpuidWord.Leaf1Ecx, 17),
        Lack("dca", CpuidWord.Leaf1Ecx, 18),
        Have("sse4.1", CpuidWord.Leaf1Ecx, 19, CpuidFeature.SSE4_1),
        Have("sse4.2", CpuidWord.Leaf1Ecx, 20, CpuidFeature.SSE4_2),
        Have("x2apic", CpuidWord.Leaf1Ecx, 21),
        Have("movbe", CpuidWord.Leaf1Ecx, 22, CpuidFeature.MOVBE),
        Have("popcnt", CpuidWord.Leaf1Ecx, 23, CpuidFeature.POPCNT),
        Have("tsc-deadline", CpuidWord.Leaf1Ecx, 24),
        Have("aes", CpuidWord.Leaf1Ecx, 25, CpuidFeature.AES),
        Have("xsave", CpuidWord.Leaf1Ecx, 26, CpuidFeature.XSAVE),
        Have("avx", CpuidWord.Leaf1Ecx, 28, CpuidFeature.AVX),
        Have("f16c", CpuidWord.Leaf1Ecx, 29, CpuidFeature.F16C),
        Have("rdrand", CpuidWord.Leaf1Ecx, 30, CpuidFeature.RDRAND),
        Have("hypervisor", CpuidWord.Leaf1Ecx, 31),
        Have("arat", CpuidWord.Leaf6Eax, 2),
        Have("fsgsbase", CpuidWord.Leaf7Ebx, 0, CpuidFeature.FSGSBASE),
        Have("tsc-adjust", CpuidWord.Leaf7Ebx, 1),
        Have("bmi1", CpuidWord.Leaf7Ebx, 3, CpuidFeature.BMI1),
        Lack("hle", CpuidWord.Leaf7Ebx, 4, CpuidFeature.HLE),
        Have("avx2", CpuidWord.Leaf7Ebx, 5, CpuidFeature.AVX2),
        Have("smep", CpuidWord.Leaf7Ebx, 7),
        Have("bmi2", CpuidWord.Leaf7Ebx, 8, CpuidFeature.BMI2),
        Have("erms", CpuidWord.Leaf7Ebx, 9),
        Have("invpcid", CpuidWord.Leaf7Ebx, 10, CpuidFeature.INVPCID),
        Lack("rtm", CpuidWord.Leaf7Ebx, 11, CpuidFeature.RTM),
        Lack("mpx", CpuidWord.Leaf7Ebx, 14, CpuidFeature.MPX),
        Lack("avx512f", CpuidWord.Leaf7Ebx, 16, CpuidFeature.AVX512F),
        Lack("avx512dq", CpuidWord.Leaf7Ebx, 17, CpuidFeature.AVX512DQ),
        Have("rdseed", CpuidWord.Leaf7Ebx, 18, CpuidFeature.RDSEED),
        Lack("avx512ifma", CpuidWord.Leaf7Ebx, 21, CpuidFeature.AVX512_IFMA),
        Lack("intel-pt", CpuidWord.Leaf7Ebx, 25),
        Have("adx", CpuidWord.Leaf7Ebx, 19, CpuidFeature.ADX),
        Have("smap", CpuidWord.Leaf7Ebx, 20, CpuidFeature.SMAP),
        Have("clflushopt", CpuidWord.Leaf7Ebx, 23, CpuidFeature.CLFLUSHOPT),
        Have("clwb", CpuidWord.Leaf7Ebx, 24, CpuidFeature.CLWB),
        Lack("avx512cd", CpuidWord.Leaf7Ebx, 28, CpuidFeature.AVX512CD),
        Have("sha-ni", CpuidWord.Leaf7Ebx, 29, CpuidFeature.SHA),
        Lack("avx512bw", CpuidWord.Leaf7Ebx, 30, CpuidFeature.AVX512BW),
        Lack("avx512vl", CpuidWord.Leaf7Ebx, 31, CpuidFeature.AVX512VL),
        Lack("avx512vbmi", CpuidWord.Leaf7Ecx, 1, CpuidFeature.AVX512_VBMI),
        Have("umip", CpuidWord.Leaf7Ecx, 2),
        Lack("waitpkg", CpuidWord.Leaf7Ecx, 5, CpuidFeature.WAITPKG),
        Lack("gfni", CpuidWord.Leaf7Ecx, 8, CpuidFeature.GFNI),
        Have("pku", CpuidWord.Leaf7Ecx, 3, CpuidFeature.PKU),
        Have("vaes", CpuidWord.Leaf7Ecx, 9, CpuidFeature.VAES),
        Have("vpclmulqdq", CpuidWord.Leaf7Ecx, 10, CpuidFeature.VPCLMULQDQ),
        Have("la57", CpuidWord.Leaf7Ecx, 16),
        Have("rdpid", CpuidWord.Leaf7Ecx, 22, CpuidFeature.RDPID),
        Lack("cldemote", CpuidWord.Leaf7Ecx, 25, CpuidFeature.CLDEMOTE),
        Lack("movdiri", CpuidWord.Leaf7Ecx, 27, CpuidFeature.MOVDIRI),
        Lack("movdir64b", CpuidWord.Leaf7Ecx, 28, CpuidFeature.MOVDIR64B),
        Lack("pks", CpuidWord.Leaf7Ecx, 31),
        Have("fsrm", CpuidWord.Leaf7Edx, 4),
        Lack("md-clear", CpuidWord.Leaf7Edx, 10),
        Lack("spec-ctrl", CpuidWord.Leaf7Edx, 26),
        Lack("stibp", CpuidWord.Leaf7Edx, 27),
        Lack("arch-capabilities", CpuidWord.Leaf7Edx, 29),
        Lack("ssbd", CpuidWord.Leaf7Edx, 31),
        Have("xsaveopt", CpuidWord.LeafDOneEax, 0, CpuidFeature.XSAVEOPT),
        Have("xsavec", CpuidWord.LeafDOneEax, 1, CpuidFeature.XSAVEC),
        Have("xgetbv1", CpuidWord.LeafDOneEax, 2),
        Lack("xsaves", CpuidWord.LeafDOneEax, 3, CpuidFeature.XSAVES),
        Have("syscall", CpuidWord.Extended1Edx, 11, CpuidFeature.SYSCALL),
        Have("nx", CpuidWord.Extended1Edx, 20),
        Have("mmxext", CpuidWord.Extended1Edx, 22),
        Lack("fxsr-opt", CpuidWord.Extended1Edx, 25),
        Have("pdpe1gb", CpuidWord.Extended1Edx, 26),
        Have("rdtscp", CpuidWord.Extended1Edx, 27, CpuidFeature.RDTSCP),
        Have("lm", CpuidWord.Extended1Edx, 29, CpuidFeature.X64, CpuidFeature.PREFETCHW, CpuidFeature.PREFETCHWT1),
        Lack("3dnowext", CpuidWord.Extended1Edx, 30, CpuidFeature.D3NOWEXT),
        Lack("3dnow", CpuidWord.Extended1Edx, 31, CpuidFeature.D3NOW),
        Have("lahf-lm", CpuidWord.Extended1Ecx, 0),
        Lack("cmp-legacy", CpuidWord.Extended1Ecx, 1),
        Lack("svm", CpuidWord.Extended1Ecx, 2, CpuidFeature.SVM),
        Lack("cr8legacy", CpuidWord.Extended1Ecx, 4),
        Have("abm", CpuidWord.Extended1Ecx, 5, CpuidFeature.LZCNT, CpuidFeature.POPCNT),
        Lack("sse4a", CpuidWord.Extended1Ecx, 6, CpuidFeature.SSE4A),
        Lack("misalignsse", CpuidWord.Extended1Ecx, 7),
        Have("3dnowprefetch", CpuidWord.Extended1Ecx, 8, CpuidFeature.PREFETCHW),
        Lack("osvw", CpuidWord.Extended1Ecx, 9),
        Lack("xop", CpuidWord.Extended1Ecx, 11, CpuidFeature.XOP),
        Lack("ibs", CpuidWord.Extended1Ecx, 10),
        Lack("skinit", CpuidWord.Extended1Ecx, 12),
        Lack("wdt", CpuidWord.Extended1Ecx, 13),
        Lack("lwp", CpuidWord.Extended1Ecx, 15, CpuidFeature.LWP),
        Lack("fma4", CpuidWord.Extended1Ecx, 16, CpuidFeature.FMA4),
        Lack("tbm", CpuidWord.Extended1Ecx, 21, CpuidFeature.TBM),
        Have("topoext", CpuidWord.Extended1Ecx, 22),
        Lack("perfctr-core", CpuidWord.Extended1Ecx, 23),
        Lack("perfctr-nb", CpuidWord.Extended1Ecx, 24),
        Have("invtsc", CpuidWord.Extended7Edx, 8),
        Lack("clzero", CpuidWord.Extended8Ebx, 0, CpuidFeature.CLZERO),
        Lack("xsaveerptr", CpuidWord.Extended8Ebx, 2),
        Have("wbnoinvd", CpuidWord.Extended8Ebx, 9, CpuidFeature.WBNOINVD),
        Lack("ibpb", CpuidWord.Extended8Ebx, 12),
        Lack("ibrs", CpuidWord.Extended8Ebx, 14),
        Lack("amd-stibp", CpuidWord.Extended8Ebx, 15),
        Lack("amd-ssbd", CpuidWord.Extended8Ebx, 24),
        Lack("virt-ssbd", CpuidWord.Extended8Ebx, 25),

        // Nothing is executed speculatively, so that what an attack needs is not there.
        Have("amd-no-ssb", CpuidWord.Extended8Ebx, 26),
        Have("btc-no", CpuidWord.Extended8Ebx, 29),
        Have("lfence-always-serializing", CpuidWord.Extended21Eax, 2),
        Have("null-sel-clr-base", CpuidWord.Extended21Eax, 6),
        Have("auto-ibrs", CpuidWord.Extended21Eax, 8),
        Have("srso-no", CpuidWord.Extended21Eax, 29),
    ];

    private string Spelling { get; } = Normal(Name);

    /// <summary>The feature with a name; QEMU's older spellings are understood. Null when there is none.</summary>
    public static CpuFeature? Find(string name)
    {
        var wanted = Normal(name) switch
        {
            "sse3" => "pni",
            "pclmuldq" => "pclmulqdq",
            "nodeid-msr" => "",
            "i64" => "lm",
            "xd" => "nx",
            "sse4-1" => "sse4-1",
            "lzcnt" => "abm",
            "sha" => "sha-ni",
            var other => other,
        };
        foreach (var feature in All)
        {
            if (feature.Spelling == wanted)
            {
                return feature;
            }
        }

        return null;
    }

    /// <summary>A feature is one of <see cref="All"/>, and equal to itself alone.</summary>
    public bool Equals(CpuFeature? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((int)Word * 32) + Bit;

    private static string Normal(string name) => name.Replace('_', '-').Replace('.', '-');

    private static CpuFeature Have(string name, CpuidWord word, int bit, params CpuidFeature[] instructions)
        => new(name, word, bit, true, ImmutableCollectionsMarshal.AsImmutableArray(instructions));

    private static CpuFeature Lack(string name, CpuidWord word, int bit, params CpuidFeature[] instructions)
        => new(name, word, bit, false, ImmutableCollectionsMarshal.AsImmutableArray(instructions));
}
