using System.Reflection.Emit;
using Emulator.Jit.Analysis;

namespace Emulator.Jit.Emit;

/// <summary>Where the bytes of a memory operand are in the host's memory: the value of a local, plus a displacement.</summary>
/// <param name="Host">The local.</param>
/// <param name="Displacement">What to add to it.</param>
/// <param name="IsRented">Whether the local is this operand's alone.</param>
internal readonly record struct HostAddress(LocalBuilder Host, int Displacement, bool IsRented);

/// <summary>Bytes in one page of which a probe has found out where they are in the host's memory.</summary>
/// <param name="Start">The first.</param>
/// <param name="Length">How many.</param>
/// <param name="IsWritable">Whether they may be written.</param>
/// <param name="Host">Holds the host address of the first; written once.</param>
internal sealed record ProbedRange(SymbolicAddress Start, int Length, bool IsWritable, LocalBuilder Host)
{
    /// <summary>Whether an access lies among them.</summary>
    public bool Holds(SymbolicAddress address, int size)
        => address.IsComparable(Start) && address.Distance >= Start.Distance && address.Distance + size <= Start.Distance + Length;
}
