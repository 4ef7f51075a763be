using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>Picks random operands for a form, by the kinds that Iced names.</summary>
public sealed class OperandPicker(MemoryOperands memory)
{
    /// <summary>Fills the operands and prefixes; false when a kind is not one that user-mode instructions have.</summary>
    public bool TryFill(ref Instruction instruction, OpCodeInfo form, CaseRandom random, ulong address)
    {
        for (var i = 0; i < form.OpCount; i++)
        {
            if (!TryFill(ref instruction, form, random, address, i))
            {
                return false;
            }
        }

        if (form.CanUseLockPrefix && instruction.Op0Kind == OpKind.Memory)
        {
            instruction.HasLockPrefix = random.OneIn(4) || form.Mnemonic == Mnemonic.Xchg && random.OneIn(2);
        }

        if (form.CanUseRepPrefix && instruction.IsStringInstruction)
        {
            instruction.HasRepPrefix = random.OneIn(2);
            instruction.HasRepnePrefix = !instruction.HasRepPrefix && form.CanUseRepnePrefix && random.OneIn(2);
        }

        return true;
    }

    private bool TryFill(ref Instruction instruction, OpCodeInfo form, CaseRandom random, ulong address, int index)
    {
        var kind = form.GetOpKind(index);
        if (MayBeMemory(kind) && (IsOnlyMemory(kind) || random.OneIn(2)))
        {
            PlaceMemory(ref instruction, form, random, index, kind);
            return true;
        }

        if (RegisterOf(kind, random) is var register && register != Register.None)
        {
            instruction.SetOpKind(index, OpKind.Register);
            instruction.SetOpRegister(index, register);
            return true;
        }

        return TryImmediate(ref instruction, random, index, kind) || TryImplicit(ref instruction, random, index, kind)
            || TryBranch(ref instruction, random, address, index, kind);
    }

    private void PlaceMemory(ref Instruction instruction, OpCodeInfo form, CaseRandom random, int index, OpCodeOperandKind kind)
    {
        instruction.SetOpKind(index, OpKind.Memory);
        var size = form.MemorySize.GetSize();
        var target = MemoryOperands.Choose(random, size == 0 ? 512 : size);
        switch (kind)
        {
            case OpCodeOperandKind.mem_offs:
                instruction.MemoryDisplacement64 = target;
                instruction.MemoryDisplSize = random.OneIn(4) && target < uint.MaxValue ? 4 : 8;
                memory.Address = target;
                break;
            case OpCodeOperandKind.mem_vsib32x or OpCodeOperandKind.mem_vsib64x:
                memory.PlaceVector(ref instruction, random, Register.XMM0);
                break;
            case OpCodeOperandKind.mem_vsib32y or OpCodeOperandKind.mem_vsib64y:
                memory.PlaceVector(ref instruction, random, Register.YMM0);
                break;
            default:
                memory.Place(ref instruction, random, target, kind == OpCodeOperandKind.sibmem);
                break;
        }
    }

    private static bool IsOnlyMemory(OpCodeOperandKind kind) => kind is OpCodeOperandKind.mem or OpCodeOperandKind.mem_offs
        or OpCodeOperandKind.mem_vsib32x or OpCodeOperandKind.mem_vsib64x or OpCodeOperandKind.mem_vsib32y or OpCodeOperandKind.mem_vsib64y;

    private static bool MayBeMemory(OpCodeOperandKind kind) => IsOnlyMemory(kind)
        || kind is OpCodeOperandKind.r8_or_mem or OpCodeOperandKind.r16_or_mem or OpCodeOperandKind.r32_or_mem or OpCodeOperandKind.r64_or_mem
            or OpCodeOperandKind.mm_or_mem or OpCodeOperandKind.xmm_or_mem or OpCodeOperandKind.ymm_or_mem;

    private static Register RegisterOf(OpCodeOperandKind kind, CaseRandom random)
    {
        switch (kind)
        {
            case OpCodeOperandKind.r8_or_mem or OpCodeOperandKind.r8_reg or OpCodeOperandKind.r8_opcode:
                return Register.AL + random.Below(20);
            case OpCodeOperandKind.r16_or_mem or OpCodeOperandKind.r16_reg or OpCodeOperandKind.r16_rm or OpCodeOperandKind.r16_opcode:
                return Register.AX + random.Below(16);
            case OpCodeOperandKind.r32_or_mem or OpCodeOperandKind.r32_reg or OpCodeOperandKind.r32_rm or OpCodeOperandKind.r32_opcode
                or OpCodeOperandKind.r32_vvvv:
                return Register.EAX + random.Below(16);
            case OpCodeOperandKind.r64_or_mem or OpCodeOperandKind.r64_reg or OpCodeOperandKind.r64_rm or OpCodeOperandKind.r64_opcode
                or OpCodeOperandKind.r64_vvvv:
                return Register.RAX + random.Below(16);
            case OpCodeOperandKind.mm_or_mem or OpCodeOperandKind.mm_reg or OpCodeOperandKind.mm_rm:
                return Register.MM0 + random.Below(8);
            case OpCodeOperandKind.xmm_or_mem or OpCodeOperandKind.xmm_reg or OpCodeOperandKind.xmm_rm or OpCodeOperandKind.xmm_vvvv
                or OpCodeOperandKind.xmm_is4 or OpCodeOperandKind.xmm_is5:
                return Register.XMM0 + random.Below(16);
            case OpCodeOperandKind.ymm_or_mem or OpCodeOperandKind.ymm_reg or OpCodeOperandKind.ymm_rm or OpCodeOperandKind.ymm_vvvv
                or OpCodeOperandKind.ymm_is4 or OpCodeOperandKind.ymm_is5:
                return Register.YMM0 + random.Below(16);
            case OpCodeOperandKind.sti_opcode:
                return Register.ST0 + random.Below(8);
            case OpCodeOperandKind.cr_reg:
                return random.Of([Register.CR0, Register.CR2, Register.CR3, Register.CR4, Register.CR8]);
            case OpCodeOperandKind.dr_reg:
                return Register.DR0 + random.Below(8);
            case OpCodeOperandKind.seg_reg:
                return Register.ES + random.Below(6);
            default:
                return Fixed(kind);
        }
    }

