using System.Reflection;
using System.Runtime.InteropServices;
using Emulator.Core.Cpu;

namespace Emulator.Jit.Verify;

/// <summary>
/// What two states of a processor must agree in: everything that the guest could ever see, but not caches, the lazy form of the flags, and what a handler leaves
/// behind that nobody reads.
/// </summary>
internal static unsafe class StateComparison
{
    private static readonly string[] NotCompared =
    [
        nameof(CpuState.BlockRip), nameof(CpuState.Flags), nameof(CpuState.RetireLimit), nameof(CpuState.Attention), nameof(CpuState.Exit),
        nameof(CpuState.Tlb), nameof(CpuState.JumpCache), nameof(CpuState.JumpKey), nameof(CpuState.Owner), nameof(CpuState.Scratch),
        nameof(CpuState.PendingErrorCode), nameof(CpuState.PendingHasErrorCode), nameof(CpuState.PendingCr2), nameof(CpuState.X87),
    ];

    private static readonly int LastAlwaysShown = (int)Marshal.OffsetOf<CpuState>(nameof(CpuState.Rip));
    private static readonly Field[] Fields = FindFields();
    private static readonly Field[] Ranges = Join(Fields);

    private readonly record struct Field(string Name, int Offset, int Size);

    /// <summary>Whether two states are the same to the guest.</summary>
    public static bool AreEqual(CpuState* a, CpuState* b)
    {
        foreach (var range in Ranges)
        {
            if (!Bytes(a, range).SequenceEqual(Bytes(b, range)))
            {
                return false;
            }
        }

        return a->ReadRflags() == b->ReadRflags() && AreX87Equal(&a->X87, &b->X87) && (a->PendingVector == Fault.None || AreFaultsEqual(a, b));
    }

    /// <summary>Name and values, as text, of general registers, RIP and RFLAGS, and of whatever else the second and third state do not agree in.</summary>
    public static IEnumerable<(string Name, string Before, string Expected, string Actual)> Rows(nint before, nint expected, nint actual)
    {
        foreach (var field in Fields)
        {
            if (field.Offset <= LastAlwaysShown || Differ(field, expected, actual))
            {
                for (var offset = field.Offset; offset < field.Offset + field.Size; offset += 64)
                {
                    var part = new Field(PartName(field, offset), offset, Math.Min(64, field.Offset + field.Size - offset));
                    if (part.Size <= sizeof(ulong) || Differ(part, expected, actual))
                    {
                        yield return Row(part.Name, before, expected, actual, s => Hex(s, part));
                    }
                }
            }
        }

        yield return Row("RFLAGS", before, expected, actual, s => Flags(s));
        var others = Enumerable.Range(0, 8).Select(i => Row($"R{i} (x87)", before, expected, actual, s => X87Register(s, i)))
            .Prepend(Row("fault", before, expected, actual, s => PendingError(s)))
            .Append(Row("x87 environment", before, expected, actual, s => X87Environment(s)));
        foreach (var row in others.Where(row => row.Expected != row.Actual))
        {
            yield return row;
        }
    }

    private static (string Name, string Before, string Expected, string Actual) Row(string name, nint before, nint expected, nint actual, Func<nint, string> text)
        => (name, text(before), text(expected), text(actual));

    private static Field[] FindFields()
    {
        var all = typeof(CpuState).GetFields(BindingFlags.Public | BindingFlags.Instance)
            .Select(field => (field.Name, Offset: (int)Marshal.OffsetOf<CpuState>(field.Name))).OrderBy(field => field.Offset).ToArray();
        var ends = all.Skip(1).Select(field => field.Offset).Append(sizeof(CpuState));
        return [.. all.Zip(ends, (field, end) => new Field(field.Name, field.Offset, end - field.Offset)).Where(field => !NotCompared.Contains(field.Name))];
    }

    private static Field[] Join(Field[] fields)
    {
        var ranges = new List<Field>();
        foreach (var field in fields)
        {
            if (ranges.Count != 0 && ranges[^1].Offset + ranges[^1].Size == field.Offset)
            {
                ranges[^1] = ranges[^1] with { Size = ranges[^1].Size + field.Size };
            }
            else
            {
                ranges.Add(field);
            }
        }

        return [.. ranges];
    }

    private static ReadOnlySpan<byte> Bytes(CpuState* s, Field field) => new((byte*)s + field.Offset, field.Size);

    private static bool Differ(Field field, nint a, nint b) => !Bytes((CpuState*)a, field).SequenceEqual(Bytes((CpuState*)b, field));

    private static bool AreFaultsEqual(CpuState* a, CpuState* b)
        => a->PendingHasErrorCode == b->PendingHasErrorCode && (a->PendingHasErrorCode == 0 || a->PendingErrorCode == b->PendingErrorCode)
            && (a->PendingVector != (int)Vector.PageFault || a->PendingCr2 == b->PendingCr2);

    private static bool AreX87Equal(X87State* a, X87State* b)
    {
        for (var i = 0; i < 8; i++)
        {
            if (a->Registers[i].Significand != b->Registers[i].Significand || a->Registers[i].SignExponent != b->Registers[i].SignExponent)
            {
                return false;
            }
        }

        return a->ControlWord == b->ControlWord && a->StatusWord == b->StatusWord && a->TagWord == b->TagWord && a->Opcode == b->Opcode
            && a->InstructionPointer == b->InstructionPointer && a->DataPointer == b->DataPointer
            && a->InstructionSelector == b->InstructionSelector && a->DataSelector == b->DataSelector;
    }

    private static string PartName(Field field, int offset)
        => field.Name == nameof(CpuState.Vectors) ? $"ZMM{(offset - field.Offset) / 64}" : field.Name;

    // Most significant byte first, in groups of eight.
    private static string Hex(nint s, Field field)
    {
        var bytes = Bytes((CpuState*)s, field).ToArray();
        Array.Reverse(bytes);
        return string.Join('_', bytes.Chunk(8).Select(Convert.ToHexStringLower));
    }

    private static string Flags(nint s)
    {
        var value = ((CpuState*)s)->ReadRflags();
        (ulong Bit, string Name)[] names = [(Rflags.OF, "OF"), (Rflags.SF, "SF"), (Rflags.ZF, "ZF"), (Rflags.AF, "AF"), (Rflags.PF, "PF"), (Rflags.CF, "CF")];
        return $"{value:x8} {string.Join(' ', names.Where(name => (value & name.Bit) != 0).Select(name => name.Name))}";
    }

    private static string PendingError(nint s)
    {
        var state = (CpuState*)s;
        return state->PendingVector == Fault.None ? "none"
            : $"{(state->PendingHasErrorCode != 0 ? $"{state->PendingErrorCode:x}" : "-")}{(state->PendingVector == (int)Vector.PageFault ? $" CR2 {state->PendingCr2:x}" : "")}";
    }

    private static string X87Register(nint s, int number)
    {
        var register = ((CpuState*)s)->X87.Registers[number];
        return $"{register.SignExponent:x4}:{register.Significand:x16}";
    }

    private static string X87Environment(nint s)
    {
        var x87 = ((CpuState*)s)->X87;
        return $"cw {x87.ControlWord:x4} sw {x87.StatusWord:x4} tw {x87.TagWord:x4} op {x87.Opcode:x3} ip {x87.InstructionSelector:x}:{x87.InstructionPointer:x} dp {x87.DataSelector:x}:{x87.DataPointer:x}";
    }
}
