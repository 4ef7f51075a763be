using Iced.Intel;

namespace Emulator.Core.Instructions.Sse;

/// <summary>Which kind of static methods means a vector instruction.</summary>
public enum VectorMeaningKind
{
    /// <summary>An <see cref="IVectorOperation"/>.</summary>
    Operation,

    /// <summary>An <see cref="IFloatOperation"/>.</summary>
    Float,

    /// <summary>An <see cref="Avx.IFusedOperation"/> on destination, source and second source, by <see cref="VectorMeaning.Places"/>.</summary>
    Fused,

    /// <summary>An <see cref="ITernaryOperation"/> whose third source is the register in <see cref="Decoding.Op.Fourth"/>.</summary>
    Ternary,

    /// <summary>VEXTRACTF128: <see cref="VectorMeaning.Operation"/> is <see cref="Avx.ExtractedLane"/>.</summary>
    Lane,

    /// <summary>VZEROUPPER: <see cref="VectorMeaning.Operation"/> is <see cref="Avx.LaneMoves"/>.</summary>
    ZeroUpper,

    /// <summary>A store of the low bytes of a register, the source.</summary>
    Store,

    /// <summary>An <see cref="IExtraction{T}"/> to a general register or to memory.</summary>
    Extraction,

    /// <summary>COMISS and its kin: <see cref="VectorMeaning.Operation"/> is <see cref="OrderedFlags"/>.</summary>
    OrderedFlags,

    /// <summary>PTEST and its kin: an <see cref="ITestedBits"/>.</summary>
    Test,

    /// <summary>A conversion to an integer in a general register (<see cref="IntegerRounding"/>); an <see cref="IIntegerRounding"/>.</summary>
    ToInteger,
}

/// <summary>
/// What an instruction does, for an engine that does not call its handler. The registers and the immediate are those that binding left in the op.
/// </summary>
/// <param name="Kind">The kind of meaning.</param>
/// <param name="Operation">The type that has the static methods.</param>
/// <param name="Size">Bytes of the second source, or of what is stored, where it is in memory.</param>
/// <param name="IsAligned">Whether a memory operand must be aligned to its size.</param>
/// <param name="FillsBothLanes">Whether the second source of a 256-bit operation is 128 bits, the same for both lanes.</param>
public sealed record VectorMeaning(VectorMeaningKind Kind, Type Operation, int Size, bool IsAligned = false, bool FillsBothLanes = false)
{
    /// <inheritdoc cref="Avx.IFusedOrder.Places"/>
    public (int X, int Y, int Z) Places { get; init; }
}

/// <summary>A row that can tell its meaning.</summary>
public interface IVectorMeaningRow
{
    /// <summary>Whether MXCSR governs it.</summary>
    bool ObeysMxcsr => false;

    /// <summary>The meaning of a form, whether or not the mode allows it (<see cref="VectorRow.IsAvailable"/>); null when only the handler knows.</summary>
    VectorMeaning? MeaningOf(in Instruction instruction);
}
