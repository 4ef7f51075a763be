using Iced.Intel;

namespace Emulator.Core.Cpu;

/// <summary>A CPU model: what CPUID announces, and so which instructions, control bits and registers exist.</summary>
public sealed class CpuModel
{
    /// <summary>How many features Iced names; a constant, as asking the enumeration for its values is slow.</summary>
    internal const int InstructionFeatureCount = 178;

    private readonly uint[] _words;
    private readonly bool[] _instructions;

    /// <summary>A model with the features given, whether or not they are implemented.</summary>
    public CpuModel(string name, string vendor, uint signature, IEnumerable<CpuFeature> features)
    {
        Name = name;
        Vendor = vendor;
        Signature = signature;
        _words = new uint[(int)CpuidWord.Extended21Eax + 1];
        _instructions = new bool[InstructionFeatureCount];
        foreach (var feature in features)
        {
            _words[(int)feature.Word] |= 1u << feature.Bit;
            foreach (var instruction in feature.Instructions)
            {
                _instructions[(int)instruction] = true;
            }
        }

        foreach (var instruction in AlwaysThere)
        {
            _instructions[(int)instruction] = true;
        }

        PhysicalAddressBits = Has("lm") ? 40 : Has("pae") || Has("pse36") ? 36 : 32;
        HasGigabytePages = Has("pdpe1gb");
        HasLongMode = Has("lm");
        IsAmd = Vendor == "AuthenticAMD";
        NullKeepsBase = IsAmd && !Has("null-sel-clr-base");
        LinearAddressBits = Has("la57") ? 57 : 48;
        Cr4Defined = With("vme", Cr4.VME | Cr4.PVI) | With("tsc", Cr4.TSD) | With("de", Cr4.DE) | With("pse", Cr4.PSE) | With("pae", Cr4.PAE)
            | With("mce", Cr4.MCE) | With("pge", Cr4.PGE) | With("cmov", Cr4.PCE) | With("fxsr", Cr4.OSFXSR) | With("sse", Cr4.OSXMMEXCPT)
            | With("umip", Cr4.UMIP) | With("la57", Cr4.LA57) | With("fsgsbase", Cr4.FSGSBASE) | With("pcid", Cr4.PCIDE)
            | With("xsave", Cr4.OSXSAVE) | With("smep", Cr4.SMEP) | With("smap", Cr4.SMAP) | With("pku", Cr4.PKE);
        EferDefined = With("syscall", Efer.SCE) | With("lm", Efer.LME | Efer.LMA) | With("nx", Efer.NXE) | With("auto-ibrs", Efer.AutomaticIbrs);
    }

    /// <summary>The model's name as QEMU spells it.</summary>
    public string Name { get; }

    /// <summary>The twelve letters of leaf 0.</summary>
    public string Vendor { get; }

    /// <summary>CPUID.1:EAX, also EDX at reset.</summary>
    public uint Signature { get; }

    /// <summary>What leaf 0 says at most; more where features need it.</summary>
    public uint BasicLeaves { get; init; } = 0xd;

    /// <summary>The brand string (leaves 0x80000002 to 0x80000004), at most 47 letters.</summary>
    public string Brand { get; init; } = "Emulator virtual CPU";

    /// <summary>MAXPHYADDR.</summary>
    public int PhysicalAddressBits { get; }

    /// <summary>1 GiB pages.</summary>
    public bool HasGigabytePages { get; }

    /// <summary>IA-32e mode.</summary>
    public bool HasLongMode { get; }

    /// <summary>Whether the vendor is AMD, which decides SYSCALL, SYSRET, SYSENTER and segment-load details.</summary>
    public bool IsAmd { get; }

    /// <summary>Whether loading a null selector leaves base and limit: older AMD processors.</summary>
    public bool NullKeepsBase { get; }

    /// <summary>The widest linear address that the processor supports, whatever CR4.LA57 says now.</summary>
    public int LinearAddressBits { get; }

    /// <summary>The bits of CR4 that are not reserved.</summary>
    public ulong Cr4Defined { get; }

    /// <summary>The bits of IA32_EFER that are not reserved; 0 when there is no such register.</summary>
    public ulong EferDefined { get; }

    /// <summary>Whether an instruction that needs the feature exists.</summary>
    public bool Has(CpuidFeature feature) => _instructions[(int)feature];

    /// <summary>Whether the feature with QEMU's name is announced.</summary>
    public bool Has(string feature)
        => CpuFeature.Find(feature) is { } found && (_words[(int)found.Word] & (1u << found.Bit)) != 0;

    /// <summary>The feature bits of a CPUID register.</summary>
    public uint Word(CpuidWord word) => _words[(int)word];

    // The 80486 and its forerunners; PAUSE is a NOP everywhere.
    private static ReadOnlySpan<CpuidFeature> AlwaysThere =>
    [
        CpuidFeature.INTEL8086, CpuidFeature.INTEL186, CpuidFeature.INTEL286, CpuidFeature.INTEL386, CpuidFeature.INTEL486,
        CpuidFeature.CPUID, CpuidFeature.PAUSE,
    ];

    private ulong With(string feature, ulong bits) => Has(feature) ? bits : 0;
}
