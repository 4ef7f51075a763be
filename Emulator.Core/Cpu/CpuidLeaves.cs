using System.Buffers.Binary;
using System.Text;
using Emulator.Core.Instructions.StateSave;

namespace Emulator.Core.Cpu;

/// <summary>The four registers of a CPUID leaf.</summary>
public readonly record struct CpuidLeaf(uint Eax, uint Ebx, uint Ecx, uint Edx);

/// <summary>What CPUID answers (SDM Vol. 2, CPUID; APM Vol. 3, appendix E).</summary>
public static unsafe class CpuidLeaves
{
    private const uint Hypervisor = 0x4000_0000;
    private const uint HypervisorLast = 0x4000_0010;
    private const uint Extended = 0x8000_0000;
    private const string HypervisorSignature = "EmulatorEmul";
    private const int OsxsaveBit = 27;
    private const int OspkeBit = 4;
    private const int ApicBit = 9;
    private const int HttBit = 28;
    private const uint CmpLegacy = 2;
    private const uint TscKilohertz = (uint)(Time.VirtualClock.TicksPerSecond / 1000);

    /// <summary>The answer for a leaf and subleaf.</summary>
    public static CpuidLeaf Read(Processor processor, uint leaf, uint subleaf)
    {
        var model = processor.Model;
        if (leaf is >= Hypervisor and < Extended && model.Has("hypervisor"))
        {
            return ReadHypervisor(Math.Min(leaf, HypervisorLast));
        }

        if (leaf >= Extended)
        {
            return leaf <= LastExtended(model) ? ReadExtended(processor, leaf, subleaf) : Beyond(processor, subleaf);
        }

        return leaf <= model.BasicLeaves ? ReadBasic(processor, leaf, subleaf) : Beyond(processor, subleaf);
    }

    // Above the highest leaf Intel repeats the highest basic one, AMD gives zeros.
    private static CpuidLeaf Beyond(Processor processor, uint subleaf)
        => processor.Model.IsAmd ? default : ReadBasic(processor, processor.Model.BasicLeaves, subleaf);

    private static uint LastExtended(CpuModel model)
        => !model.Has("syscall") && !model.Has("lm") && !model.Has("nx") ? Extended + 4
            : model.Word(CpuidWord.Extended21Eax) != 0 ? 0x8000_0021
            : model.Has("topoext") ? 0x8000_001e
            : 0x8000_0008;

    private static CpuidLeaf ReadBasic(Processor processor, uint leaf, uint subleaf)
    {
        var model = processor.Model;
        return leaf switch
        {
            0 => Letters(model.BasicLeaves, model.Vendor),
            1 => ReadFeatures(processor),
            2 when !model.IsAmd => new CpuidLeaf(1, 0, 0, 0x002c_307d),
            4 when !model.IsAmd => ReadIntelCache(processor.Topology, subleaf),
            5 when model.Has("monitor") => new CpuidLeaf(64, 64, 3, 0),
            6 => new CpuidLeaf(model.Word(CpuidWord.Leaf6Eax), 0, 0, 0),
            7 when subleaf == 0 => ReadExtendedFeatures(processor),
            0xb => ReadTopology(processor, subleaf),
            0xd when model.Has("xsave") => ReadXsave(processor, subleaf),
            0x15 when !model.IsAmd => new CpuidLeaf(1, 1, (uint)Time.VirtualClock.TicksPerSecond, 0),
            0x16 when !model.IsAmd => new CpuidLeaf(1000, 1000, 100, 0),
            _ => default,
        };
    }

    private static uint ApicId(Processor processor) => processor.Apic?.ApicId ?? (uint)processor.Index;

    private static CpuidLeaf ReadFeatures(Processor processor)
    {
        var model = processor.Model;
        var ecx = model.Word(CpuidWord.Leaf1Ecx) | ((processor.State->Cr4 & Cr4.OSXSAVE) != 0 ? 1u << OsxsaveBit : 0);
        var edx = model.Word(CpuidWord.Leaf1Edx) & (processor.ApicEnabled && processor.Apic is not null ? uint.MaxValue : ~(1u << ApicBit));
        var lineSize = model.Has("clflush") ? 8u << 8 : 0;
        var perPackage = (uint)processor.Topology.PerPackage;
        edx |= perPackage > 1 ? 1u << HttBit : 0;
        return new CpuidLeaf(model.Signature, (ApicId(processor) << 24) | (perPackage << 16) | lineSize, ecx, edx);
    }

