using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions;
using Iced.Intel;

namespace Emulator.Core.Decoding;

/// <summary>
/// Fills an op's operands from Iced's instruction. Register operands go, in order, to <see cref="Op.Destination"/> (operand 0 only),
/// <see cref="Op.Source"/>, <see cref="Op.Third"/> and <see cref="Op.Fourth"/>; memory and immediates to their own fields.
/// </summary>
public static unsafe class OperandBinder
{
    private static readonly ushort ZeroOffset;
    private static readonly ushort BlockRipOffset;
    private static readonly ushort VectorsOffset;
    private static readonly ushort OpMaskOffset;
    private static readonly ushort SegmentsOffset;

    // By subtraction: asking the runtime by a field's name takes a millisecond of the program's start.
    static OperandBinder()
    {
        Unsafe.SkipInit(out CpuState state);
        var start = (byte*)&state;
        ZeroOffset = (ushort)((byte*)&state.Zero - start);
        BlockRipOffset = (ushort)((byte*)&state.BlockRip - start);
        VectorsOffset = (ushort)((byte*)&state.Vectors - start);
        OpMaskOffset = (ushort)((byte*)&state.OpMask - start);
        SegmentsOffset = (ushort)((byte*)&state.Es - start);
    }

    /// <summary>Whether one of the operands is in memory.</summary>
    public static bool HasMemoryOperand(in Instruction instruction) => MemoryOperand(instruction) >= 0;

