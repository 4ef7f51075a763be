using System.Globalization;

namespace Emulator.Host.Cli;

/// <summary>Numbers and sizes as QEMU writes them.</summary>
public static class Quantity
{
    /// <summary>Reads a decimal, <c>0x</c> or negative decimal number.</summary>
    public static bool TryNumber(string text, out long value)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>
    /// Reads a size: a number, possibly with a fraction, and a suffix B, K, M, G or T (powers of 1024; lower case too).
    /// </summary>
    /// <param name="text">The size.</param>
    /// <param name="defaultUnit">What a number without suffix counts.</param>
    /// <param name="bytes">The size in bytes, saturated at the largest <see cref="long"/>.</param>
    public static bool TrySize(string text, long defaultUnit, out long bytes)
    {
        bytes = 0;
        if (text.Length == 0)
        {
            return false;
        }

        var unit = char.ToUpperInvariant(text[^1]) switch
        {
            'B' when !text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) => 1L,
            'K' => 1L << 10,
            'M' => 1L << 20,
            'G' => 1L << 30,
            'T' => 1L << 40,
            _ => 0,
        };
        var number = unit == 0 ? text : text[..^1];
        var scale = unit == 0 ? defaultUnit : unit;
        if (number.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            if (!TryNumber(number, out var hex) || hex < 0)
            {
                return false;
            }

            bytes = hex > long.MaxValue / scale ? long.MaxValue : hex * scale;
            return true;
        }

        if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
        {
            bytes = whole > long.MaxValue / scale ? long.MaxValue : whole * scale;
            return true;
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        bytes = value > (decimal)long.MaxValue / scale ? long.MaxValue : (long)(value * scale);
        return true;
    }

    /// <summary>A size for people: <c>512 MiB</c>.</summary>
    public static string Format(long bytes)
    {
        string[] units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
        var value = (double)bytes;
        var unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return value.ToString(value == Math.Floor(value) ? "0" : "0.0", CultureInfo.InvariantCulture) + " " + units[unit];
    }
}
