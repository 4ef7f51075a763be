using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Emulator.Jit.Runtime;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>MUL, IMUL, MULX, DIV and IDIV of 32 and 64 bits.</summary>
internal static class MultiplyEmitters
{
    private static readonly MethodInfo UnsignedHigh = typeof(WideArithmeticCalls).GetMethod(nameof(WideArithmeticCalls.UnsignedHigh))!;
    private static readonly MethodInfo SignedHigh = typeof(WideArithmeticCalls).GetMethod(nameof(WideArithmeticCalls.SignedHigh))!;
    private static readonly MethodInfo Quotient = typeof(WideArithmeticCalls).GetMethod(nameof(WideArithmeticCalls.Quotient))!;

    /// <summary>Adds the emitters.</summary>
    public static void AddTo(EmitterTable table)
    {
        table.Add(Mnemonic.Imul, (EmitContext c, in Instruction i) => i.OpCount == 1 ? Wide(c, i, signed: true) : Low(c, i));
        table.Add(Mnemonic.Mul, (EmitContext c, in Instruction i) => Wide(c, i, signed: false));
        table.Add(Mnemonic.Mulx, WithoutFlags);
        table.Add(Mnemonic.Div, Divide);
        table.Add(Mnemonic.Idiv, DivideSigned);
    }

    private static bool Low(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (width < 4)
        {
            return false;
        }

        var pending = c.Flags.Prepare(typeof(SignedProduct), FlagShape.Binary, width);
        if (!SourceOperand.TryPush(c, instruction, 1, width))
        {
            return false;
        }

        c.Cil.Store(pending.B!);
        c.PushOperand(instruction, instruction.OpCount == 3 ? 2 : 0, width);
        c.Cil.Store(pending.A);
        c.Cil.Load(pending.A);
        c.Cil.Load(pending.B!);
        c.Cil.Op(OpCodes.Mul);
        c.Cil.Store(pending.Result);
        c.Cil.Load(pending.Result);
        c.Registers.Write(instruction.Op0Register);
        if (c.FlagsNeeded)
        {
            c.Flags.Set(pending);
        }

        return true;
    }

    private static bool Wide(EmitContext c, in Instruction instruction, bool signed)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (width < 4)
        {
            return false;
        }

        var pending = c.Flags.Prepare(signed ? typeof(SignedProduct) : typeof(UnsignedProduct), FlagShape.Binary, width);
        if (!SourceOperand.TryPush(c, instruction, 0, width))
        {
            return false;
        }

        c.Cil.Store(pending.B!);
        c.Registers.Read(width == 8 ? Register.RAX : Register.EAX);
        c.Cil.Store(pending.A);
        PushHigh(c, pending.A, pending.B!, width, signed);
        c.Registers.Write(width == 8 ? Register.RDX : Register.EDX);
        c.Cil.Load(pending.A);
        c.Cil.Load(pending.B!);
        c.Cil.Op(OpCodes.Mul);
        c.Cil.Store(pending.Result);
        c.Cil.Load(pending.Result);
        c.Registers.Write(width == 8 ? Register.RAX : Register.EAX);
        if (c.FlagsNeeded)
        {
            c.Flags.Set(pending);
        }