    /// <summary>The index of the explicit memory operand; -1 when there is none.</summary>
    public static int MemoryOperand(in Instruction instruction)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Memory)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Width in bytes of operand <paramref name="index"/>, a register or the memory operand.</summary>
    public static int WidthOf(in Instruction instruction, int index)
        => instruction.GetOpKind(index) == OpKind.Register
            ? instruction.GetOpRegister(index).GetSize()
            : instruction.MemorySize.GetSize();

    /// <summary>
    /// Byte offset of a register in <see cref="CpuState"/>. MMX and ST registers give their number instead: where they lie depends on TOP
    /// or the x87 unit's layout. Control, debug and test registers give their number too.
    /// </summary>
    public static ushort OffsetOf(Register register)
    {
        if (register == Register.None)
        {
            return ZeroOffset;
        }

        if (register is >= Register.AH and <= Register.BH)
        {
            return (ushort)(((register - Register.AH) * 8) + 1);
        }

        if (register.IsGPR())
        {
            return (ushort)(register.GetFullRegister().GetNumber() * 8);
        }

        if (register.IsVectorRegister())
        {
            return (ushort)(VectorsOffset + (register.GetNumber() * 64));
        }

        if (register.IsSegmentRegister())
        {
            return (ushort)(SegmentsOffset + (register.GetNumber() * sizeof(SegmentCache)));
        }

        return register is >= Register.K0 and <= Register.K7
            ? (ushort)(OpMaskOffset + (register.GetNumber() * 8))
            : (ushort)register.GetNumber();
    }

    /// <summary>Fills the operand fields and sets <see cref="DecodeContext.Address"/>.</summary>
    public static void Fill(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->Length = (byte)instruction.Length;
        op->Code = (ushort)instruction.Code;
        op->Prefixes = (instruction.HasLockPrefix ? OpPrefixes.Lock : 0)
            | (instruction.HasRepPrefix ? OpPrefixes.Rep : 0)
            | (instruction.HasRepnePrefix ? OpPrefixes.Repne : 0);
        FillRegisters(instruction, op);
        FillImmediate(instruction, context, op);
        FillMemory(instruction, context, op);
    }

    private static void FillRegisters(in Instruction instruction, Op* op)
    {
        var next = 1;
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) != OpKind.Register)
            {
                continue;
            }

            var offset = OffsetOf(instruction.GetOpRegister(i));
            switch (i == 0 ? 0 : next++)
            {
                case 0: op->Destination = offset; break;
                case 1: op->Source = offset; break;
                case 2: op->Third = offset; break;
                default: op->Fourth = offset; break;
            }
        }
    }

    private static void FillImmediate(in Instruction instruction, DecodeContext context, Op* op)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            switch (instruction.GetOpKind(i))
            {
                case OpKind.NearBranch16 or OpKind.NearBranch32 or OpKind.NearBranch64:
                    op->Immediate = instruction.NearBranchTarget - context.BlockRip;
                    return;
                case OpKind.FarBranch16:
                    op->Immediate = instruction.FarBranch16 | ((ulong)instruction.FarBranchSelector << 32);
                    return;
                case OpKind.FarBranch32:
                    op->Immediate = instruction.FarBranch32 | ((ulong)instruction.FarBranchSelector << 32);
                    return;
                case OpKind.Immediate8 or OpKind.Immediate16 or OpKind.Immediate32 or OpKind.Immediate64
                    or OpKind.Immediate8to16 or OpKind.Immediate8to32 or OpKind.Immediate8to64 or OpKind.Immediate32to64:
                    op->Immediate = instruction.GetImmediate(i);

                    // ENTER, EXTRQ and INSERTQ have a second immediate.
                    if (i + 1 < instruction.OpCount && instruction.GetOpKind(i + 1) == OpKind.Immediate8_2nd)
                    {
                        op->Immediate |= (ulong)instruction.Immediate8_2nd << 32;
                    }

                    return;
                default:
                    break;
            }
        }
    }

    private static void FillMemory(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->Base = ZeroOffset;
        op->Index = ZeroOffset;
        op->Segment = Segment.DS;
        op->AddressSize = (byte)(context.Is64Bit ? 8 : context.Bitness / 8);
        context.Address = AddressKind.Checked;

        // String instructions, MASKMOVQ and XLAT have implicit memory operands: the segment matters, the rest is the row's.
        if (instruction.MemorySegment is >= Register.ES and <= Register.GS)
        {
            op->Segment = (Segment)(instruction.MemorySegment - Register.ES);
        }

        // 64-bit mode ignores ES, CS, SS and DS prefixes: the base register alone decides between #SS and #GP (SDM Vol. 1, 3.3.7.1).
        if (context.Is64Bit && op->Segment < Segment.FS)
        {
            op->Segment = instruction.MemoryBase.GetFullRegister() is Register.RSP or Register.RBP ? Segment.SS : Segment.DS;
        }

        if (!HasMemoryOperand(instruction))
        {
            return;
        }

        op->Displacement = instruction.MemoryDisplacement64;
        op->AddressSize = (byte)AddressSize(instruction, context);
        if (instruction.IsIPRelativeMemoryOperand)
        {
            op->Base = BlockRipOffset;
            op->Displacement = instruction.IPRelativeMemoryAddress - context.BlockRip;
        }
        else
        {
            op->Base = OffsetOf(instruction.MemoryBase);
            op->Index = OffsetOf(instruction.MemoryIndex);
            op->Scale = (byte)System.Numerics.BitOperations.Log2((uint)instruction.MemoryIndexScale);
        }

        context.Address = Kind(op, context);
    }

    private static int AddressSize(in Instruction instruction, DecodeContext context)
    {
        var register = instruction.MemoryBase != Register.None ? instruction.MemoryBase : instruction.MemoryIndex;
        if (register.IsGPR() || register is Register.RIP or Register.EIP)
        {
            return register is Register.RIP ? 8 : register is Register.EIP ? 4 : register.GetSize();
        }

        return instruction.MemoryDisplSize switch
        {
            2 => 2,
            4 => 4,
            8 => 8,
            _ => context.Bitness / 8,
        };
    }

    private static AddressKind Kind(Op* op, DecodeContext context)
    {
        if ((context.Mode & CpuMode.AlignmentChecks) != 0)
        {
            return AddressKind.Checked;
        }

        var based = op->Segment is Segment.FS or Segment.GS;
        if (context.Is64Bit)
        {
            return op->AddressSize == 8 ? (based ? AddressKind.Based64 : AddressKind.Flat64) : AddressKind.Checked;
        }

        return !based && op->Segment != Segment.CS && op->AddressSize == 4 && (context.Mode & CpuMode.FlatData) != 0
            ? AddressKind.Flat32
            : AddressKind.Checked;
    }
}
