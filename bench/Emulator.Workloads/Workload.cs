using Iced.Intel;

namespace Emulator.Workloads;

/// <summary>
/// A bare-metal 64-bit program that computes a checksum, and the same computation in C#. The program is entered with the number of units in
/// RDI and leaves its checksum in RAX; it initialises whatever it changes, so that each run computes the same.
/// </summary>
public abstract class Workload
{
    /// <summary>Where a program's data begin.</summary>
    public const int Data = 0x20_0000;

    /// <summary>The name in tables and on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>What one unit of work is.</summary>
    public abstract string Unit { get; }

    /// <summary>The units of one measuring round: some ten milliseconds of an interpreter's time.</summary>
    public abstract int RoundUnits { get; }

    /// <summary>Emits the program; a HLT is added behind it.</summary>
    public abstract void Emit(Assembler a);

    /// <summary>Lays data into RAM, once for each machine and before its first instruction.</summary>
    public virtual void Load(Span<byte> ram)
    {
    }

    /// <summary>The checksum of that many units, computed without the emulator.</summary>
    public abstract ulong Reference(int units);
}
