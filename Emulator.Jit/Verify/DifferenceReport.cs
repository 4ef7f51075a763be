using System.Text;
using Emulator.Core.Cpu;
using Emulator.Core.Memory;
using Emulator.Jit.Analysis;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;
using Iced.Intel;

namespace Emulator.Jit.Verify;

/// <summary>Tells what compiled code did otherwise than the interpreter, after the shortest run that shows it.</summary>
internal sealed unsafe class DifferenceReport(CpuState* state, LockstepRun run, WriteJournal journal, Translator translator, CompiledRegion? region)
{
    private const int MostBytes = 32;
    private const string Marker = "<<";

    private readonly StringBuilder _text = new();
    private readonly CpuState[] _interpreted = new CpuState[1];

    /// <summary>Writes the report. The machine cannot go on after it.</summary>
    public VerificationException ToException()
    {
        Shorten();
        _interpreted[0] = *state;
        fixed (CpuState* interpreted = _interpreted)
        {
            var before = run.Before;
            var rows = StateComparison.Rows((nint)before, (nint)interpreted, (nint)run.Compiled).ToList();
            var bytes = journal.Differences(MostBytes);
            var first = rows.Find(row => row.Expected != row.Actual);
            var what = first.Name is not null ? $"{first.Name} is {first.Actual.Trim()}, by the interpreter {first.Expected.Trim()}"
                : bytes.Count != 0 ? $"RAM at 0x{bytes[0].RamOffset:x} is {bytes[0].Trial:x2}, by the interpreter {bytes[0].Now:x2}" : "the states differ";
            var place = $"compiled code differs from the interpreter in the region at 0x{before->Rip:x}: {what}";
            Line(place);
            Line($"entered at instruction {before->Retired}, mode {before->Mode}, CPL {before->Cpl}; {run.Compiled->Retired - before->Retired} instructions compared");
            Line($"left by {run.Compiled->Exit} at 0x{run.Compiled->Rip:x}");
            AppendRows(rows);
            AppendBytes(bytes);
            AppendCode(Written(rows));
            return new VerificationException(place, _text.ToString());
        }
    }

    // The code stops at the end of a block where the limit says so: the first limit that shows a difference tells the block.
    private void Shorten()
    {
        var longest = run.Compiled->Retired - run.Before->Retired;
        run.TakeBack();
        for (var length = 1ul; length <= longest; length++)
        {
            if (run.TryRunCompiled(length) && !run.RehearsesEqual())
            {
                break;
            }
        }

        if (run.TryRunCompiled(Math.Max(1, run.Compiled->Retired - run.Before->Retired)))
        {
            journal.IsTrial = true;
            run.RunInterpreter();
        }
    }

    private void AppendRows(List<(string Name, string Before, string Expected, string Actual)> rows)
    {
        Line();
        Line($"{"",-18}{"before",-28}{"interpreter",-28}compiled code");
        foreach (var (name, before, expected, actual) in rows)
        {
            Line(before.Length <= 26
                ? $"{name,-18}{before,-28}{expected,-28}{actual}{(expected == actual ? "" : " " + Marker)}"
                : $"{name}{(expected == actual ? "" : " " + Marker)}\n    before      {before}\n    interpreter {expected}\n    compiled    {actual}");
        }
    }

    private void AppendBytes(IReadOnlyList<(long RamOffset, byte Before, byte Now, byte Trial)> bytes)
    {
        Line();
        Line(bytes.Count == 0 ? "RAM: no difference" : $"RAM (offset: before, interpreter, compiled code; at most {MostBytes} bytes)");
        foreach (var (offset, before, now, trial) in bytes)
        {
            Line($"  {offset:x8}: {before:x2} {now:x2} {trial:x2} {Marker}");
        }
    }

    private void AppendCode(uint written)
    {
        Line();
        if (region is null)
        {
            Line("the region is not known any more");
            return;
        }

        Line($"the region by strategy {translator.Strategy.Name}: {region.Plan.Blocks.Count} blocks, {region.Plan.InstructionCount} instructions ({Marker}: writes a general register that differs)");
        var use = new RegisterUse();
        var formatter = new IntelFormatter();
        var output = new StringOutput();
        foreach (var block in region.Plan.Blocks)
        {
            Line($"block {block.Number} at 0x{block.Rip:x}, taken: {Name(block.Taken)}, next: {Name(block.Next)}");
            foreach (var instruction in block.Instructions)
            {
                formatter.Format(instruction, output);
                var suspect = (use.Of(instruction).Written & written) != 0;
                Line($"  {instruction.IP:x16}  {output.ToStringAndReset()}{(suspect ? " " + Marker : "")}");
            }
        }

        Line();
        Line("its CIL");
        _text.Append(translator.ListingOf(region.Plan) ?? "the code has changed\n");
    }

    private static string Name(PlannedBlock? block) => block is null ? "outside" : $"block {block.Number}";

    private static uint Written(List<(string Name, string Before, string Expected, string Actual)> rows)
    {
        uint set = 0;
        for (var i = 0; i < 16; i++)
        {
            var name = (Register.RAX + i).ToString();
            set |= rows.Exists(row => row.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && row.Expected != row.Actual) ? 1u << i : 0;
        }

        return set;
    }

    private void Line(string text = "") => _text.Append(text).Append('\n');
}
