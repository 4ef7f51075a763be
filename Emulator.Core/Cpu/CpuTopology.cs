using System.Numerics;

namespace Emulator.Core.Cpu;

/// <summary>
/// How processors share packages and cores. APIC IDs have a field for each level, as wide as its count needs, so that they have gaps
/// where a count is no power of two (SDM Vol. 3A, 10.9.1).
/// </summary>
/// <param name="Cores">Cores in a package.</param>
/// <param name="Threads">Threads in a core.</param>
public readonly record struct CpuTopology(int Cores, int Threads)
{
    /// <summary>Every processor is a package of its own.</summary>
    public static CpuTopology Separate { get; } = new(1, 1);

    /// <summary>Logical processors in a package.</summary>
    public int PerPackage => Cores * Threads;

    /// <summary>Low bits of an APIC ID that tell the threads of a core apart.</summary>
    public int ThreadBits => Bits(Threads);

    /// <summary>Low bits of an APIC ID that tell the processors of a package apart.</summary>
    public int PackageBits => ThreadBits + Bits(Cores);

    /// <summary>The APIC ID of the machine's processor with a number.</summary>
    public uint ApicIdOf(int index)
    {
        var (package, inPackage) = Math.DivRem(index, PerPackage);
        var (core, thread) = Math.DivRem(inPackage, Threads);
        return ((uint)package << PackageBits) | ((uint)core << ThreadBits) | (uint)thread;
    }

    private static int Bits(int count) => BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)count));
}
