using Iced.Intel;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>
/// Random instructions without privilege or control transfer, from Iced's table. Registers that hold addresses (RBX, RSP, RSI, RDI, R15) are not
/// written by them but by string instructions.
/// </summary>
internal sealed class InstructionPool
{
    private static readonly Mnemonic[] Excluded =
    [
        Mnemonic.Rdrand, Mnemonic.Rdseed, Mnemonic.Enter, Mnemonic.Popf, Mnemonic.Popfd, Mnemonic.Popfq, Mnemonic.Popa, Mnemonic.Popad,
        Mnemonic.Maskmovq, Mnemonic.Maskmovdqu, Mnemonic.Vmaskmovdqu, Mnemonic.Bound, Mnemonic.Les, Mnemonic.Lds, Mnemonic.Xlatb,
    ];

    // What most code consists of, and what the emitters are most for.
    private static readonly Mnemonic[] Frequent =
    [
        Mnemonic.Mov, Mnemonic.Add, Mnemonic.Sub, Mnemonic.Cmp, Mnemonic.Test, Mnemonic.And, Mnemonic.Or, Mnemonic.Xor, Mnemonic.Adc, Mnemonic.Sbb,
        Mnemonic.Inc, Mnemonic.Dec, Mnemonic.Neg, Mnemonic.Shl, Mnemonic.Shr, Mnemonic.Sar, Mnemonic.Lea, Mnemonic.Movzx, Mnemonic.Movsx, Mnemonic.Imul,
        Mnemonic.Sete, Mnemonic.Setb, Mnemonic.Setle, Mnemonic.Cmovl, Mnemonic.Cmova, Mnemonic.Cmovs, Mnemonic.Rol, Mnemonic.Bt,
    ];

    private static readonly int[] General64 = [0, 1, 2, 5, 8, 9, 10, 11, 12, 13, 14];
    private static readonly int[] General32 = [0, 1, 2, 5];
    private static readonly ulong[] SpecialValues = [0, 1, 2, 7, 8, 31, 32, 63, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, uint.MaxValue, 1ul << 63, ulong.MaxValue];

    private readonly int _bitness;
    private readonly List<OpCodeInfo> _integer = [];
    private readonly List<OpCodeInfo> _frequent = [];
    private readonly List<OpCodeInfo> _vector = [];
    private readonly List<OpCodeInfo> _x87 = [];

    /// <summary>The pool of a code size.</summary>
    public InstructionPool(int bitness)
    {
        _bitness = bitness;
        foreach (var code in Enum.GetValues<Code>())
        {
            var form = code.ToOpCode();
            if (form.IsInstruction && IsUsable(form))
            {
                (IsVector(form) ? _vector : form.Fpu() ? _x87 : _integer).Add(form);
                if (Frequent.Contains(form.Mnemonic))
                {
                    _frequent.Add(form);
                }
            }
        }
    }

    /// <summary>A random instruction.</summary>
    public Instruction Next(Random random)
    {
        while (true)
        {
            var kind = random.Next(10);
            var forms = kind == 0 ? _x87 : kind <= 2 ? _vector : kind <= 5 ? _integer : _frequent;
            var form = forms[random.Next(forms.Count)];
            var instruction = new Instruction { Code = form.Code };
            if (TryFill(ref instruction, form, random))
            {
                return instruction;
            }
        }
    }

    /// <summary>A value of which the corners are likely.</summary>
    public static ulong Value(Random random)
        => random.Next(2) == 0 ? SpecialValues[random.Next(SpecialValues.Length)] : (ulong)random.NextInt64() * (uint)random.Next(3);

    private bool IsUsable(OpCodeInfo form)
    {
        var code = form.Code;
        return (_bitness == 64 ? form.Mode64 : form.Mode32) && code.FlowControl() == FlowControl.Next && !code.IsPrivileged()
            && !form.IsReservedNop && !form.IsInputOutput && form.Encoding is EncodingKind.Legacy or EncodingKind.VEX
            && !Excluded.Contains(code.Mnemonic()) && !IsSystem(form) && (form.Encoding == EncodingKind.Legacy || code.CpuidFeatures() is [CpuidFeature.AVX or CpuidFeature.AVX2 or CpuidFeature.BMI1 or CpuidFeature.BMI2]);
    }

    private static bool IsVector(OpCodeInfo form)
        => Enumerable.Range(0, form.OpCount).Any(i => form.GetOpKind(i).ToString() is var kind && (kind.StartsWith("xmm", StringComparison.Ordinal) || kind.StartsWith("ymm", StringComparison.Ordinal) || kind.StartsWith("mm", StringComparison.Ordinal)));

