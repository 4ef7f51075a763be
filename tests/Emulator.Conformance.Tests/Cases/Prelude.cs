using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>The instruction before the one under test: it sets the flags in one of the ways that arithmetic does.</summary>
public static class Prelude
{
    private static readonly Code[][] Defined =
    [
        [Code.Add_rm8_r8, Code.Add_rm16_r16, Code.Add_rm32_r32, Code.Add_rm64_r64],
        [Code.Sub_rm8_r8, Code.Sub_rm16_r16, Code.Sub_rm32_r32, Code.Sub_rm64_r64],
        [Code.Adc_rm8_r8, Code.Adc_rm16_r16, Code.Adc_rm32_r32, Code.Adc_rm64_r64],
        [Code.Sbb_rm8_r8, Code.Sbb_rm16_r16, Code.Sbb_rm32_r32, Code.Sbb_rm64_r64],
        [Code.Cmp_rm8_r8, Code.Cmp_rm16_r16, Code.Cmp_rm32_r32, Code.Cmp_rm64_r64],
        [Code.Inc_rm8, Code.Inc_rm16, Code.Inc_rm32, Code.Inc_rm64],
        [Code.Dec_rm8, Code.Dec_rm16, Code.Dec_rm32, Code.Dec_rm64],
        [Code.Neg_rm8, Code.Neg_rm16, Code.Neg_rm32, Code.Neg_rm64],
    ];

    // These leave AF undefined.
    private static readonly Code[][] Logic =
    [
        [Code.And_rm8_r8, Code.And_rm16_r16, Code.And_rm32_r32, Code.And_rm64_r64],
        [Code.Or_rm8_r8, Code.Or_rm16_r16, Code.Or_rm32_r32, Code.Or_rm64_r64],
        [Code.Xor_rm8_r8, Code.Xor_rm16_r16, Code.Xor_rm32_r32, Code.Xor_rm64_r64],
        [Code.Shl_rm8_1, Code.Shl_rm16_1, Code.Shl_rm32_1, Code.Shl_rm64_1],
        [Code.Sar_rm8_1, Code.Sar_rm16_1, Code.Sar_rm32_1, Code.Sar_rm64_1],
    ];

    // What is undefined for some values of the operands is told from the initial state, which a prelude would change.
    private static readonly Mnemonic[] Alone = [Mnemonic.Bsf, Mnemonic.Bsr];

    private static readonly Register[] First = [Register.AL, Register.AX, Register.EAX, Register.RAX];

    /// <summary>An instruction that writes <paramref name="scratch"/>; <see cref="Code.INVALID"/> when there had better be none.</summary>
    public static Instruction Make(OpCodeInfo form, CaseRandom random, int scratch)
    {
        var main = new Instruction { Code = form.Code };
        if (Array.IndexOf(Alone, form.Mnemonic) >= 0)
        {
            return default;
        }

        var readsAuxiliary = (main.RflagsRead & RflagsBits.AF) != 0;
        var codes = readsAuxiliary || random.OneIn(2) ? random.Of(Defined) : random.Of(Logic);
        var width = random.Below(4);
        var code = codes[width];
        var instruction = new Instruction { Code = code };
        instruction.Op0Kind = OpKind.Register;
        instruction.Op0Register = Numbered(width, scratch);
        var info = code.ToOpCode();
        if (info.OpCount == 2)
        {
            if (info.Op1Kind == OpCodeOperandKind.imm8_const_1)
            {
                instruction.Op1Kind = OpKind.Immediate8;
                instruction.Immediate8 = 1;
            }
            else
            {
                instruction.Op1Kind = OpKind.Register;
                instruction.Op1Register = Numbered(width, random.Below(16));
            }
        }

        return instruction;
    }

    private static Register Numbered(int width, int number)
        => width == 0 && number >= 4 ? Register.SPL + (number - 4) : First[width] + number;
}
