using System.Collections.Immutable;
using System.Globalization;

namespace Emulator.Host.Cli;

/// <summary>A range of addresses; both ends belong to it.</summary>
public sealed record AddressRange(ulong First, ulong Last);

/// <summary>The addresses that are logged (<c>-dfilter</c>).</summary>
/// <param name="Ranges">The ranges; none means every address.</param>
public sealed record AddressFilter(ImmutableArray<AddressRange> Ranges)
{
    /// <summary>Every address.</summary>
    public static AddressFilter All { get; } = new([]);

    /// <summary>Reads <c>START..END</c>, <c>START+LENGTH</c> or <c>START-LENGTH</c>, several with commas, numbers as in C.</summary>
    public static AddressFilter Read(string text)
    {
        var ranges = ImmutableArray.CreateBuilder<AddressRange>();
        foreach (var part in text.Split(','))
        {
            ranges.Add(ReadRange($"-dfilter {text}", part));
        }

        return new AddressFilter(ranges.ToImmutable());
    }

    /// <summary>Whether an address is logged.</summary>
    public bool Holds(ulong address)
    {
        foreach (var range in Ranges)
        {
            if (address >= range.First && address <= range.Last)
            {
                return true;
            }
        }

        return Ranges.IsEmpty;
    }

    private static AddressRange ReadRange(string subject, string part)
    {
        var at = part.IndexOfAny(['.', '+', '-']);
        var isSpan = at > 0 && part[at..].StartsWith("..", StringComparison.Ordinal);
        if (at <= 0 || (part[at] == '.' && !isSpan))
        {
            throw new UserErrorException(subject, $"'{part}' is no range", "write START..END, START+LENGTH or START-LENGTH, such as 0x1000..0x1fff");
        }

        var second = part[(at + (isSpan ? 2 : 1))..];
        if (!TryAddress(part[..at], out var start) || !TryAddress(second, out var other))
        {
            throw new UserErrorException(
                subject, $"'{(TryAddress(part[..at], out _) ? second : part[..at])}' is no address", "write decimal or 0x... numbers of at most 64 bits");
        }

        if (!isSpan && other == 0)
        {
            throw new UserErrorException(subject, $"'{part}' is empty", "give a length of 1 or more");
        }

        var range = part[at] switch
        {
            '.' => new AddressRange(start, other),
            '+' => new AddressRange(start, start + (other - 1)),
            _ => new AddressRange(start - (other - 1), start),
        };
        return range.First <= range.Last
            ? range
            : throw new UserErrorException(subject, $"'{part}' ends before it starts", "write the lower address first, within 64 bits");
    }

    private static bool TryAddress(string text, out ulong value)
        => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
