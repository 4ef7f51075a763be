using System.Globalization;
using Emulator.Jit.Strategies;

namespace Emulator.Bench.Comparison;

/// <summary>The figures of strategies as bars: million guest instructions a second, on a logarithmic scale.</summary>
internal static class StrategyChart
{
    private const int Left = 110;
    private const int PlotWidth = 620;
    private const int Right = 70;
    private const int Top = 84;
    private const int BarHeight = 9;
    private const int GroupGap = 9;
    private const int Bottom = 24;

    /// <summary>Draws the chart.</summary>
    public static string Draw(IReadOnlyList<Row> rows, IReadOnlyList<ITranslationStrategy> strategies, HostDescription host)
    {
        IReadOnlyList<Row> groups = [.. rows, Mean(rows, strategies.Count)];
        var scale = LogarithmicScale.For(groups.SelectMany(row => row.Figures).Select(figure => figure.Mips), Left, PlotWidth);
        var groupHeight = (strategies.Count * BarHeight) + GroupGap;
        var plotHeight = groups.Count * groupHeight;
        var drawing = new SvgDrawing(
            Left + PlotWidth + Right, Top + plotHeight + Bottom, "Million guest instructions a second, by workload and strategy");
        drawing.Text(10, 22, "Million guest instructions a second (logarithmic)", "title");
        drawing.Text(10, 40, $"{host.Cpu}, {host.Runtime}, {host.Date}", "note");
        DrawLegend(drawing, strategies);
        DrawGrid(drawing, scale, plotHeight);
        for (var i = 0; i < groups.Count; i++)
        {
            DrawGroup(drawing, groups[i], scale, Top + (i * groupHeight) + (GroupGap / 2));
        }

        return drawing.ToString();
    }

    // Instructions and nanoseconds whose quotient is the geometric mean.
    private static Row Mean(IReadOnlyList<Row> rows, int strategies)
    {
        var means = Enumerable.Range(0, strategies).Select(i => Statistics.GeometricMean(rows.Select(row => row.Figures[i].Mips)));
        return new Row("mean", "", [.. means.Select(mean => new Figure(1000, 0, mean))]);
    }

    private static void DrawLegend(SvgDrawing drawing, IReadOnlyList<ITranslationStrategy> strategies)
    {
        var x = Left;
        for (var i = 0; i < strategies.Count; i++)
        {
            drawing.Bar(x, 52, 12, 10, i);
            drawing.Text(x + 17, 61, strategies[i].Name, "label");
            x += 40 + (strategies[i].Name.Length * 8);
        }
    }

    private static void DrawGrid(SvgDrawing drawing, LogarithmicScale scale, int height)
    {
        foreach (var value in scale.Ticks())
        {
            drawing.GridLine(scale.Position(value), Top - 4, Top + height);
            drawing.Text(scale.Position(value), Top + height + 16, value.ToString("0.######", CultureInfo.InvariantCulture), "tick");
        }
    }

    private static void DrawGroup(SvgDrawing drawing, Row row, LogarithmicScale scale, int top)
    {
        var middle = top + (row.Figures.Count * BarHeight / 2.0) + 4;
        drawing.Text(Left - 8, middle, row.Workload, "name");
        for (var i = 0; i < row.Figures.Count; i++)
        {
            var y = top + (i * BarHeight);
            var end = scale.Position(row.Figures[i].Mips);
            drawing.Bar(Left, y, end - Left, BarHeight - 1, i);
            drawing.Text(end + 4, y + BarHeight - 1, StrategyReport.Number(row.Figures[i].Mips), "value");
        }
    }
}

/// <summary>Places values along a line by their logarithms.</summary>
internal sealed record LogarithmicScale(double Lowest, double Highest, double Start, double Length)
{
    private const int MostTicks = 13;

    /// <summary>A scale that begins and ends at 1, 2 or 5 times a power of ten, below and above all values.</summary>
    public static LogarithmicScale For(IEnumerable<double> values, double start, double length)
    {
        double[] all = [.. values];
        return new LogarithmicScale(Steps().Last(step => step < all.Min()), Steps().First(step => step >= all.Max()), start, length);
    }

    /// <summary>The place of a value.</summary>
    public double Position(double value) => Start + (Math.Log(value / Lowest) / Math.Log(Highest / Lowest) * Length);

    /// <summary>The round values within the scale; powers of ten alone where all of them would be too many.</summary>
    public IEnumerable<double> Ticks()
    {
        double[] steps = [.. Steps().Where(step => step >= Lowest && step <= Highest)];
        return steps.Length <= MostTicks ? steps : steps.Where(step => Math.Abs(Math.Log10(step) - Math.Round(Math.Log10(step))) < 0.01);
    }

    private static IEnumerable<double> Steps()
        => from exponent in Enumerable.Range(-6, 15)
           from factor in (int[])[1, 2, 5]
           select factor * Math.Pow(10, exponent);
}
