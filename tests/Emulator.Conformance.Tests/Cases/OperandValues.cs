using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>Gives operands the values that make an instruction do something: addresses, counts, matching comparands, dividends that fit.</summary>
public sealed unsafe class OperandValues(OperandConstraints constraints, MemoryOperands memory)
{
    private const ulong TrapFlag = 0x100;
    private const ulong AlignmentCheck = 0x4_0000;

    /// <summary>Prepares state and memory for the instruction; false when it had better be generated anew.</summary>
    public bool TryPrepare(ref Instruction instruction, OpCodeInfo form, CaseRandom random, TestCase test)
    {
        if (HasMemory(instruction))
        {
            FillOperand(form, random, test);
        }

        PrepareImplicitAddresses(ref instruction, random, test);
        if (form.IsStackInstruction || instruction.IsStackInstruction)
        {
            PrepareStack(instruction, random, test);

            // With a wild stack pointer several faults compete.
            if (!TestCase.IsData(constraints.Value(4) - 8, 16))
            {
                return false;
            }
        }

        LimitFlags(form, test.Initial);
        return PrepareBranch(instruction, random, test) && PrepareByMnemonic(ref instruction, form, random, test);
    }

    private static void LimitFlags(OpCodeInfo form, MachineState* state)
    {
        // Alignment checks of vector operands are the processor's own (SDM Vol. 3A, 6.15, interrupt 17).
        if (form.MemorySize.GetSize() > 8 || form.Mnemonic == Mnemonic.Maskmovq)
        {
            state->Rflags &= ~AlignmentCheck;
        }

        // Whether EMMS clears TOP is the vendor's: the SDM writes the tags alone.
        if (form.Mnemonic == Mnemonic.Emms)
        {
            MachineState.Word(state, MachineState.StatusWord) &= 0xc7ff;
        }
    }

