using Emulator.Conformance.Tests.Cases;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>Compares what the host made of a case with what the guest made of it.</summary>
public sealed unsafe class StateComparer
{
    // MXCSR_MASK is the processor's own; FOP, FIP and FDP are kept differently by vendors (SDM Vol. 1, 8.1.8 and 8.1.9; APM Vol. 2, 11.4.4).
    private const int OpcodeToMxcsr = MachineState.Mxcsr;

    private readonly ResultMask _mask = new();

    /// <summary>Whether the results are equal but for what is undefined.</summary>
    public bool AreEqual(TestCase test, MachineState* expected, MachineState* actual, byte* expectedData, byte* actualData)
    {
        _mask.Prepare(test, expected->Vector != MachineState.NoFault);
        return First(expected, actual) is null && IsMemoryEqual(expectedData, actualData);
    }

    /// <summary>The names of what differs.</summary>
    public List<(string Name, string Expected, string Actual)> Differences(
        TestCase test, MachineState* expected, MachineState* actual, byte* expectedData, byte* actualData)
    {
        _mask.Prepare(test, expected->Vector != MachineState.NoFault);
        var found = new List<(string, string, string)>();
        Visit(expected, actual, (name, e, a) =>
        {
            found.Add((name, e, a));
            return false;
        });
        for (var i = 0; i < Arena.DataSize; i++)
        {
            if (expectedData[i] != actualData[i] && !IsExcluded(i) && found.Count < 40)
            {
                found.Add(($"[{Arena.Data + (ulong)i:x}]", $"{expectedData[i]:x2}", $"{actualData[i]:x2}"));
            }
        }

        return found;
    }

    /// <summary>What differs first; null when nothing does.</summary>
    public string? FirstDifference(TestCase test, MachineState* expected, MachineState* actual, byte* expectedData, byte* actualData)
    {
        _mask.Prepare(test, expected->Vector != MachineState.NoFault);
        return First(expected, actual) ?? (IsMemoryEqual(expectedData, actualData) ? null : "memory");
    }

    private string? First(MachineState* expected, MachineState* actual)
    {
        string? first = null;
        Visit(expected, actual, (name, _, _) =>
        {
            first = name;
            return true;
        });
        return first;
    }

    private bool IsMemoryEqual(byte* expected, byte* actual)
    {
        if (new ReadOnlySpan<byte>(expected, Arena.DataSize).SequenceEqual(new ReadOnlySpan<byte>(actual, Arena.DataSize)))
        {
            return true;
        }

        for (var i = 0; i < Arena.DataSize; i++)
        {
            if (expected[i] != actual[i] && !IsExcluded(i))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsExcluded(int offset) => _mask.IsExcluded(Arena.Data + (ulong)offset);

    // stop is asked at each difference whether to stop.
    private void Visit(MachineState* expected, MachineState* actual, Func<string, string, string, bool> stop)
    {
        var fault = expected->Vector != MachineState.NoFault;
        var flagsMask = ~(_mask.Flags | (fault ? ResultMask.FaultFlags : 0));
        var stopped = expected->Vector != actual->Vector && stop("vector", Name(expected), Name(actual))
            || (fault && (expected->ErrorCode != actual->ErrorCode && stop("error", $"{expected->ErrorCode:x}", $"{actual->ErrorCode:x}")
                || ((expected->Cr2 ^ actual->Cr2) & (_mask.IgnoresFaultOffset ? ~0xffful : ulong.MaxValue)) != 0 && stop("cr2", $"{expected->Cr2:x}", $"{actual->Cr2:x}")))
            || expected->Rip != actual->Rip && stop("rip", $"{expected->Rip:x}", $"{actual->Rip:x}")
            || ((expected->Rflags ^ actual->Rflags) & flagsMask) != 0
                && stop("rflags", FlagNames.Of(expected->Rflags & flagsMask), FlagNames.Of(actual->Rflags & flagsMask));
        for (var i = 0; i < 16 && !stopped; i++)
        {
            stopped = ((expected->Gpr[i] ^ actual->Gpr[i]) & (i == _mask.Register ? ~_mask.RegisterBits : ulong.MaxValue)) != 0
                && stop(FlagNames.Gpr(i), $"{expected->Gpr[i]:x16}", $"{actual->Gpr[i]:x16}");
        }

        if (!stopped)
        {
            VisitVectors(expected, actual, stop);
        }
    }

    private void VisitVectors(MachineState* expected, MachineState* actual, Func<string, string, string, bool> stop)
    {
        var e = expected->Legacy;
        var a = actual->Legacy;
        var status = MachineState.Word(expected, MachineState.StatusWord) ^ MachineState.Word(actual, MachineState.StatusWord);
        var stopped = (!_mask.IgnoresX87 && (Word(e, a, MachineState.ControlWord, "fcw", stop)
                || ((status & ~_mask.StatusWord) != 0 && Word(e, a, MachineState.StatusWord, "fsw", stop))
                || Word(e, a, MachineState.TagWord, "ftw", stop)))
            || (((MachineState.MxcsrOf(expected) ^ MachineState.MxcsrOf(actual)) & (_mask.IgnoresMxcsrFlags ? ~0x3fu : uint.MaxValue)) != 0
                && stop("mxcsr", $"{MachineState.MxcsrOf(expected):x8}", $"{MachineState.MxcsrOf(actual):x8}"));
        for (var i = 0; i < 8 && !stopped && !_mask.IgnoresX87; i++)
        {
            var offset = MachineState.X87Registers + (i * 16);
            var equal = *(ulong*)(e + offset) == *(ulong*)(a + offset) && *(ushort*)(e + offset + 8) == *(ushort*)(a + offset + 8);
            stopped = !equal && !Tolerance.IsNear80(e + offset, a + offset, _mask.X87Tolerance)
                && stop($"st{i}", $"{*(ushort*)(e + offset + 8):x4}:{*(ulong*)(e + offset):x16}",
                    $"{*(ushort*)(a + offset + 8):x4}:{*(ulong*)(a + offset):x16}");
        }

        for (var i = 0; i < 16 && !stopped; i++)
        {
            stopped = Vector($"xmm{i}", e + MachineState.XmmRegisters + (i * 16), a + MachineState.XmmRegisters + (i * 16), stop)
                || Vector($"ymm{i}h", expected->YmmHigh + (i * 16), actual->YmmHigh + (i * 16), stop);
        }
    }

    private static bool Word(byte* e, byte* a, int offset, string name, Func<string, string, string, bool> stop)
        => *(ushort*)(e + offset) != *(ushort*)(a + offset) && stop(name, $"{*(ushort*)(e + offset):x4}", $"{*(ushort*)(a + offset):x4}");

    private bool Vector(string name, byte* e, byte* a, Func<string, string, string, bool> stop)
    {
        var (el, eh, al, ah) = (*(ulong*)e, *(ulong*)(e + 8), *(ulong*)a, *(ulong*)(a + 8));
        return (el != al || eh != ah) && !(_mask.ApproximationBits != 0 && Tolerance.AreNear32(e, a, _mask.ApproximationBits))
            && stop(name, $"{eh:x16}_{el:x16}", $"{ah:x16}_{al:x16}");
    }

    private static string Name(MachineState* state)
        => state->Vector == MachineState.NoFault ? "none" : $"#{state->Vector} ({(Core.Cpu.Vector)state->Vector})";
}
