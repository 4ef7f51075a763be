using Iced.Intel;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>When a row of <see cref="UndefinedTable"/> applies. The count is the last operand, masked as the instruction masks it.</summary>
public enum Condition
{
    Always,

    /// <summary>Count not 0.</summary>
    CountNotZero,

    /// <summary>Count neither 0 nor 1.</summary>
    CountAboveOne,

    /// <summary>Count at least the operand's width.</summary>
    CountAtLeastWidth,

    /// <summary>Count above the operand's width.</summary>
    CountAboveWidth,

    /// <summary>The source operand is 0.</summary>
    SourceZero,

    /// <summary>The operand is 16 bits wide.</summary>
    Width16,
}

/// <summary>What of an instruction's results the manual leaves to the vendor, and where it says so.</summary>
/// <param name="Mnemonic">The instruction.</param>
/// <param name="When">For which operands.</param>
/// <param name="Flags">Bits of RFLAGS.</param>
/// <param name="Destination">The bits of operand 0 that are undefined.</param>
/// <param name="Section">The section that says so.</param>
public sealed record UndefinedRow(Mnemonic Mnemonic, Condition When, ulong Flags, ulong Destination, string Section);
