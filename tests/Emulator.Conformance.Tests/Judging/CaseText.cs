using System.Text;
using Emulator.Conformance.Tests.Cases;
using Iced.Intel;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>A case that differed, for people: code, what it started from, and the two results side by side.</summary>
internal static unsafe class CaseText
{
    /// <summary>The text.</summary>
    public static string Of(TestCase test, Code code, List<(string Name, string Expected, string Actual)> differences)
    {
        var text = new StringBuilder();
        text.AppendLine($"--- {code} (case seed {test.Seed:x16})");
        text.AppendLine($"bytes {Convert.ToHexString(new ReadOnlySpan<byte>(test.Code, test.CodeLength))} at {test.CodeAddress:x}");
        foreach (var instruction in test.Instructions)
        {
            text.AppendLine($"    {instruction}");
        }

        AppendInitial(text, test);
        text.AppendLine($"  {"",-10} {"expected (host)",-36} actual (guest)");
        foreach (var (name, expected, actual) in differences)
        {
            text.AppendLine($"  {name,-10} {expected,-36} {actual}");
        }

        text.AppendLine($"  regression line: {CaseLine.Write(test)}");
        return text.ToString();
    }

    private static void AppendInitial(StringBuilder text, TestCase test)
    {
        var state = test.Initial;
        text.Append($"  before: rflags {FlagNames.Of(state->Rflags)}; mxcsr {MachineState.MxcsrOf(state):x4}, ");
        text.Append($"fcw {MachineState.Word(state, 0):x4}, fsw {MachineState.Word(state, 2):x4}, ftw {state->Legacy[4]:x2}");
        for (var i = 0; i < 16; i++)
        {
            if (state->Gpr[i] != 0)
            {
                text.Append($"; {FlagNames.Gpr(i)} {state->Gpr[i]:x}");
            }
        }

        for (var i = 0; i < 16; i++)
        {
            var low = (ulong*)(state->Legacy + MachineState.XmmRegisters + (i * 16));
            var high = (ulong*)(state->YmmHigh + (i * 16));
            if ((low[0] | low[1] | high[0] | high[1]) != 0)
            {
                text.Append($"; ymm{i} {high[1]:x16}{high[0]:x16}_{low[1]:x16}{low[0]:x16}");
            }
        }

        for (var i = 0; i < 8; i++)
        {
            var register = state->Legacy + MachineState.X87Registers + (i * 16);
            if (*(ulong*)register != 0 || *(ushort*)(register + 8) != 0)
            {
                text.Append($"; st{i} {*(ushort*)(register + 8):x4}:{*(ulong*)register:x16}");
            }
        }

        text.AppendLine();
        AppendMemory(text, test);
    }

    private static void AppendMemory(StringBuilder text, TestCase test)
    {
        var lines = 0;
        for (var i = 0; i < Arena.DataSize && lines < 8; i += 16)
        {
            var line = new ReadOnlySpan<byte>(test.Data + i, 16);
            if (line.IndexOfAnyExcept((byte)0) >= 0)
            {
                text.AppendLine($"  [{Arena.Data + (ulong)i:x}] {Convert.ToHexString(line)}");
                lines++;
            }
        }
    }
}
