using System.Text;
using Emulator.Conformance.Tests.Cases;
using Iced.Intel;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>What a run found.</summary>
public sealed class OracleReport(OracleOptions options, InstructionForms forms, IReadOnlyList<OpCodeInfo> judged)
{
    private readonly Dictionary<Code, long> _equal = [];
    private readonly Dictionary<Code, long> _different = [];
    private readonly Dictionary<Code, long> _unencodable = [];
    private readonly HashSet<Code> _notImplemented = [];
    private readonly List<string> _details = [];
    private readonly SortedDictionary<int, long> _faults = [];
    private readonly List<string> _unstable = [];
    private long _skipped;
    private long _interrupted;

    /// <summary>Cases whose results were equal.</summary>
    public long Equal => _equal.Values.Sum();

    /// <summary>Cases whose results differed.</summary>
    public long Different => _different.Values.Sum();

    /// <summary>Instruction forms without a meaning yet.</summary>
    public IReadOnlyCollection<Code> NotImplemented => _notImplemented;

    /// <summary>The differences, shrunk.</summary>
    public IReadOnlyList<string> Details => _details;

    internal void CountUnencodable(Code code) => _unencodable[code] = _unencodable.GetValueOrDefault(code) + 1;

    /// <summary>Cases that differed once and, run again, did not: the host's interrupts, or an engine that is not deterministic.</summary>
    public IReadOnlyList<string> Unstable => _unstable;

    internal void CountUnstable(bool isHost, string text)
    {
        _interrupted += isHost ? 1 : 0;
        if (!isHost)
        {
            _unstable.Add(text);
        }
    }

    internal void CountSkipped() => _skipped++;

    internal void CountNotImplemented(Code code) => _notImplemented.Add(code);

    internal void CountEqual(Code code, int vector)
    {
        _equal[code] = _equal.GetValueOrDefault(code) + 1;
        if (vector != MachineState.NoFault)
        {
            _faults[vector] = _faults.GetValueOrDefault(vector) + 1;
        }
    }

    internal void CountDifferent(Code code) => _different[code] = _different.GetValueOrDefault(code) + 1;

    internal bool WantsDetail(Code code) => _different[code] == 1 && _details.Count < options.MaxFailures;

    internal void Describe(string text) => _details.Add(text);

    /// <summary>The report as text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var detail in _details)
        {
            text.AppendLine(detail);
        }

        text.AppendLine($"seed {options.Seed}: {options.Cases} cases, {Equal} equal, {Different} different, {_skipped} not run (the address or RSP is wild), {_interrupted} spoilt by a host interrupt; {judged.Count} forms, "
            + $"{_notImplemented.Count} of them not implemented, {judged.Count(f => !_equal.ContainsKey(f.Code)) - _notImplemented.Count} never equal");
        text.AppendLine($"faults judged: {string.Join(", ", _faults.Select(f => $"{(Core.Cpu.Vector)f.Key} {f.Value}"))}");
        foreach (var (reason, count) in forms.Excluded)
        {
            text.AppendLine($"  {count,5} forms not judged: {reason}");
        }

        foreach (var unstable in _unstable)
        {
            text.AppendLine($"differed once and not again: {unstable}");
        }

        Append(text, "not implemented", _notImplemented.Select(code => code.Mnemonic().ToString()));
        Append(text, "different", _different.OrderByDescending(d => d.Value).Select(d => $"{d.Key}:{d.Value}"));
        var never = judged.Select(f => f.Code).Where(c => !_equal.ContainsKey(c) && !_different.ContainsKey(c) && !_notImplemented.Contains(c));
        Append(text, "never encoded", never.Select(code => code.ToString()));
        return text.ToString();
    }

    private static void Append(StringBuilder text, string title, IEnumerable<string> names)
    {
        var list = names.Distinct(StringComparer.Ordinal).ToList();
        if (list.Count > 0)
        {
            text.AppendLine($"{title} ({list.Count}): {string.Join(' ', list)}");
        }
    }
}
