using Emulator.Core.Cpu;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>The CPU models to judge: the default one, and it with features that it does not announce.</summary>
public static class JudgedModel
{
    private static readonly string[] Vectors = ["avx", "avx2", "f16c", "fma", "vaes", "vpclmulqdq"];

    /// <summary>The default model with every vector feature.</summary>
    public static CpuModel Everything { get; } = With(string.Join(',', Vectors));

    /// <summary>The default model with the named features, separated by commas.</summary>
    public static CpuModel With(string? features)
    {
        if (string.IsNullOrEmpty(features))
        {
            return CpuModels.Max;
        }

        var more = features.Split(',');
        var all = CpuFeature.All.Where(feature => CpuModels.Max.Has(feature.Name) || more.Contains(feature.Name, StringComparer.Ordinal));
        return new CpuModel("max+", CpuModels.Max.Vendor, CpuModels.Max.Signature, all);
    }
}
