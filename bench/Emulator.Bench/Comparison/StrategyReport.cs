using System.Globalization;
using System.Text;
using Emulator.Jit.Strategies;

namespace Emulator.Bench.Comparison;

/// <summary>The figures of strategies as text.</summary>
internal static class StrategyReport
{
    /// <summary>One row, while the others are still measured.</summary>
    public static string Line(Row row, IReadOnlyList<ITranslationStrategy> strategies)
    {
        var figures = strategies.Zip(row.Figures, (strategy, figure)
            => $"{strategy.Name} {Number(figure.NanosecondsPerUnit)} ns, {Number(figure.Mips)} MIPS, "
                + $"steady after {Number(figure.MillisecondsToSteady)} ms");
        return $"{row.Workload} ({row.Unit}): " + string.Join("; ", figures);
    }

    /// <summary>The whole page.</summary>
    public static string ToMarkdown(
        IReadOnlyList<Row> rows, IReadOnlyList<ITranslationStrategy> strategies, HostDescription host, int rounds, string chart)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Strategies at guest workloads, {host.Date}\n\n").Append(host.ToMarkdown()).Append('\n');
        text.Append("For each strategy: nanoseconds for a unit of work in steady state ");
        text.Append(CultureInfo.InvariantCulture, $"(the median of {rounds} samples; the strategies take turns)");
        text.Append(strategies.Count > 1 ? $"; × how many times as fast as `{strategies[0].Name}`" : "");
        text.Append("; and milliseconds from a new machine's first instruction to the first round at the steady speed. ");
        text.Append("Time is the lesser of the time that passed and the process's processor time. ");
        text.Append("Every round's checksum was that of the same computation in C#.\n\n");
        AppendHead(text, strategies);
        foreach (var row in rows)
        {
            AppendRow(text, row);
        }

        AppendMeans(text, rows, strategies);
        text.Append(CultureInfo.InvariantCulture, $"\n![Million guest instructions a second, by strategy]({chart})\n");
        return text.ToString();
    }

    /// <summary>Three significant digits, more before the point.</summary>
    public static string Number(double value)
        => value.ToString(value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    private static void AppendHead(StringBuilder text, IReadOnlyList<ITranslationStrategy> strategies)
    {
        text.Append("| workload | unit |");
        for (var i = 0; i < strategies.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" {strategies[i].Name}, ns |{(i == 0 ? "" : " × |")} ms to steady |");
        }

        text.Append("\n| --- | --- |");
        for (var i = 0; i < strategies.Count; i++)
        {
            text.Append(i == 0 ? " ---: | ---: |" : " ---: | ---: | ---: |");
        }

        text.Append('\n');
    }

    private static void AppendRow(StringBuilder text, Row row)
    {
        text.Append(CultureInfo.InvariantCulture, $"| {row.Workload} | {row.Unit} |");
        for (var i = 0; i < row.Figures.Count; i++)
        {
            var figure = row.Figures[i];
            var ratio = i == 0 ? "" : $" {Number(row.Figures[0].NanosecondsPerUnit / figure.NanosecondsPerUnit)} |";
            text.Append(CultureInfo.InvariantCulture, $" {Number(figure.NanosecondsPerUnit)} |{ratio} {Number(figure.MillisecondsToSteady)} |");
        }

        text.Append('\n');
    }

    private static void AppendMeans(StringBuilder text, IReadOnlyList<Row> rows, IReadOnlyList<ITranslationStrategy> strategies)
    {
        text.Append("| **geometric mean** | |");
        for (var i = 0; i < strategies.Count; i++)
        {
            var index = i;
            var time = Statistics.GeometricMean(rows.Select(row => row.Figures[index].NanosecondsPerUnit));
            var ratio = Statistics.GeometricMean(rows.Select(row => row.Figures[0].NanosecondsPerUnit / row.Figures[index].NanosecondsPerUnit));
            text.Append(CultureInfo.InvariantCulture, $" {Number(time)} |{(i == 0 ? "" : $" **{Number(ratio)}** |")} |");
        }

        text.Append('\n');
    }
}
