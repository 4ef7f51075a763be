using Iced.Intel;

namespace Emulator.Jit.Analysis;

/// <summary>Which general registers an instruction uses, as sets by number (bit 0 is RAX); Iced knows.</summary>
public sealed class RegisterUse
{
    private readonly InstructionInfoFactory _factory = new();

    /// <summary>The registers that it reads or writes, and those that it writes.</summary>
    public (uint Used, uint Written) Of(in Instruction instruction)
    {
        uint used = 0;
        uint written = 0;
        foreach (var use in _factory.GetInfo(instruction).GetUsedRegisters())
        {
            if (!use.Register.IsGPR())
            {
                continue;
            }

            var bit = 1u << use.Register.GetFullRegister().GetNumber();
            used |= bit;
            if (use.Access is not (OpAccess.Read or OpAccess.CondRead or OpAccess.None or OpAccess.NoMemAccess))
            {
                written |= bit;
            }
        }

        return (used, written);
    }

    /// <summary>How it accesses its memory operand.</summary>
    public OpAccess MemoryAccess(in Instruction instruction)
    {
        var operand = Core.Decoding.OperandBinder.MemoryOperand(instruction);
        return operand < 0 ? OpAccess.None : _factory.GetInfo(instruction).GetOpAccess(operand);
    }

    /// <summary>The same for the vector registers 0 to 15: those that it reads or writes, and those that it writes.</summary>
    public (uint Used, uint Written) VectorsOf(in Instruction instruction)
    {
        // It leaves the low 128 bits alone.
        if (instruction.Mnemonic == Mnemonic.Vzeroupper)
        {
            return (0, 0);
        }

        if (UsesAllVectors(instruction))
        {
            return (ushort.MaxValue, ushort.MaxValue);
        }

        uint used = 0;
        uint written = 0;
        foreach (var use in _factory.GetInfo(instruction).GetUsedRegisters())
        {
            if (!use.Register.IsVectorRegister() || use.Register.GetNumber() > 15)
            {
                continue;
            }

            var bit = 1u << use.Register.GetNumber();
            used |= bit;
            if (use.Access is not (OpAccess.Read or OpAccess.CondRead or OpAccess.None or OpAccess.NoMemAccess))
            {
                written |= bit;
            }
        }

        return (used, written);
    }

    // Iced lists no registers for whole areas.
    private static bool UsesAllVectors(in Instruction instruction)
        => instruction.Mnemonic is Mnemonic.Fxsave or Mnemonic.Fxsave64 or Mnemonic.Fxrstor or Mnemonic.Fxrstor64
            or Mnemonic.Xsave or Mnemonic.Xsave64 or Mnemonic.Xsavec or Mnemonic.Xsavec64 or Mnemonic.Xsaveopt or Mnemonic.Xsaveopt64
            or Mnemonic.Xsaves or Mnemonic.Xsaves64 or Mnemonic.Xrstor or Mnemonic.Xrstor64 or Mnemonic.Xrstors or Mnemonic.Xrstors64
            or Mnemonic.Vzeroall;
}
