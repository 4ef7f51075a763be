using System.Reflection.Emit;

namespace Emulator.Jit.Emit;

/// <summary>What kind of Core interface gives an operation's flags.</summary>
internal enum FlagShape
{
    /// <summary>Two operands of one width.</summary>
    Binary,

    /// <summary>One operand.</summary>
    Unary,

    /// <summary>Two truths of a comparison of floating-point numbers: less, equal; both when unordered.</summary>
    Ordered,

    /// <summary>An operand and a count that is not 0.</summary>
    Shift,
}

/// <summary>
/// Arithmetic flags that have not been computed: the operation that defines them, and locals with its operands and result. They are computed where
/// somebody reads them, or in an exit's own code, so that the way that is taken costs nothing.
/// </summary>
/// <param name="Operation">The type of Core that means the operation.</param>
/// <param name="Shape">How it is called.</param>
/// <param name="Width">Operand width in bytes.</param>
/// <param name="A">The first operand.</param>
/// <param name="B">The second operand or count.</param>
/// <param name="Result">The result.</param>
/// <param name="Ordinal">Which set of a block's locals it uses.</param>
internal sealed record PendingFlags(Type Operation, FlagShape Shape, int Width, LocalBuilder A, LocalBuilder? B, LocalBuilder Result, int Ordinal);
