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
}