    private static CpuidLeaf ReadExtendedFeatures(Processor processor)
    {
        var model = processor.Model;
        var ecx = model.Word(CpuidWord.Leaf7Ecx) | ((processor.State->Cr4 & Cr4.PKE) != 0 ? 1u << OspkeBit : 0);
        return new CpuidLeaf(0, model.Word(CpuidWord.Leaf7Ebx), ecx, model.Word(CpuidWord.Leaf7Edx));
    }

    // Type, level, self-initializing; line size, partitions, ways; sets. 32 KiB twice and 4 MiB for each core, 16 MiB for the package.
    private static CpuidLeaf ReadIntelCache(CpuTopology topology, uint subleaf)
    {
        var cores = ((1u << (topology.PackageBits - topology.ThreadBits)) - 1) << 26;
        var inCore = cores | (((1u << topology.ThreadBits) - 1) << 14);
        var inPackage = cores | (((1u << topology.PackageBits) - 1) << 14);
        return subleaf switch
        {
            0 => new CpuidLeaf(inCore | 0x121, (7 << 22) | 63, 63, 1),
            1 => new CpuidLeaf(inCore | 0x122, (7 << 22) | 63, 63, 1),
            2 => new CpuidLeaf(inCore | 0x143, (15 << 22) | 63, 4095, 1),
            3 => new CpuidLeaf(inPackage | 0x163, (15 << 22) | 63, 16383, 6),
            _ => default,
        };
    }

    // The same fields, and the same caches as leaves 0x80000005 and 0x80000006 tell: 64 KiB twice, 512 KiB, for the threads of a core.
    private static CpuidLeaf ReadAmdCache(CpuTopology topology, uint subleaf)
    {
        var shared = (uint)(topology.Threads - 1) << 14;
        return subleaf switch
        {
            0 => new CpuidLeaf(shared | 0x121, (1 << 22) | 63, 511, 1),
            1 => new CpuidLeaf(shared | 0x122, (1 << 22) | 63, 511, 1),
            2 => new CpuidLeaf(shared | 0x143, (15 << 22) | 63, 511, 0),
            _ => default,
        };
    }

    private static CpuidLeaf ReadTopology(Processor processor, uint subleaf)
    {
        var topology = processor.Topology;
        return subleaf switch
        {
            0 => new CpuidLeaf((uint)topology.ThreadBits, (uint)topology.Threads, 0x100, ApicId(processor)),
            1 => new CpuidLeaf((uint)topology.PackageBits, (uint)topology.PerPackage, 0x201, ApicId(processor)),
            _ => new CpuidLeaf(0, 0, subleaf & 0xff, ApicId(processor)),
        };
    }

    // APM Vol. 3, E.4.7: the number of processors in the package less one, and how many bits of an APIC ID tell them apart.
    private static uint ReadCoreCount(Processor processor)
        => processor.Model.IsAmd && processor.Topology.PerPackage > 1
            ? ((uint)processor.Topology.PackageBits << 12) | (uint)(processor.Topology.PerPackage - 1)
            : 0;

    // APM Vol. 3, E.4.17: extended APIC ID; threads in the core less one, and the core; the node, which is the package.
    private static CpuidLeaf ReadExtendedTopology(Processor processor)
    {
        var topology = processor.Topology;
        var id = ApicId(processor);
        var core = (id & ((1u << topology.PackageBits) - 1)) >> topology.ThreadBits;
        return new CpuidLeaf(id, ((uint)(topology.Threads - 1) << 8) | core, (id >> topology.PackageBits) & 0xff, 0);
    }