    private static bool HasMemory(in Instruction instruction)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Memory)
            {
                return true;
            }
        }

        return false;
    }

    private void FillOperand(OpCodeInfo form, CaseRandom random, TestCase test)
    {
        var size = Math.Max(form.MemorySize.GetSize(), 1);
        if (!TestCase.IsData(memory.Address, Math.Max(size, 16)))
        {
            return;
        }

        var target = test.DataAt(memory.Address);
        switch (form.MemorySize.GetElementType())
        {
            case MemorySize.Float32:
                for (var i = 0; i + 4 <= size; i += 4)
                {
                    *(uint*)(target + i) = SpecialValues.Float32(random);
                }

                break;
            case MemorySize.Float64:
                for (var i = 0; i + 8 <= size; i += 8)
                {
                    *(ulong*)(target + i) = SpecialValues.Float64(random);
                }

                break;
            case MemorySize.Float80:
                var (exponent, significand) = SpecialValues.Float80(random);
                *(ulong*)target = significand;
                *(ushort*)(target + 8) = exponent;
                break;
            case MemorySize.Bcd:
                for (var i = 0; i < 10; i++)
                {
                    target[i] = SpecialValues.Bcd(random);
                }

                break;
            default:
                for (var i = 0; i < size && i < 64; i += 8)
                {
                    var value = SpecialValues.Integer(random);
                    Buffer.MemoryCopy(&value, target + i, 8, Math.Min(8, size - i));
                }

                break;
        }
    }

    private void PrepareImplicitAddresses(ref Instruction instruction, CaseRandom random, TestCase test)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            var register = instruction.GetOpKind(i) switch
            {
                OpKind.MemorySegRSI or OpKind.MemorySegESI => Register.RSI,
                OpKind.MemoryESRDI or OpKind.MemoryESEDI or OpKind.MemorySegRDI or OpKind.MemorySegEDI => Register.RDI,
                _ => Register.None,
            };
            if (register == Register.None)
            {
                continue;
            }

            var is32 = instruction.GetOpKind(i) is OpKind.MemorySegESI or OpKind.MemoryESEDI or OpKind.MemorySegEDI;
            // Whether masked-off bytes of MASKMOVDQU fault is the processor's own: such operands never reach the end.
            var address = Arena.DataMiddle - 0x100 + (ulong)random.Below(0x200);
            address = random.OneIn(32) && instruction.IsStringInstruction ? Arena.Data + Arena.DataSize - (ulong)random.Below(64) : random.OneIn(2) ? address & ~7ul : address;
            constraints.Pin(register, is32 ? address | (random.Next() << 32) : address);
            if (instruction.HasRepPrefix || instruction.HasRepnePrefix)
            {
                // Whether INS and OUTS look at the I/O privilege when there is nothing to do is the processor's own.
                var least = instruction.Mnemonic is >= Mnemonic.Insb and <= Mnemonic.Insw or >= Mnemonic.Outsb and <= Mnemonic.Outsw ? 1 : 0;
                var count = (ulong)(least + (random.OneIn(4) ? random.Below(3) : random.Below(80)));
                constraints.Pin(Register.RCX, is32 ? count | (random.Next() << 32) : count);
            }
        }

        if (instruction.IsStringInstruction && random.OneIn(2))
        {
            MakeEqual(random, test);
        }
    }

    // Long runs of one byte, so that comparisons and scans go on for a while.
    private static void MakeEqual(CaseRandom random, TestCase test)
    {
        var value = (byte)random.Next();
        new Span<byte>(test.Data + Arena.PageSize - 0x400, 0x800).Fill(value);
        test.Data[Arena.PageSize - 0x100 + random.Below(0x200)] ^= 1;
        test.Initial->Gpr[0] = random.OneIn(2) ? 0x0101_0101_0101_0101ul * value : test.Initial->Gpr[0];
    }

    private void PrepareStack(in Instruction instruction, CaseRandom random, TestCase test)
    {
        var address = Arena.DataMiddle - 0x400 + (ulong)random.Below(0x800);
        address = random.OneIn(8) ? address : random.OneIn(64) ? Arena.Data + (ulong)random.Below(24) : address & ~7ul;
        constraints.Pin(Register.RSP, address);
        if (instruction.Mnemonic is Mnemonic.Leave or Mnemonic.Enter)
        {
            constraints.Pin(Register.RBP, Arena.DataMiddle - 0x400 + ((ulong)random.Below(0x800) & ~7ul));
        }

        var top = constraints.Value(4);
        if (instruction.Mnemonic is Mnemonic.Popf or Mnemonic.Popfq or Mnemonic.Popfd && TestCase.IsData(top, 8))
        {
            *(ulong*)test.DataAt(top) &= ~TrapFlag;
        }
    }

    private bool PrepareBranch(in Instruction instruction, CaseRandom random, TestCase test)
    {
        var landing = Arena.Code + (ulong)random.Below(0x100);
        switch (instruction.FlowControl)
        {
            case FlowControl.Return when instruction.Mnemonic == Mnemonic.Ret:
                var top = constraints.Value(4);
                if (!TestCase.IsData(top, 8))
                {
                    return false;
                }

                *(ulong*)test.DataAt(top) = landing;
                return true;
            case FlowControl.IndirectBranch or FlowControl.IndirectCall when instruction.Op0Kind == OpKind.Register:
                constraints.Pin(instruction.Op0Register, landing);
                return constraints.Value(instruction.Op0Register.GetNumber()) == landing && instruction.Op0Register.GetNumber() != constraints.Scratch;
            case FlowControl.IndirectBranch or FlowControl.IndirectCall:
                if (TestCase.IsData(memory.Address, 8))
                {
                    *(ulong*)test.DataAt(memory.Address) = landing;
                }

                return true;
            default:
                return true;
        }
    }

    private bool PrepareByMnemonic(ref Instruction instruction, OpCodeInfo form, CaseRandom random, TestCase test)
    {
        var state = test.Initial;
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Xlatb:
                constraints.Pin(Register.RBX, Arena.DataMiddle);
                return true;
            case Mnemonic.Bt or Mnemonic.Bts or Mnemonic.Btr or Mnemonic.Btc when instruction.Op0Kind == OpKind.Memory && instruction.Op1Kind == OpKind.Register:
                return PrepareBitOffset(instruction, random);
            case Mnemonic.Loop or Mnemonic.Loope or Mnemonic.Loopne or Mnemonic.Jrcxz or Mnemonic.Jecxz:
                constraints.Pin(Register.RCX, random.OneIn(2) ? (ulong)random.Below(3) : random.Next() << 32);
                return true;
            case Mnemonic.Enter:
                instruction.Immediate16 = (ushort)random.Below(0x300);
                instruction.Immediate8_2nd = random.OneIn(2) ? (byte)0 : instruction.Immediate8_2nd;
                return true;
            case Mnemonic.Cmpxchg or Mnemonic.Cmpxchg8b or Mnemonic.Cmpxchg16b:
                PrepareCompare(instruction, form, random, test);
                return true;
            case Mnemonic.Div or Mnemonic.Idiv:
                PrepareDividend(instruction, form, random, state);
                return true;
            case Mnemonic.Shl or Mnemonic.Shr or Mnemonic.Sar or Mnemonic.Rol or Mnemonic.Ror or Mnemonic.Rcl or Mnemonic.Rcr or Mnemonic.Shld
                or Mnemonic.Shrd when !constraints.IsPinned(1):
                state->Gpr[1] = random.OneIn(2) ? (ulong)random.Below(72) : state->Gpr[1];
                return true;
            case Mnemonic.Ldmxcsr or Mnemonic.Vldmxcsr:
                PrepareWord(random, test, 0x1f80, 0xe07f, 0xffff);
                return true;
            case Mnemonic.Fldcw or Mnemonic.Fldenv or Mnemonic.Frstor:
                PrepareWord(random, test, 0x37f, 0x0f00, 0x1f3f);
                return true;
            case Mnemonic.Fxrstor or Mnemonic.Fxrstor64:
                PrepareImage(random, test);
                return true;
            case Mnemonic.Xsave or Mnemonic.Xsave64 or Mnemonic.Xsavec or Mnemonic.Xsavec64 or Mnemonic.Xrstor or Mnemonic.Xrstor64:
                return PrepareExtendedState(random, test);
            case Mnemonic.Lar or Mnemonic.Lsl or Mnemonic.Verr or Mnemonic.Verw:
                return PrepareSelector(instruction, random, test);
            case Mnemonic.Clzero:
                constraints.Pin(Register.RAX, Arena.DataMiddle + (ulong)random.Below(0x200));
                return true;
            default:
                return PrepareGather(instruction, random, test);
        }
    }

    private bool PrepareBitOffset(in Instruction instruction, CaseRandom random)
    {
        var number = instruction.Op1Register.GetNumber();
        if (number == constraints.Scratch)
        {
            return false;
        }

        var offset = random.Below(0x2000) - 0x1000;
        if (!constraints.IsPinned(number))
        {
            constraints.Pin(number, (ulong)(long)offset);
            return true;
        }

        // A base or index: good if its value happens to be a small offset.
        var value = instruction.Op1Register.GetSize() switch
        {
            2 => (short)constraints.Value(number),
            4 => (int)constraints.Value(number),
            _ => (long)constraints.Value(number),
        };
        return value is > -0x4000 and < 0x4000;
    }

    private void PrepareCompare(in Instruction instruction, OpCodeInfo form, CaseRandom random, TestCase test)
    {
        if (random.OneIn(2))
        {
            return;
        }

        var state = test.Initial;
        if (instruction.Op0Kind == OpKind.Register)
        {
            var number = instruction.Op0Register.GetNumber();
            constraints.Pin(0, state->Gpr[number]);
            return;
        }

        if (!TestCase.IsData(memory.Address, 16))
        {
            return;
        }

        var value = (ulong*)test.DataAt(memory.Address);
        switch (instruction.Mnemonic)
        {
            case Mnemonic.Cmpxchg8b:
                constraints.Pin(0, (uint)value[0]);
                constraints.Pin(2, value[0] >> 32);
                break;
            case Mnemonic.Cmpxchg16b:
                constraints.Pin(0, value[0]);
                constraints.Pin(2, value[1]);
                break;
            default:
                constraints.Pin(0, value[0]);
                break;
        }
    }

    // Random dividends nearly always overflow.
    private void PrepareDividend(in Instruction instruction, OpCodeInfo form, CaseRandom random, MachineState* state)
    {
        if (random.OneIn(4))
        {
            return;
        }

        var signed = instruction.Mnemonic == Mnemonic.Idiv;
        var small = (ulong)random.Below(16);
        switch (form.Op0Kind)
        {
            case OpCodeOperandKind.r8_or_mem:
                constraints.Pin(0, signed ? (ulong)(long)(sbyte)state->Gpr[0] & 0xffff : (byte)state->Gpr[0] | (small << 8));
                break;
            case OpCodeOperandKind.r16_or_mem:
                constraints.Pin(2, signed ? (ulong)((short)state->Gpr[0] >> 15) : small);
                break;
            case OpCodeOperandKind.r32_or_mem:
                constraints.Pin(2, signed ? (ulong)((int)state->Gpr[0] >> 31) : small);
                break;
            default:
                constraints.Pin(2, signed ? (ulong)((long)state->Gpr[0] >> 63) : small);
                break;
        }
    }

    private void PrepareWord(CaseRandom random, TestCase test, ushort usual, ushort free, ushort any)
    {
        if (TestCase.IsData(memory.Address, 32))
        {
            var value = random.OneIn(8) ? random.Next() & any : random.OneIn(32) ? random.Next() : usual | (random.Next() & free);
            *(uint*)test.DataAt(memory.Address) = (uint)value;
        }
    }

    private void PrepareImage(CaseRandom random, TestCase test)
    {
        if (TestCase.IsData(memory.Address, MachineState.LegacySize))
        {
            var image = test.DataAt(memory.Address);
            Buffer.MemoryCopy(test.Initial->Legacy, image, MachineState.LegacySize, MachineState.LegacySize);
            *(ushort*)(image + MachineState.StatusWord) ^= (ushort)(random.Next() & 0x7f00);
            *(uint*)(image + MachineState.Mxcsr) ^= (uint)random.Next() & 0x603f;
        }
    }

    // Selectors of Linux's GDT that the guest's has too, and some beyond both.
    private bool PrepareSelector(in Instruction instruction, CaseRandom random, TestCase test)
    {
        var selector = random.Of<ushort>([0, 3, 0x08, 0x10, 0x13, 0x18, 0x28, 0x2b, 0x30, 0x33, 0x40, 0x43, 0x2f, 0x37, 0xfff8, 0xffff]);
        var operand = instruction.OpCount - 1;
        if (instruction.GetOpKind(operand) == OpKind.Memory)
        {
            if (TestCase.IsData(memory.Address, 2))
            {
                *(ushort*)test.DataAt(memory.Address) = selector;
            }

            return true;
        }

        var number = instruction.GetOpRegister(operand).GetFullRegister().GetNumber();
        if (constraints.IsPinned(number) || number == constraints.Scratch)
        {
            return false;
        }

        constraints.Pin(number, selector | (random.Next() << 16));
        return true;
    }

    // Only x87, SSE and AVX: other components may be enabled on the host alone.
    private bool PrepareExtendedState(CaseRandom random, TestCase test)
    {
        const int HeaderSize = 64;
        if (constraints.IsPinned(0) || constraints.IsPinned(2))
        {
            return false;
        }

        constraints.Pin(0, (ulong)random.Below(8));
        PrepareImage(random, test);
        if (TestCase.IsData(memory.Address, MachineState.LegacySize + HeaderSize))
        {
            var header = test.DataAt(memory.Address) + MachineState.LegacySize;
            new Span<byte>(header, HeaderSize).Clear();
            ((ulong*)header)[0] = (ulong)random.Below(random.OneIn(16) ? 16 : 8);
            ((ulong*)header)[1] = random.OneIn(3) ? (1ul << 63) + (ulong)random.Below(8) : random.OneIn(16) ? (ulong)random.Below(16) : 0;
            if (random.OneIn(16))
            {
                header[random.Below(HeaderSize)] ^= 1;
            }
        }

        return true;
    }

    private bool PrepareGather(in Instruction instruction, CaseRandom random, TestCase test)
    {
        if (!instruction.IsVsib)
        {
            return true;
        }

        var number = instruction.MemoryIndex.GetNumber();
        var lanes = instruction.IsVsib64 ? 8 : 4;
        for (var i = 0; i < 32; i += lanes)
        {
            var target = i < 16 ? test.Initial->Legacy + MachineState.XmmRegisters + (number * 16) + i : test.Initial->YmmHigh + (number * 16) + i - 16;
            var index = (long)random.Below(0x180) - 0xc0;
            Buffer.MemoryCopy(&index, target, lanes, lanes);
        }

        return true;
    }
}
