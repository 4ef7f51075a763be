using System.Globalization;

namespace Emulator.Host.Monitors;

/// <summary>The <c>/COUNT KIND SIZE</c> of <c>x</c>, <c>xp</c> and <c>print</c>.</summary>
/// <param name="Count">Units.</param>
/// <param name="Kind"><c>x d u o c i</c>.</param>
/// <param name="Size">Bytes of a unit.</param>
internal readonly record struct MemoryFormat(int Count, char Kind, int Size)
{
    private const int MostUnits = 4096;

    /// <summary>Reads it.</summary>
    public static MemoryFormat Read(string text, int size = 4)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var count = digits > 0 && int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 1;
        var kind = 'x';
        foreach (var letter in text.AsSpan(digits))
        {
            (kind, size) = letter switch
            {
                'x' or 'd' or 'u' or 'o' or 'i' => (letter, size),
                'c' => ('c', 1),
                'b' => (kind, 1),
                'h' => (kind, 2),
                'w' => (kind, 4),
                'g' => (kind, 8),
                _ => (kind, size),
            };
        }

        return new MemoryFormat(Math.Clamp(count, 1, MostUnits), kind, size);
    }

    /// <summary>A unit as text.</summary>
    public string Show(ulong value)
    {
        var shift = 64 - (Size * 8);
        return Kind switch
        {
            'd' => ((long)(value << shift) >> shift).ToString(CultureInfo.InvariantCulture),
            'u' => value.ToString(CultureInfo.InvariantCulture),
            'o' => "0" + Convert.ToString((long)value, 8),
            'c' => value is >= 0x20 and < 0x7f ? $"'{(char)value}'" : string.Create(CultureInfo.InvariantCulture, $"\\x{value:x2}"),
            _ => "0x" + value.ToString("x" + (Size * 2).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture),
        };
    }
}
