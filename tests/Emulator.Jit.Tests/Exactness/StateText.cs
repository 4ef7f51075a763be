using Emulator.Core.Cpu;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>What a program or a device can see of a processor, by name, and where two of them differ.</summary>
internal static unsafe class StateText
{
    private const int VectorRegisters = 16;
    private const int WordsCompared = 4;

    /// <summary>Where the machines differ in a processor or in RAM; null when they do not.</summary>
    public static string? Difference(TestMachine expected, TestMachine actual, bool withRam)
    {
        for (var i = 0; i < expected.Processors.Count; i++)
        {
            if (Difference(expected.Processors[i].State, actual.Processors[i].State) is { } difference)
            {
                return $"processor {i}: {difference}";
            }
        }

        return withRam ? RamDifference(expected.Ram, actual.Ram) : null;
    }

    private static string? Difference(CpuState* expected, CpuState* actual)
    {
        var wanted = Describe(expected);
        var found = Describe(actual);
        var different = wanted.Zip(found).Where(pair => pair.First.Value != pair.Second.Value).Select(pair => $"{pair.First.Name} {pair.Second.Value:x} expected {pair.First.Value:x}").ToList();
        return different.Count == 0 ? null : $"at RIP {expected->Rip:x}, {expected->Retired} retired: {string.Join(", ", different)}";
    }

    private static string? RamDifference(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        var at = expected.CommonPrefixLength(actual);
        return at == expected.Length ? null : $"RAM at {at:x}: {actual[at]:x} expected {expected[at]:x}";
    }

    private static List<(string Name, ulong Value)> Describe(CpuState* s)
    {
        var values = new List<(string, ulong)>(160)
        {
            ("RIP", s->Rip),
            ("retired", s->Retired),
            ("RFLAGS", s->ReadRflags()),
            ("CR0", s->Cr0),
            ("CR2", s->Cr2),
            ("CR3", s->Cr3),
            ("CR4", s->Cr4),
            ("DR6", s->Dr[6]),
            ("DR7", s->Dr[7]),
            ("MXCSR", s->Mxcsr),
            ("shadow", (ulong)s->Shadow),
            ("activity", (ulong)s->Activity),
            ("pending vector", (ulong)s->PendingVector),
            ("pending debug", s->PendingDebug),
            ("mode", (ulong)s->Mode),
            ("attention", (ulong)s->Attention),
        };
        for (var i = 0; i < 16; i++)
        {
            values.Add(($"R{i}", *CpuState.Gpr(s, i)));
        }

        for (var i = 0; i < VectorRegisters; i++)
        {
            for (var word = 0; word < WordsCompared; word++)
            {
                values.Add(($"ZMM{i}[{word}]", s->Vectors[(8 * i) + word]));
            }
        }

        AddX87(values, ref s->X87);
        return values;
    }

    private static void AddX87(List<(string Name, ulong Value)> values, ref X87State x87)
    {
        values.Add(("FCW", x87.ControlWord));
        values.Add(("FSW", x87.StatusWord));
        values.Add(("FTW", x87.TagWord));
        values.Add(("FOP", x87.Opcode));
        values.Add(("FIP", x87.InstructionPointer));
        values.Add(("FDP", x87.DataPointer));
        for (var i = 0; i < 8; i++)
        {
            values.Add(($"x87 R{i}", x87.Registers[i].Significand));
            values.Add(($"x87 R{i} exponent", x87.Registers[i].SignExponent));
        }
    }
}
