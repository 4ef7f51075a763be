using Iced.Intel;

namespace Emulator.Jit.Analysis;

/// <summary>
/// Who can see the arithmetic flags that an instruction sets: a later reader, or an exit in between. At the end of a block everybody can: the region may be
/// left there.
/// </summary>
public static class FlagNeeds
{
    private const RflagsBits Arithmetic = RflagsBits.OF | RflagsBits.SF | RflagsBits.ZF | RflagsBits.AF | RflagsBits.CF | RflagsBits.PF;

    /// <summary>Whether an instruction reads or changes arithmetic flags.</summary>
    public static bool Touches(in Instruction instruction) => ((instruction.RflagsRead | instruction.RflagsModified) & Arithmetic) != 0;

    /// <summary>For each instruction of a block whether the flags after it are needed; <paramref name="canExit"/> tells which can leave.</summary>
    public static bool[] After(ReadOnlySpan<Instruction> instructions, ReadOnlySpan<bool> canExit)
    {
        var needed = new bool[instructions.Length];
        var live = true;
        for (var i = instructions.Length - 1; i >= 0; i--)
        {
            needed[i] = live;
            var instruction = instructions[i];
            if (canExit[i] || (instruction.RflagsRead & Arithmetic) != 0)
            {
                live = true;
            }
            else if ((instruction.RflagsModified & Arithmetic) == Arithmetic && !MayKeepFlags(instruction))
            {
                live = false;
            }
        }

        return needed;
    }

    /// <summary>
    /// Whether a block may read the flags that it begins with, other than by leaving. What keeps some of them reads them; so does an instruction without an
    /// emitter that touches any, as its handler works on the state.
    /// </summary>
    public static bool ReadsBeforeWriting(ReadOnlySpan<Instruction> instructions, Func<Mnemonic, bool> hasEmitter)
    {
        foreach (ref readonly var instruction in instructions)
        {
            if (Touches(instruction))
            {
                return !hasEmitter(instruction.Mnemonic) || (instruction.RflagsRead & Arithmetic) != 0
                    || (instruction.RflagsModified & Arithmetic) != Arithmetic || MayKeepFlags(instruction);
            }
        }

        return false;
    }

    // Shifts by CL or by 0 change nothing when the count is 0.
    private static bool MayKeepFlags(in Instruction instruction)
        => instruction.Mnemonic is Mnemonic.Shl or Mnemonic.Sal or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Shld or Mnemonic.Shrd
            && (instruction.GetOpKind(instruction.OpCount - 1) == OpKind.Register || (instruction.GetImmediate(instruction.OpCount - 1) & 0x1f) == 0);
}
