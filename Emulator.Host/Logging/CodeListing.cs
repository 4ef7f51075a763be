using System.Globalization;
using System.Text;
using Iced.Intel;

namespace Emulator.Host.Logging;

/// <summary>Writes machine code as text: address, bytes, instruction in Intel's syntax. For one thread.</summary>
internal sealed class CodeListing
{
    private const int BytesColumn = 24;

    private readonly IntelFormatter _formatter = new();
    private readonly StringOutput _output = new();

    /// <summary>A listing.</summary>
    public CodeListing()
    {
        _formatter.Options.HexPrefix = "0x";
        _formatter.Options.HexSuffix = null;
        _formatter.Options.UppercaseHex = false;
        _formatter.Options.SmallHexNumbersInDecimal = true;
        _formatter.Options.SpaceAfterOperandSeparator = false;
        _formatter.Options.BranchLeadingZeros = false;
        _formatter.Options.RipRelativeAddresses = false;
    }

    /// <summary>Appends one instruction.</summary>
    public void Append(StringBuilder text, in Instruction instruction, ReadOnlySpan<byte> bytes, string? note = null)
    {
        _formatter.Format(instruction, _output);
        var digits = Convert.ToHexStringLower(bytes);
        text.Append(CultureInfo.InvariantCulture, $"0x{instruction.IP:x8}:  {digits.PadRight(BytesColumn)} {_output.ToStringAndReset()}");
        text.Append(note is null ? "" : "    ; " + note).Append('\n');
    }
}
