namespace Emulator.Host.Cli;

/// <summary>Finds what somebody probably meant to type.</summary>
public static class Suggestion
{
    /// <summary>The known word nearest to <paramref name="typed"/>, or null when none is near.</summary>
    public static string? Nearest(string typed, IEnumerable<string> known)
    {
        string? best = null;
        var bestDistance = Math.Max(1, typed.Length / 3) + 1;
        foreach (var word in known)
        {
            var distance = Distance(typed, word);
            if (distance < bestDistance)
            {
                bestDistance = distance;
                best = word;
            }
        }

        return best;
    }

    /// <summary>The mend that names the nearest known word, else <paramref name="otherwise"/>.</summary>
    public static string Mend(string typed, IEnumerable<string> known, string otherwise)
        => Nearest(typed, known) is { } nearest ? $"did you mean {nearest}?" : otherwise;

    /// <summary>The edit distance, where a swap of neighbours is one edit; case does not count.</summary>
    public static int Distance(string left, string right)
    {
        var a = left.ToLowerInvariant();
        var b = right.ToLowerInvariant();
        if (Math.Abs(a.Length - b.Length) > 8 || a.Length > 64 || b.Length > 64)
        {
            return int.MaxValue;
        }

        var rows = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            rows[i, 0] = i;
        }

        for (var j = 0; j <= b.Length; j++)
        {
            rows[0, j] = j;
        }

        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var change = a[i - 1] == b[j - 1] ? 0 : 1;
                var cost = Math.Min(Math.Min(rows[i - 1, j] + 1, rows[i, j - 1] + 1), rows[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost = Math.Min(cost, rows[i - 2, j - 2] + 1);
                }

                rows[i, j] = cost;
            }
        }

        return rows[a.Length, b.Length];
    }
}
