using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>MOV, MOVBE, MOVNTI, MOVZX, MOVSX, MOVSXD, LEA, XCHG, BSWAP, sign extensions of the accumulator, and what does nothing.</summary>
internal static class MoveEmitters
{
    private static readonly MethodInfo Reverse16 = typeof(BinaryPrimitives).GetMethod(nameof(BinaryPrimitives.ReverseEndianness), [typeof(ushort)])!;
    private static readonly MethodInfo Reverse32 = typeof(BinaryPrimitives).GetMethod(nameof(BinaryPrimitives.ReverseEndianness), [typeof(uint)])!;
    private static readonly MethodInfo Reverse64 = typeof(BinaryPrimitives).GetMethod(nameof(BinaryPrimitives.ReverseEndianness), [typeof(ulong)])!;

    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        table.Add(Mnemonic.Mov, Move);
        table.Add(Mnemonic.Movzx, ExtendZero);
        table.Add(Mnemonic.Movsx, ExtendSign);
        table.Add(Mnemonic.Movsxd, ExtendSign);
        table.Add(Mnemonic.Lea, LoadAddress);
        table.Add(Mnemonic.Xchg, Exchange);
        table.Add(Mnemonic.Bswap, Swap);
        table.Add(Mnemonic.Cbw, (EmitContext c, in Instruction _) => Widen(c, Register.AL, Register.AX));
        table.Add(Mnemonic.Cwde, (EmitContext c, in Instruction _) => Widen(c, Register.AX, Register.EAX));
        table.Add(Mnemonic.Cdqe, (EmitContext c, in Instruction _) => Widen(c, Register.EAX, Register.RAX));
        table.Add(Mnemonic.Cdq, (EmitContext c, in Instruction _) => Spread(c, Register.EAX, Register.EDX));
        table.Add(Mnemonic.Cqo, (EmitContext c, in Instruction _) => Spread(c, Register.RAX, Register.RDX));
        table.Add(Mnemonic.Movbe, MoveReversed);
        table.Add(Mnemonic.Movnti, (EmitContext c, in Instruction i) => Store(c, i, OperandBinder.WidthOf(i, 1)));
        foreach (var mnemonic in (ReadOnlySpan<Mnemonic>)[
            Mnemonic.Nop, Mnemonic.Endbr64, Mnemonic.Endbr32, Mnemonic.Lfence, Mnemonic.Sfence, Mnemonic.Mfence,
            Mnemonic.Prefetchw, Mnemonic.Prefetchnta, Mnemonic.Prefetcht0, Mnemonic.Prefetcht1, Mnemonic.Prefetcht2])
        {
            table.Add(mnemonic, Nothing);
        }
    }

    private static bool Nothing(EmitContext c, in Instruction instruction)
        => instruction.Mnemonic is not (Mnemonic.Lfence or Mnemonic.Sfence or Mnemonic.Mfence);

    private static bool MoveReversed(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        var reverse = width switch { 2 => Reverse16, 4 => Reverse32, _ => Reverse64 };
        return instruction.Op0Kind == OpKind.Memory
            ? Store(c, instruction, width, reverse)
            : Load(c, instruction, width, () => c.Cil.Call(reverse));
    }

    private static bool Move(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (instruction.Op0Kind == OpKind.Memory)
        {
            return instruction.Op1Kind != OpKind.Register || instruction.Op1Register.IsGPR() ? Store(c, instruction, width) : false;
        }

        if (!instruction.Op0Register.IsGPR() || (instruction.Op1Kind == OpKind.Register && !instruction.Op1Register.IsGPR()))
        {
            return false;
        }

        if (instruction.Op1Kind == OpKind.Memory)
        {
            return Load(c, instruction, width, () => { });
        }

        c.PushOperand(instruction, 1, width);
        c.Registers.Write(instruction.Op0Register);
        return true;
    }

    private static bool Store(EmitContext c, in Instruction instruction, int width, MethodInfo? convert = null)
    {
        if (!c.Memory.IsFlat(instruction))
        {
            return false;
        }

        var value = c.Rent(width);
        c.PushOperand(instruction, 1, width);
        if (convert is not null)
        {
            c.Cil.Call(convert);
        }

        c.Cil.Store(value);
        var address = c.Memory.Open(instruction, width, writes: true);
        c.Memory.Store(address, value, width);
        c.Memory.Close(address);
        c.Cil.Return(value);
        return true;
    }

    // convert turns what was read, on the stack, into what is written.
    private static bool Load(EmitContext c, in Instruction instruction, int width, Action convert)
    {
        if (!c.Memory.IsFlat(instruction))
        {
            return false;
        }

        var address = c.Memory.Open(instruction, width, writes: false);
        c.Memory.Load(address, width);
        convert();
        c.Registers.Write(instruction.Op0Register);
        c.Memory.Close(address);
        return true;
    }

    private static bool ExtendZero(EmitContext c, in Instruction instruction) => Extend(c, instruction, signed: false);

    private static bool ExtendSign(EmitContext c, in Instruction instruction) => Extend(c, instruction, signed: true);

    private static bool Extend(EmitContext c, in Instruction instruction, bool signed)
    {
        var from = OperandBinder.WidthOf(instruction, 1);
        var to = OperandBinder.WidthOf(instruction, 0);
        if (instruction.Op1Kind == OpKind.Memory)
        {
            return Load(c, instruction, from, () => Convert(c, from, to, signed));
        }

        c.Registers.Read(instruction.Op1Register);
        Convert(c, from, to, signed);
        c.Registers.Write(instruction.Op0Register);
        return true;
    }

    private static void Convert(EmitContext c, int from, int to, bool signed)
    {
        if (signed)
        {
            c.Cil.Op(from switch { 1 => OpCodes.Conv_I1, 2 => OpCodes.Conv_I2, _ => OpCodes.Conv_I4 });
        }

        if (to == 8)
        {
            c.Cil.Op(signed ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
        }
    }

    private static bool LoadAddress(EmitContext c, in Instruction instruction)
    {
        if (instruction.MemoryBase.GetSize() == 2 || instruction.MemoryIndex.GetSize() == 2 || (!c.Is64Bit && instruction.MemoryDisplSize == 2))
        {
            return false;
        }

        c.Memory.PushOffset(instruction);
        if (instruction.Op0Register.GetSize() < 8)
        {
            c.Cil.Op(OpCodes.Conv_U4);
        }

        c.Registers.Write(instruction.Op0Register);
        return true;
    }

    private static bool Exchange(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        var (memory, register) = instruction.Op1Kind == OpKind.Memory ? (1, 0) : (0, 1);
        var old = c.Rent(width);
        if (instruction.GetOpKind(memory) == OpKind.Memory)
        {
            if (!c.Memory.IsFlat(instruction))
            {
                c.Cil.Return(old);
                return false;
            }

            var address = c.Memory.Open(instruction, width, writes: true);
            var value = c.Rent(width);
            c.Registers.Read(instruction.GetOpRegister(register));
            c.Cil.Store(value);
            c.Memory.Load(address, width);
            c.Cil.Store(old);
            c.Memory.Store(address, value, width);
            c.Cil.Return(value);
            c.Memory.Close(address);
        }
        else
        {
            c.Registers.Read(instruction.Op0Register);
            c.Cil.Store(old);
            c.Registers.Read(instruction.Op1Register);
            c.Registers.Write(instruction.Op0Register);
        }

        c.Cil.Load(old);
        c.Registers.Write(instruction.GetOpRegister(register));
        c.Cil.Return(old);
        return true;
    }

    private static bool Swap(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (width == 2)
        {
            return false;
        }

        c.Registers.Read(instruction.Op0Register);
        c.Cil.Call(width == 8 ? Reverse64 : Reverse32);
        c.Registers.Write(instruction.Op0Register);
        return true;
    }

    private static bool Widen(EmitContext c, Register from, Register to)
    {
        c.Registers.Read(from);
        Convert(c, from.GetSize(), to.GetSize(), signed: true);
        c.Registers.Write(to);
        return true;
    }

    private static bool Spread(EmitContext c, Register from, Register to)
    {
        c.Registers.Read(from);
        c.Cil.Int((8 * from.GetSize()) - 1);
        c.Cil.Op(OpCodes.Shr);
        c.Registers.Write(to);
        return true;
    }
}
