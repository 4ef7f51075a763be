using Iced.Intel;

namespace Emulator.Jit.Analysis;

/// <summary>An address as a sum of values that are not known and a distance that is: two with the same unknowns lie a constant apart.</summary>
/// <param name="Base">The value of the base register (<see cref="RegisterValues"/>); <see cref="None"/> or <see cref="InstructionPointer"/>.</param>
/// <param name="Index">The value of the index register, or <see cref="None"/>.</param>
/// <param name="Scale">What the index is multiplied with; 0 without an index.</param>
/// <param name="Segment">FS or GS, where their base is added.</param>
/// <param name="Distance">What is known of it.</param>
internal readonly record struct SymbolicAddress(int Base, int Index, int Scale, Register Segment, long Distance)
{
    /// <summary>No register.</summary>
    public const int None = -1;

    /// <summary>The instruction pointer: the distance is the address as the region was planned.</summary>
    public const int InstructionPointer = -2;

    /// <summary>Whether another address lies a known distance away.</summary>
    public bool IsComparable(SymbolicAddress other)
        => Base == other.Base && Index == other.Index && Scale == other.Scale && Segment == other.Segment;
}
