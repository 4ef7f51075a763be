using Iced.Intel;

namespace Emulator.Core.Cpu;

/// <summary>A CPU model: what CPUID announces, and so which instructions exist.</summary>
public sealed class CpuModel
{
    /// <summary>The model's name as QEMU spells it.</summary>
    public required string Name { get; init; }

    /// <summary>CPUID.1:EAX, also EDX at reset.</summary>
    public uint Signature { get; init; } = 0x00800f12;

    /// <summary>MAXPHYADDR.</summary>
    public int PhysicalAddressBits { get; init; } = 40;

    /// <summary>1 GiB pages.</summary>
    public bool HasGigabytePages { get; init; } = true;

    /// <summary>Whether the vendor is AMD, which decides SYSCALL, SYSRET, SYSENTER and segment-load details.</summary>
    public bool IsAmd { get; init; } = true;

    /// <summary>The bits of CR4 that are not reserved.</summary>
    public ulong Cr4Defined => 0x0077_1fff & ~0u;

    /// <summary>The bits of IA32_EFER that are not reserved.</summary>
    public ulong EferDefined => Efer.SCE | Efer.LME | Efer.LMA | Efer.NXE | Efer.FFXSR;

    /// <summary>Whether an instruction that needs the feature exists.</summary>
    public bool Has(CpuidFeature feature) => true;
}