    // SDM Vol. 1, 13.2: the standard layout; the size for what is enabled now, and for everything.
    private static CpuidLeaf ReadXsave(Processor processor, uint subleaf)
    {
        var model = processor.Model;
        var all = StateComponents.Supported(model);
        var enabled = processor.State->Xcr0;
        return subleaf switch
        {
            0 => new CpuidLeaf((uint)all, (uint)StateComponents.StandardSize(enabled), (uint)StateComponents.StandardSize(all), (uint)(all >> 32)),
            1 => new CpuidLeaf(model.Word(CpuidWord.LeafDOneEax), (uint)StateComponents.CompactedSize(enabled), 0, 0),
            2 when (all & StateComponents.Avx) != 0 => new CpuidLeaf(StateComponents.AvxSize, StateComponents.ExtendedOffset, 0, 0),
            9 when (all & StateComponents.Pkru) != 0 => new CpuidLeaf(StateComponents.PkruSize, StateComponents.PkruOffset, 0, 0),
            _ => default,
        };
    }

    private static CpuidLeaf ReadHypervisor(uint leaf) => leaf switch
    {
        Hypervisor => Letters(HypervisorLast, HypervisorSignature, ebxEcxEdx: true),

        // TSC and APIC timer in kHz, as several hypervisors define it.
        HypervisorLast => new CpuidLeaf(TscKilohertz, TscKilohertz, 0, 0),
        _ => default,
    };

    private static CpuidLeaf ReadExtended(Processor processor, uint leaf, uint subleaf)
    {
        var model = processor.Model;
        var virtualBits = model.Has("la57") ? 57u : model.HasLongMode ? 48u : 32u;
        return leaf switch
        {
            0x8000_0000 => Letters(LastExtended(model), model.IsAmd ? model.Vendor : ""),
            0x8000_0001 => ReadExtendedWord1(processor),
            0x8000_0002 or 0x8000_0003 or 0x8000_0004 => ReadBrand(model.Brand, (int)(leaf - 0x8000_0002)),
            0x8000_0005 when model.IsAmd => new CpuidLeaf(0x01ff_01ff, 0x01ff_01ff, 0x4002_0140, 0x4002_0140),
            0x8000_0006 => new CpuidLeaf(0, model.IsAmd ? 0x4200_4200u : 0, 0x0200_8140, 0),
            0x8000_0007 => new CpuidLeaf(0, 0, 0, model.Word(CpuidWord.Extended7Edx)),
            0x8000_0008 => new CpuidLeaf((uint)model.PhysicalAddressBits | (virtualBits << 8), model.Word(CpuidWord.Extended8Ebx), ReadCoreCount(processor), 0),
            0x8000_001d when model.Has("topoext") => ReadAmdCache(processor.Topology, subleaf),
            0x8000_001e when model.Has("topoext") => ReadExtendedTopology(processor),
            0x8000_0021 => new CpuidLeaf(model.Word(CpuidWord.Extended21Eax), 0, 0, 0),
            _ => default,
        };
    }

    // AMD repeats leaf 1's bits that both vendors have had from the start.
    private static CpuidLeaf ReadExtendedWord1(Processor processor)
    {
        const uint Repeated = 0x0183_f3ff;
        var model = processor.Model;
        var ecx = model.Word(CpuidWord.Extended1Ecx) | (model.IsAmd && processor.Topology.PerPackage > 1 ? CmpLegacy : 0);
        var edx = model.Word(CpuidWord.Extended1Edx) | (model.IsAmd ? model.Word(CpuidWord.Leaf1Edx) & Repeated : 0);
        return new CpuidLeaf(model.IsAmd ? model.Signature : 0, 0, ecx, edx);
    }

    private static CpuidLeaf ReadBrand(string brand, int part)
    {
        Span<byte> text = stackalloc byte[48];
        text.Clear();
        _ = Encoding.ASCII.GetBytes(brand.AsSpan(0, Math.Min(brand.Length, 47)), text);
        var bytes = text[(part * 16)..];
        return new CpuidLeaf(Word(bytes, 0), Word(bytes, 4), Word(bytes, 8), Word(bytes, 12));
    }

    // Leaf 0 spells the vendor in EBX, EDX, ECX; the hypervisor leaf its signature in EBX, ECX, EDX.
    private static CpuidLeaf Letters(uint eax, string text, bool ebxEcxEdx = false)
    {
        Span<byte> letters = stackalloc byte[12];
        letters.Clear();
        _ = Encoding.ASCII.GetBytes(text, letters);
        var (first, second, third) = (Word(letters, 0), Word(letters, 4), Word(letters, 8));
        return ebxEcxEdx ? new CpuidLeaf(eax, first, second, third) : new CpuidLeaf(eax, first, third, second);
    }

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