        return true;
    }

    // MULX high, low, source: RDX times source. Both destinations the same: it holds the high half.
    private static bool WithoutFlags(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        var source = c.Rent(width);
        if (!SourceOperand.TryPush(c, instruction, 2, width))
        {
            c.Cil.Return(source);
            return false;
        }

        c.Cil.Store(source);
        var factor = c.Rent(width);
        c.Registers.Read(width == 8 ? Register.RDX : Register.EDX);
        c.Cil.Store(factor);
        c.Cil.Load(factor);
        c.Cil.Load(source);
        c.Cil.Op(OpCodes.Mul);
        c.Registers.Write(instruction.Op1Register);
        PushHigh(c, factor, source, width, signed: false);
        c.Registers.Write(instruction.Op0Register);
        c.Cil.Return(factor);
        c.Cil.Return(source);
        return true;
    }

    private static void PushHigh(EmitContext c, LocalBuilder a, LocalBuilder b, int width, bool signed)
    {
        if (width == 8)
        {
            c.Cil.Load(a);
            c.Cil.Load(b);
            c.Cil.Call(signed ? SignedHigh : UnsignedHigh);
            return;
        }

        c.Cil.Load(a);
        c.Cil.Op(signed ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
        c.Cil.Load(b);
        c.Cil.Op(signed ? OpCodes.Conv_I8 : OpCodes.Conv_U8);
        c.Cil.Op(OpCodes.Mul);
        c.Cil.Int(32);
        c.Cil.Op(OpCodes.Shr_Un);
        c.Cil.Op(OpCodes.Conv_U4);
    }

    // A quotient that does not fit is the interpreter's: it raises #DE. So is the divisor 0, which no high half is below.
    private static bool Divide(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (TakeDivisor(c, instruction, width) is not { } divisor)
        {
            return false;
        }

        var (high, low) = width == 8 ? (Register.RDX, Register.RAX) : (Register.EDX, Register.EAX);
        c.Registers.Read(high);
        c.Cil.Load(divisor);
        c.Cil.Branch(OpCodes.Bge_Un, c.Exits.Before());
        var dividend = c.Rent(8);
        var quotient = c.Rent(8);
        if (width == 8)
        {
            c.Registers.Read(low);
            c.Cil.Store(dividend);
            DivideFull(c, divisor, dividend, quotient);
        }
        else
        {
            PushPair(c);
            c.Cil.Store(dividend);
            c.Cil.Load(dividend);
            c.Cil.Load(divisor);
            c.Cil.Op(OpCodes.Conv_U8);
            c.Cil.Op(OpCodes.Div_Un);
            c.Cil.Store(quotient);
        }

        WriteResults(c, dividend, divisor, quotient, width);
        c.Cil.Return(quotient);
        c.Cil.Return(dividend);
        c.Cil.Return(divisor);
        return true;
    }

    // The divisor in a rented local; null when this form is the handler's.
    private static LocalBuilder? TakeDivisor(EmitContext c, in Instruction instruction, int width)
    {
        if (width < 4 || !SourceOperand.TryPush(c, instruction, 0, width))
        {
            return null;
        }

        var divisor = c.Rent(width);
        c.Cil.Store(divisor);
        return divisor;
    }

    // 128 by 64 bits; most dividends have only the low half.
    private static void DivideFull(EmitContext c, LocalBuilder divisor, LocalBuilder dividend, LocalBuilder quotient)
    {
        var wide = c.Cil.DefineLabel();
        var done = c.Cil.DefineLabel();
        c.Registers.Read(Register.RDX);
        c.Cil.Branch(OpCodes.Brtrue, wide);
        c.Cil.Load(dividend);
        c.Cil.Load(divisor);
        c.Cil.Op(OpCodes.Div_Un);
        c.Cil.Store(quotient);
        c.Cil.Mark(done);
        c.OutOfLine(() =>
        {
            c.Cil.Mark(wide);
            c.Registers.Read(Register.RDX);
            c.Cil.Load(dividend);
            c.Cil.Load(divisor);
            c.Cil.Call(Quotient);
            c.Cil.Store(quotient);
            c.Cil.Branch(OpCodes.Br, done);
        });
    }

    // Divisors 0 and -1, and dividends of more than one width, are the interpreter's.
    private static bool DivideSigned(EmitContext c, in Instruction instruction)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (TakeDivisor(c, instruction, width) is not { } divisor)
        {
            return false;
        }

        var (high, low) = width == 8 ? (Register.RDX, Register.RAX) : (Register.EDX, Register.EAX);
        c.Cil.Load(divisor);
        c.Cil.Number(1, width);
        c.Cil.Op(OpCodes.Add);
        c.Cil.Number(1, width);
        c.Cil.Branch(OpCodes.Ble_Un, c.Exits.Before());
        var dividend = c.Rent(width);
        c.Registers.Read(low);
        c.Cil.Store(dividend);
        c.Registers.Read(high);
        c.Cil.Load(dividend);
        c.Cil.Int((8 * width) - 1);
        c.Cil.Op(OpCodes.Shr);
        c.Cil.Branch(OpCodes.Bne_Un, c.Exits.Before());
        var quotient = c.Rent(width);
        c.Cil.Load(dividend);
        c.Cil.Load(divisor);
        c.Cil.Op(OpCodes.Div);
        c.Cil.Store(quotient);
        WriteResults(c, dividend, divisor, quotient, width);
        c.Cil.Return(quotient);
        c.Cil.Return(dividend);
        c.Cil.Return(divisor);
        return true;
    }

    // The remainder is what the quotient leaves, modulo the width.
    private static void WriteResults(EmitContext c, LocalBuilder dividend, LocalBuilder divisor, LocalBuilder quotient, int width)
    {
        c.Cil.Load(dividend);
        Narrow(c, dividend, width);
        c.Cil.Load(quotient);
        Narrow(c, quotient, width);
        c.Cil.Load(divisor);
        c.Cil.Op(OpCodes.Mul);
        c.Cil.Op(OpCodes.Sub);
        c.Registers.Write(width == 8 ? Register.RDX : Register.EDX);
        c.Cil.Load(quotient);
        Narrow(c, quotient, width);
        c.Registers.Write(width == 8 ? Register.RAX : Register.EAX);
    }

    private static void Narrow(EmitContext c, LocalBuilder local, int width)
    {
        if (width == 4 && local.LocalType == typeof(ulong))
        {
            c.Cil.Op(OpCodes.Conv_I4);
        }
    }

    // EDX:EAX.
    private static void PushPair(EmitContext c)
    {
        c.Registers.Read(Register.EDX);
        c.Cil.Op(OpCodes.Conv_U8);
        c.Cil.Int(32);
        c.Cil.Op(OpCodes.Shl);
        c.Registers.Read(Register.EAX);
        c.Cil.Op(OpCodes.Conv_U8);
        c.Cil.Op(OpCodes.Or);
    }
}
