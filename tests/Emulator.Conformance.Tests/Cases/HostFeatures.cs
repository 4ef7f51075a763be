using System.Runtime.Intrinsics.X86;
using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>Which of Iced's features the host CPU has, asked of CPUID. A feature that is not in the table counts as absent.</summary>
public static class HostFeatures
{
    private enum Output
    {
        Eax,
        Ebx,
        Ecx,
        Edx,
    }

    private readonly record struct Bit(CpuidFeature Feature, uint Leaf, Output Output, int Number, int Subleaf = 0);

    // What every x86-64 processor has.
    private static readonly CpuidFeature[] Baseline =
    [
        CpuidFeature.INTEL8086, CpuidFeature.INTEL8086_ONLY, CpuidFeature.INTEL186, CpuidFeature.INTEL286, CpuidFeature.INTEL386,
        CpuidFeature.INTEL486, CpuidFeature.X64, CpuidFeature.CPUID, CpuidFeature.FPU, CpuidFeature.FPU287, CpuidFeature.FPU387,
        CpuidFeature.CMOV, CpuidFeature.PAUSE, CpuidFeature.MULTIBYTENOP, CpuidFeature.CX8, CpuidFeature.MMX, CpuidFeature.FXSR,
        CpuidFeature.SSE, CpuidFeature.SSE2, CpuidFeature.TSC, CpuidFeature.MSR, CpuidFeature.SYSCALL, CpuidFeature.CET_IBT,
    ];

    // SDM Vol. 2A, CPUID; APM Vol. 3, appendix E.
    private static readonly Bit[] Bits =
    [
        new(CpuidFeature.SSE3, 1, Output.Ecx, 0),
        new(CpuidFeature.PCLMULQDQ, 1, Output.Ecx, 1),
        new(CpuidFeature.SSSE3, 1, Output.Ecx, 9),
        new(CpuidFeature.FMA, 1, Output.Ecx, 12),
        new(CpuidFeature.CMPXCHG16B, 1, Output.Ecx, 13),
        new(CpuidFeature.SSE4_1, 1, Output.Ecx, 19),
        new(CpuidFeature.SSE4_2, 1, Output.Ecx, 20),
        new(CpuidFeature.MOVBE, 1, Output.Ecx, 22),
        new(CpuidFeature.POPCNT, 1, Output.Ecx, 23),
        new(CpuidFeature.AES, 1, Output.Ecx, 25),
        new(CpuidFeature.XSAVE, 1, Output.Ecx, 27),
        new(CpuidFeature.AVX, 1, Output.Ecx, 28),
        new(CpuidFeature.F16C, 1, Output.Ecx, 29),
        new(CpuidFeature.CLFSH, 1, Output.Edx, 19),
        new(CpuidFeature.BMI1, 7, Output.Ebx, 3),
        new(CpuidFeature.AVX2, 7, Output.Ebx, 5),
        new(CpuidFeature.BMI2, 7, Output.Ebx, 8),
        new(CpuidFeature.ADX, 7, Output.Ebx, 19),
        new(CpuidFeature.CLFLUSHOPT, 7, Output.Ebx, 23),
        new(CpuidFeature.CLWB, 7, Output.Ebx, 24),
        new(CpuidFeature.SHA, 7, Output.Ebx, 29),
        new(CpuidFeature.GFNI, 7, Output.Ecx, 8),
        new(CpuidFeature.VAES, 7, Output.Ecx, 9),
        new(CpuidFeature.VPCLMULQDQ, 7, Output.Ecx, 10),
        new(CpuidFeature.MOVDIRI, 7, Output.Ecx, 27),
        new(CpuidFeature.MOVDIR64B, 7, Output.Ecx, 28),
        new(CpuidFeature.XSAVEOPT, 0xd, Output.Eax, 0, Subleaf: 1),
        new(CpuidFeature.XSAVEC, 0xd, Output.Eax, 1, Subleaf: 1),
        new(CpuidFeature.LZCNT, 0x8000_0001, Output.Ecx, 5),
        new(CpuidFeature.SSE4A, 0x8000_0001, Output.Ecx, 6),
        new(CpuidFeature.PREFETCHW, 0x8000_0001, Output.Ecx, 8),
        new(CpuidFeature.XOP, 0x8000_0001, Output.Ecx, 11),
        new(CpuidFeature.FMA4, 0x8000_0001, Output.Ecx, 16),
        new(CpuidFeature.D3NOW, 0x8000_0001, Output.Edx, 31),
        new(CpuidFeature.CLZERO, 0x8000_0008, Output.Ebx, 0),
    ];

    /// <summary>Whether the host has every feature of an instruction. FSGSBASE is for the operating system to say.</summary>
    public static bool Has(Code code)
    {
        foreach (var feature in code.CpuidFeatures())
        {
            if (!Has(feature))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the host has a feature.</summary>
    public static bool Has(CpuidFeature feature)
    {
        if (Array.IndexOf(Baseline, feature) >= 0)
        {
            return true;
        }

        if (feature == CpuidFeature.FSGSBASE)
        {
            return OperatingSystem.IsLinux() && (AuxiliaryVector.HardwareCapabilities2 & 2) != 0;
        }

        foreach (var bit in Bits)
        {
            if (bit.Feature == feature)
            {
                var answer = X86Base.CpuId((int)bit.Leaf, bit.Subleaf);
                var value = bit.Output switch { Output.Eax => answer.Eax, Output.Ebx => answer.Ebx, Output.Ecx => answer.Ecx, _ => answer.Edx };
                return ((value >> bit.Number) & 1) != 0;
            }
        }

        return false;
    }
}