    private static bool IsSystem(OpCodeInfo form)
        => form.Code.CpuidFeatures().Any(feature => feature.ToString() is var name
            && (name.Contains("XSAVE", StringComparison.Ordinal) || name.Contains("FXSR", StringComparison.Ordinal) || name.Contains("MPX", StringComparison.Ordinal)
                || name.Contains("CET", StringComparison.Ordinal) || name.Contains("PKU", StringComparison.Ordinal) || name.Contains("FSGSBASE", StringComparison.Ordinal)
                || name.Contains("PADLOCK", StringComparison.Ordinal) || name.Contains("CYRIX", StringComparison.Ordinal) || name.Contains("KL", StringComparison.Ordinal)))
            || Enumerable.Range(0, form.OpCount).Any(i => form.GetOpKind(i) is OpCodeOperandKind.seg_reg or OpCodeOperandKind.fs or OpCodeOperandKind.gs or OpCodeOperandKind.ss or OpCodeOperandKind.ds or OpCodeOperandKind.es)
            || form.Code.Mnemonic() is Mnemonic.Fldenv or Mnemonic.Frstor or Mnemonic.Ldmxcsr or Mnemonic.Vldmxcsr;

    private bool TryFill(ref Instruction instruction, OpCodeInfo form, Random random)
    {
        for (var i = 0; i < form.OpCount; i++)
        {
            if (!TryFill(ref instruction, form, i, random))
            {
                return false;
            }
        }

        instruction.HasLockPrefix = form.CanUseLockPrefix && instruction.Op0Kind == OpKind.Memory && random.Next(4) == 0;
        if (form.CanUseRepPrefix && instruction.IsStringInstruction)
        {
            instruction.HasRepPrefix = random.Next(3) == 0;
            instruction.HasRepnePrefix = !instruction.HasRepPrefix && form.CanUseRepnePrefix && random.Next(3) == 0;
        }

        return true;
    }

    private bool TryFill(ref Instruction instruction, OpCodeInfo form, int index, Random random)
    {
        var kind = form.GetOpKind(index);
        var name = kind.ToString();
        if (kind == OpCodeOperandKind.mem || (name.EndsWith("_or_mem", StringComparison.Ordinal) && random.Next(2) == 0))
        {
            instruction.SetOpKind(index, OpKind.Memory);
            PlaceMemory(ref instruction, random);
            return true;
        }

        var register = RegisterOf(kind, random);
        if (register != Register.None)
        {
            instruction.SetOpKind(index, OpKind.Register);
            instruction.SetOpRegister(index, register);
            return true;
        }

        return TryImmediate(ref instruction, index, kind, random) || TryString(ref instruction, index, kind);
    }

    private void PlaceMemory(ref Instruction instruction, Random random)
    {
        var wide = _bitness == 64 && random.Next(12) != 0;
        var first = wide ? Register.RAX : Register.EAX;
        instruction.MemoryBase = first + (random.Next(8) switch { 0 => 6, 1 => 7, 2 => 4, 3 => General32[random.Next(4)], _ => 3 });
        if (_bitness == 64 && random.Next(4) == 0)
        {
            instruction.MemoryIndex = first + 15;
            instruction.MemoryIndexScale = 1 << random.Next(4);
        }

        instruction.MemoryDisplacement64 = (ulong)(random.Next(4) switch { 0 => 0, 1 => random.Next(-16, 64), 2 => random.Next(-128, 128) & ~15, _ => 0x1000 - random.Next(16) });
        instruction.MemoryDisplSize = instruction.MemoryDisplacement64 == 0 ? 0 : (long)instruction.MemoryDisplacement64 is >= -128 and < 128 ? 1 : wide ? 8 : 4;
    }

