using Emulator.Core.Cpu;
using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>Every instruction form of 64-bit mode that Iced knows: those to judge, and the others by reason.</summary>
public sealed class InstructionForms
{
    private readonly List<OpCodeInfo> _judged = [];
    private readonly SortedDictionary<string, int> _excluded = new(StringComparer.Ordinal);

    /// <summary>The forms that the host and the model both have.</summary>
    public InstructionForms(CpuModel model)
    {
        foreach (var code in Enum.GetValues<Code>())
        {
            var info = code.ToOpCode();
            if (!info.IsInstruction || !info.Mode64)
            {
                continue;
            }

            var reason = Exclusions.Reason(info)
                ?? (HostFeatures.Has(code) ? null : "the host CPU does not have it")
                ?? (IsAnnounced(model, code) ? null : $"-cpu {model.Name} does not announce it");
            if (reason is null)
            {
                _judged.Add(info);
            }
            else
            {
                _excluded[reason] = _excluded.GetValueOrDefault(reason) + 1;
            }
        }
    }

    /// <summary>The forms to judge.</summary>
    public IReadOnlyList<OpCodeInfo> Judged => _judged;

    /// <summary>How many forms are not judged, by reason.</summary>
    public IReadOnlyDictionary<string, int> Excluded => _excluded;

    private static bool IsAnnounced(CpuModel model, Code code)
    {
        foreach (var feature in code.CpuidFeatures())
        {
            if (!model.Has(feature))
            {
                return false;
            }
        }

        return true;
    }
}
