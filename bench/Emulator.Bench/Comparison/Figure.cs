namespace Emulator.Bench.Comparison;

/// <summary>What was measured of one workload under one strategy.</summary>
/// <param name="NanosecondsPerUnit">The median of the rounds, in steady state.</param>
/// <param name="MillisecondsToSteady">From the first instruction on a new machine to the first round at the steady speed.</param>
/// <param name="InstructionsPerUnit">Guest instructions retired.</param>
internal sealed record Figure(double NanosecondsPerUnit, double MillisecondsToSteady, double InstructionsPerUnit)
{
    /// <summary>Million guest instructions in a second.</summary>
    public double Mips => InstructionsPerUnit / NanosecondsPerUnit * 1000;
}

/// <summary>A workload's figures, one for each strategy.</summary>
internal sealed record Row(string Workload, string Unit, IReadOnlyList<Figure> Figures);

/// <summary>Means of what varies by factors.</summary>
internal static class Statistics
{
    /// <summary>The middle value.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The geometric mean.</summary>
    public static double GeometricMean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));
}
