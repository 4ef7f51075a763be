using System.Runtime.InteropServices;
using Emulator.Conformance.Tests.Cases;
using Emulator.Conformance.Tests.Guest;
using Emulator.Conformance.Tests.Native;
using Emulator.Core.Cpu;
using Iced.Intel;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>Judges an engine: makes cases, runs each natively and in the guest, and compares.</summary>
public sealed unsafe class OracleRun : IDisposable
{
    private const int TriesPerCase = 8;
    private const int StackSize = 16 << 20;

    private readonly NativeProcessor _native = new();
    private readonly GuestProcessor _guest;
    private readonly CaseGenerator _generator;
    private readonly StateComparer _comparer = new();
    private readonly TestCase _test = new();
    private readonly MachineState* _expected;
    private readonly MachineState* _actual;
    private readonly InstructionForms _forms;

    /// <summary>A run of the engine that <paramref name="makeEngine"/> makes.</summary>
    public OracleRun(CpuModel model, EngineMaker makeEngine)
    {
        _guest = new GuestProcessor(model, makeEngine, _native.FsBase, NativeProcessor.GsBase);
        _generator = new CaseGenerator(_native.FsBase, NativeProcessor.GsBase);
        _forms = new InstructionForms(model);
        _expected = (MachineState*)NativeMemory.AlignedAlloc((nuint)sizeof(MachineState), 64);
        _actual = (MachineState*)NativeMemory.AlignedAlloc((nuint)sizeof(MachineState), 64);
    }

    /// <summary>Judges random cases.</summary>
    public static OracleReport Run(OracleOptions options, CpuModel model, EngineMaker makeEngine)
        => OnThread(() =>
        {
            using var run = new OracleRun(model, makeEngine);
            return run.Run(options);
        });

    // The native side holds signals off on its thread: that must be no thread of the pool.
    private static T OnThread<T>(Func<T> work)
    {
        var result = default(T);
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = work();
            }
#pragma warning disable CA1031 // Whatever it is, it is thrown on the caller's thread below.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                failure = exception;
            }
        }, StackSize);
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException("the oracle failed", failure);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _test.Dispose();
        _guest.Dispose();
        _native.Dispose();
        NativeMemory.AlignedFree(_expected);
        NativeMemory.AlignedFree(_actual);
    }

    /// <summary>Judges cases that are given as lines (<see cref="CaseLine"/>); returns what differed.</summary>
    public static List<string> Run(IEnumerable<string> lines, CpuModel model, EngineMaker makeEngine)
        => OnThread(() =>
        {
            using var run = new OracleRun(model, makeEngine);
            return lines.Select(run.JudgeLine).OfType<string>().ToList();
        });

    private string? JudgeLine(string line)
    {
        CaseLine.Read(line, _test);
        _test.FsBase = _native.FsBase;
        _test.GsBase = NativeProcessor.GsBase;
        return Compare(_test) == Verdict.Equal ? null : CaseText.Of(_test, _test.Main.Code, Differences());
    }

    private OracleReport Run(OracleOptions options)
    {
        _guest.WholeBlocks = options.WholeBlocks;
        var forms = _forms.Judged.Where(form => form.Code.ToString().Contains(options.Only, StringComparison.OrdinalIgnoreCase)).ToList();
        var report = new OracleReport(options, _forms, forms);
        for (var number = 0L; number < options.Cases && forms.Count > 0; number++)
        {
            // Every form in turn.
            var form = forms[(int)(number % forms.Count)];
            var seed = CaseRandom.SeedOf(options.Seed, number);
            if (!TryGenerate(form, ref seed))
            {
                report.CountUnencodable(form.Code);
                continue;
            }

            Judge(report, form);
        }

        return report;
    }

    private bool TryGenerate(OpCodeInfo form, ref ulong seed)
    {
        for (var attempt = 0; attempt < TriesPerCase; attempt++)
        {
            if (_generator.TryGenerate(form, seed, _test))
            {
                return true;
            }

            seed = CaseRandom.SeedOf(seed, attempt + 1);
        }

        return false;
    }

    private void Judge(OracleReport report, OpCodeInfo form)
    {
        switch (Compare(_test))
        {
            case Verdict.NotImplemented:
                report.CountNotImplemented(form.Code);
                break;
            case Verdict.Skipped:
                report.CountSkipped();
                break;
            case Verdict.Equal:
                report.CountEqual(form.Code, _expected->Vector);
                break;
            case Verdict.Different when Differences() is var first && Compare(_test) == Verdict.Equal:
                report.CountUnstable(IsLostNestedTask(first), $"{form.Code}: {string.Join(", ", first.Select(d => $"{d.Name} {d.Expected} / {d.Actual}"))}");
                break;
            default:
                report.CountDifferent(form.Code);
                if (report.WantsDetail(form.Code))
                {
                    var kind = Kind(_test);
                    new CaseShrinker(test => Compare(test) == Verdict.Different && Kind(test) == kind).Shrink(_test);
                    Compare(_test);
                    report.Describe(CaseText.Of(_test, form.Code, Differences()));
                }

                break;
        }
    }

    private List<(string Name, string Expected, string Actual)> Differences()
        => _comparer.Differences(_test, _expected, _actual, (byte*)Arena.Data, _guest.Data);

    // An interrupt of the host between the instructions may clear NT: Linux does not keep it.
    private static bool IsLostNestedTask(List<(string Name, string Expected, string Actual)> differences)
        => differences is [{ Name: "rflags" } only]
            && only.Actual.Contains("NT", StringComparison.Ordinal) && !only.Expected.Contains("NT", StringComparison.Ordinal);

    private string? Kind(TestCase test)
        => _comparer.FirstDifference(test, _expected, _actual, (byte*)Arena.Data, _guest.Data) + _expected->Vector + _actual->Vector;

    private Verdict Compare(TestCase test)
    {
        if (!_guest.TryRun(test, _actual, out _))
        {
            return Verdict.NotImplemented;
        }

        if (_actual->Vector == MachineState.NoFault && Exclusions.IsPrivileged(test.Main.Code.ToOpCode()))
        {
            *_expected = *test.Initial;
            _expected->Vector = (int)Vector.GeneralProtection;
            return Verdict.Different;
        }

        if (_actual->Vector == (int)Vector.PageFault && _actual->Cr2 - Arena.Start >= Arena.End - Arena.Start)
        {
            return Verdict.Skipped;
        }

        // No kernel returns from an interrupt to such a stack pointer: one at the wrong moment would end the process.
        if ((ulong)((long)(_actual->Gpr[4] << 16) >> 16) != _actual->Gpr[4])
        {
            return Verdict.Skipped;
        }

        _native.Run(test, _expected);
        return _comparer.AreEqual(test, _expected, _actual, (byte*)Arena.Data, _guest.Data) ? Verdict.Equal : Verdict.Different;
    }

    private enum Verdict
    {
        Equal,
        Different,
        NotImplemented,
        Skipped,
    }
}