    private static Register Fixed(OpCodeOperandKind kind) => kind switch
    {
        OpCodeOperandKind.es => Register.ES,
        OpCodeOperandKind.cs => Register.CS,
        OpCodeOperandKind.ss => Register.SS,
        OpCodeOperandKind.ds => Register.DS,
        OpCodeOperandKind.fs => Register.FS,
        OpCodeOperandKind.gs => Register.GS,
        OpCodeOperandKind.al => Register.AL,
        OpCodeOperandKind.cl => Register.CL,
        OpCodeOperandKind.ax => Register.AX,
        OpCodeOperandKind.dx => Register.DX,
        OpCodeOperandKind.eax => Register.EAX,
        OpCodeOperandKind.rax => Register.RAX,
        OpCodeOperandKind.st0 => Register.ST0,
        _ => Register.None,
    };

    private static bool TryImmediate(ref Instruction instruction, CaseRandom random, int index, OpCodeOperandKind kind)
    {
        var value = SpecialValues.Integer(random);
        if (kind == OpCodeOperandKind.imm8 && index > 0 && instruction.GetOpKind(index - 1) == OpKind.Immediate8
            || kind == OpCodeOperandKind.imm8 && index > 0 && instruction.GetOpKind(index - 1) == OpKind.Immediate16)
        {
            instruction.SetOpKind(index, OpKind.Immediate8_2nd);
            instruction.Immediate8_2nd = (byte)value;
            return true;
        }

        var immediate = kind switch
        {
            OpCodeOperandKind.imm8 or OpCodeOperandKind.imm8_const_1 or OpCodeOperandKind.imm4_m2z => OpKind.Immediate8,
            OpCodeOperandKind.imm8sex16 => OpKind.Immediate8to16,
            OpCodeOperandKind.imm8sex32 => OpKind.Immediate8to32,
            OpCodeOperandKind.imm8sex64 => OpKind.Immediate8to64,
            OpCodeOperandKind.imm16 => OpKind.Immediate16,
            OpCodeOperandKind.imm32 => OpKind.Immediate32,
            OpCodeOperandKind.imm32sex64 => OpKind.Immediate32to64,
            OpCodeOperandKind.imm64 => OpKind.Immediate64,
            _ => OpKind.Register,
        };
        if (immediate == OpKind.Register)
        {
            return false;
        }

        instruction.SetOpKind(index, immediate);
        value = kind switch
        {
            OpCodeOperandKind.imm8_const_1 => 1,
            OpCodeOperandKind.imm4_m2z => value & 3,
            _ => value,
        };
        switch (immediate)
        {
            case OpKind.Immediate8: instruction.Immediate8 = (byte)value; break;
            case OpKind.Immediate8to16: instruction.Immediate8to16 = (sbyte)value; break;
            case OpKind.Immediate8to32: instruction.Immediate8to32 = (sbyte)value; break;
            case OpKind.Immediate8to64: instruction.Immediate8to64 = (sbyte)value; break;
            case OpKind.Immediate16: instruction.Immediate16 = (ushort)value; break;
            case OpKind.Immediate32: instruction.Immediate32 = (uint)value; break;
            case OpKind.Immediate32to64: instruction.Immediate32to64 = (int)value; break;
            default: instruction.Immediate64 = value; break;
        }

        return true;
    }

    // String operands, XLAT, MASKMOVQ: the registers are given their addresses later.
    private static bool TryImplicit(ref Instruction instruction, CaseRandom random, int index, OpCodeOperandKind kind)
    {
        var is32 = index > 0 ? instruction.Op0Kind is OpKind.MemoryESEDI or OpKind.MemorySegESI : random.OneIn(8);
        switch (kind)
        {
            case OpCodeOperandKind.seg_rSI:
                instruction.SetOpKind(index, is32 ? OpKind.MemorySegESI : OpKind.MemorySegRSI);
                return true;
            case OpCodeOperandKind.es_rDI:
                instruction.SetOpKind(index, is32 ? OpKind.MemoryESEDI : OpKind.MemoryESRDI);
                return true;
            case OpCodeOperandKind.seg_rDI:
                instruction.SetOpKind(index, is32 ? OpKind.MemorySegEDI : OpKind.MemorySegRDI);
                return true;
            case OpCodeOperandKind.seg_rBX_al:
                instruction.SetOpKind(index, OpKind.Memory);
                instruction.MemoryBase = random.OneIn(8) ? Register.EBX : Register.RBX;
                instruction.MemoryIndex = Register.AL;
                return true;
            default:
                return false;
        }
    }

    private static bool TryBranch(ref Instruction instruction, CaseRandom random, ulong address, int index, OpCodeOperandKind kind)
    {
        var distance = kind switch
        {
            OpCodeOperandKind.br64_1 => random.OneIn(2) ? 32 + random.Below(64) : -32 - random.Below(64),
            OpCodeOperandKind.br64_4 => random.OneIn(2) ? 32 + random.Below(0x100) : -32 - random.Below(0x100),
            _ => 0,
        };
        if (distance == 0)
        {
            return false;
        }

        instruction.SetOpKind(index, OpKind.NearBranch64);
        instruction.NearBranch64 = address + (ulong)(long)distance;
        return true;
    }
}
