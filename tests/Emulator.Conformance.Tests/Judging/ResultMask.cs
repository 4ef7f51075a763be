using Emulator.Conformance.Tests.Cases;
using Iced.Intel;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>What of a case's result is compared: everything but what <see cref="UndefinedTable"/> leaves open for its operands.</summary>
public sealed unsafe class ResultMask
{
    private const ulong ResumeFlag = 0x10000;

    /// <summary>Bits of RFLAGS that are not compared.</summary>
    public ulong Flags { get; private set; }

    /// <summary>A general register that is not compared as a whole; -1 when all are.</summary>
    public int Register { get; private set; }

    /// <summary>The bits of that register that are not compared.</summary>
    public ulong RegisterBits { get; private set; }

    private readonly List<(ulong Start, int Length)> _memory = [];

    /// <summary>Bits of the x87 status word that are not compared.</summary>
    public ushort StatusWord { get; private set; }

    /// <summary>Units in the last place by which ST(0) and ST(1) may differ.</summary>
    public ulong X87Tolerance { get; private set; }

    /// <summary>The largest relative error of approximate results, as the exponent of 2; 0 when results are exact.</summary>
    public int ApproximationBits { get; private set; }

    /// <summary>The whole x87 state is left open.</summary>
    public bool IgnoresX87 { get; private set; }

    /// <summary>The sticky flags of MXCSR are left open.</summary>
    public bool IgnoresMxcsrFlags { get; private set; }

    /// <summary>Only the page of a fault's address is compared: the order of an operand's many accesses is the processor's own.</summary>
    public bool IgnoresFaultOffset { get; private set; }

    /// <summary>Works out the mask of a case.</summary>
    public void Prepare(TestCase test, bool faulted)
    {
        Flags = 0;
        Register = -1;
        _memory.Clear();
        StatusWord = 0;
        X87Tolerance = 0;
        ApproximationBits = 0;
        IgnoresX87 = false;
        IgnoresFaultOffset = false;
        IgnoresMxcsrFlags = false;
        foreach (var instruction in test.Instructions)
        {
            // What the instruction under test would have overwritten is still there when it faults.
            Flags &= faulted || MayLeaveFlags(instruction) ? ulong.MaxValue : ~Bits(instruction.RflagsModified);
            foreach (var row in UndefinedTable.Of(instruction.Mnemonic))
            {
                if (Applies(row, instruction, test))
                {
                    Flags |= row.Flags;
                    ExcludeDestination(row, instruction, test);
                }
            }

            FloatingPointMasks.Prepare(this, instruction, test, faulted);
        }
    }

    /// <summary>Whether a byte of memory is not compared.</summary>
    public bool IsExcluded(ulong linear)
    {
        foreach (var (start, length) in _memory)
        {
            if (linear - start < (ulong)length)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// For a result that ended in a fault: what the processor pushes as RF is its own business for traps and REP (SDM Vol. 3B, 17.3.1.1).
    /// </summary>
    public static ulong FaultFlags => ResumeFlag;

    internal void ExcludeX87() => IgnoresX87 = true;

    internal void ExcludeMxcsrFlags() => IgnoresMxcsrFlags = true;

    internal void ExcludeFaultOffset() => IgnoresFaultOffset = true;

    internal void ExcludeStatus(ushort bits) => StatusWord |= bits;

    internal void AllowUlps(ulong ulps) => X87Tolerance = ulps;

    internal void AllowApproximation(int bits) => ApproximationBits = bits;

    internal void ExcludeMemory(ulong start, int length) => _memory.Add((start, length));

    // A count of 0 leaves the flags as they were.
    private static bool MayLeaveFlags(in Instruction instruction) => instruction.IsStringInstruction
        || instruction.Mnemonic is Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Rcl
            or Mnemonic.Rcr or Mnemonic.Shld or Mnemonic.Shrd;

    private static ulong Bits(RflagsBits bits)
    {
        var flags = 0ul;
        flags |= (bits & RflagsBits.CF) != 0 ? 1ul : 0;
        flags |= (bits & RflagsBits.PF) != 0 ? 4ul : 0;
        flags |= (bits & RflagsBits.AF) != 0 ? 0x10ul : 0;
        flags |= (bits & RflagsBits.ZF) != 0 ? 0x40ul : 0;
        flags |= (bits & RflagsBits.SF) != 0 ? 0x80ul : 0;
        flags |= (bits & RflagsBits.OF) != 0 ? 0x800ul : 0;
        return flags;
    }

    private void ExcludeDestination(UndefinedRow row, in Instruction instruction, TestCase test)
    {
        if (row.Destination == 0)
        {
            return;
        }

        if (instruction.Op0Kind == OpKind.Register)
        {
            Register = instruction.Op0Register.GetFullRegister().GetNumber();
            RegisterBits = row.Destination;
        }
        else
        {
            ExcludeMemory(OperandReader.Address(instruction, test), instruction.MemorySize.GetSize());
        }
    }

    private static bool Applies(UndefinedRow row, in Instruction instruction, TestCase test)
    {
        if (row.When == Condition.Always)
        {
            return true;
        }

        var width = OperandReader.Width(instruction, 0);
        if (row.When == Condition.Width16)
        {
            return width == 2;
        }

        if (row.When == Condition.SourceZero)
        {
            return OperandReader.Value(instruction, 1, test) == 0;
        }

        var count = (int)OperandReader.Value(instruction, instruction.OpCount - 1, test) & (width == 8 ? 63 : 31);
        return row.When switch
        {
            Condition.CountNotZero => count != 0,
            Condition.CountAboveOne => count > 1,
            Condition.CountAtLeastWidth => count >= width * 8,
            _ => count > width * 8,
        };
    }
}