    private Register RegisterOf(OpCodeOperandKind kind, Random random)
    {
        var general = _bitness == 64 ? General64 : General32;
        var number = general[random.Next(general.Length)];
        var vector = random.Next(_bitness == 64 ? 16 : 8);
        return kind switch
        {
            OpCodeOperandKind.r8_or_mem or OpCodeOperandKind.r8_reg or OpCodeOperandKind.r8_opcode => Byte(number, random),
            OpCodeOperandKind.r16_or_mem or OpCodeOperandKind.r16_reg or OpCodeOperandKind.r16_rm or OpCodeOperandKind.r16_opcode => Register.AX + number,
            OpCodeOperandKind.r32_or_mem or OpCodeOperandKind.r32_reg or OpCodeOperandKind.r32_rm or OpCodeOperandKind.r32_opcode or OpCodeOperandKind.r32_vvvv => Register.EAX + number,
            OpCodeOperandKind.r64_or_mem or OpCodeOperandKind.r64_reg or OpCodeOperandKind.r64_rm or OpCodeOperandKind.r64_opcode or OpCodeOperandKind.r64_vvvv => Register.RAX + number,
            OpCodeOperandKind.mm_or_mem or OpCodeOperandKind.mm_reg or OpCodeOperandKind.mm_rm => Register.MM0 + random.Next(8),
            OpCodeOperandKind.xmm_or_mem or OpCodeOperandKind.xmm_reg or OpCodeOperandKind.xmm_rm or OpCodeOperandKind.xmm_vvvv or OpCodeOperandKind.xmm_is4 => Register.XMM0 + vector,
            OpCodeOperandKind.ymm_or_mem or OpCodeOperandKind.ymm_reg or OpCodeOperandKind.ymm_rm or OpCodeOperandKind.ymm_vvvv or OpCodeOperandKind.ymm_is4 => Register.YMM0 + vector,
            OpCodeOperandKind.sti_opcode => Register.ST0 + random.Next(8),
            OpCodeOperandKind.st0 => Register.ST0,
            OpCodeOperandKind.al => Register.AL,
            OpCodeOperandKind.cl => Register.CL,
            OpCodeOperandKind.ax => Register.AX,
            OpCodeOperandKind.dx => Register.DX,
            OpCodeOperandKind.eax => Register.EAX,
            OpCodeOperandKind.rax => Register.RAX,
            _ => Register.None,
        };
    }

    private Register Byte(int number, Random random)
    {
        if (number < 3)
        {
            return random.Next(3) == 0 ? Register.AH + number : Register.AL + number;
        }

        return _bitness == 64 ? Register.SPL + (number - 4) : Register.AL + (number & 1);
    }

    private static bool TryImmediate(ref Instruction instruction, int index, OpCodeOperandKind kind, Random random)
    {
        var immediate = kind switch
        {
            OpCodeOperandKind.imm8 or OpCodeOperandKind.imm8_const_1 => OpKind.Immediate8,
            OpCodeOperandKind.imm8sex16 => OpKind.Immediate8to16,
            OpCodeOperandKind.imm8sex32 => OpKind.Immediate8to32,
            OpCodeOperandKind.imm8sex64 => OpKind.Immediate8to64,
            OpCodeOperandKind.imm16 => OpKind.Immediate16,
            OpCodeOperandKind.imm32 => OpKind.Immediate32,
            OpCodeOperandKind.imm32sex64 => OpKind.Immediate32to64,
            OpCodeOperandKind.imm64 => OpKind.Immediate64,
            _ => OpKind.Register,
        };
        if (immediate == OpKind.Register || (index > 0 && instruction.GetOpKind(index - 1) is OpKind.Immediate8 or OpKind.Immediate16))
        {
            return false;
        }

        instruction.SetOpKind(index, immediate);
        var value = kind == OpCodeOperandKind.imm8_const_1 ? 1 : Value(random);
        switch (immediate)
        {
            case OpKind.Immediate8 or OpKind.Immediate8to16 or OpKind.Immediate8to32 or OpKind.Immediate8to64:
                instruction.Immediate8 = (byte)value;
                break;
            case OpKind.Immediate16:
                instruction.Immediate16 = (ushort)value;
                break;
            case OpKind.Immediate64:
                instruction.Immediate64 = value;
                break;
            default:
                instruction.Immediate32 = (uint)value;
                break;
        }

        return true;
    }

    private bool TryString(ref Instruction instruction, int index, OpCodeOperandKind kind)
    {
        OpKind? operand = kind switch
        {
            OpCodeOperandKind.seg_rSI => _bitness == 64 ? OpKind.MemorySegRSI : OpKind.MemorySegESI,
            OpCodeOperandKind.es_rDI => _bitness == 64 ? OpKind.MemoryESRDI : OpKind.MemoryESEDI,
            _ => null,
        };
        if (operand is { } known)
        {
            instruction.SetOpKind(index, known);
        }

        return operand is not null;
    }
}

/// <summary>What Iced's table tells of x87 forms.</summary>
internal static class OpCodeInfoExtensions
{
    /// <summary>Whether the form is one of the x87 unit.</summary>
    public static bool Fpu(this OpCodeInfo form) => form.Code.CpuidFeatures().Any(feature => feature.ToString().StartsWith("FPU", StringComparison.Ordinal) || feature == CpuidFeature.SSE3 && form.Mnemonic == Mnemonic.Fisttp);
}
