using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using Emulator.Core.Instructions.Sse;
using Emulator.Jit.Runtime;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>
/// Instructions that obey MXCSR: the host's operation where it may stand for the guest's and raises nothing; else, out of line, the handler.
/// </summary>
internal sealed unsafe class FloatEmitters(VectorMeanings meanings)
{
    private static readonly MethodInfo OrdinarySingleMethod = typeof(FloatClasses).GetMethod(nameof(FloatClasses.IsOrdinary), [typeof(float)])!;
    private static readonly MethodInfo OrdinaryDoubleMethod = typeof(FloatClasses).GetMethod(nameof(FloatClasses.IsOrdinary), [typeof(double)])!;
    private static readonly MethodInfo InRange32Method = typeof(IntegerRounding).GetMethod(nameof(IntegerRounding.IsInRange32))!;
    private static readonly MethodInfo InRange64Method = typeof(IntegerRounding).GetMethod(nameof(IntegerRounding.IsInRange64))!;
    private static readonly MethodInfo ToNearestMethod = typeof(IntegerRounding).GetMethod(nameof(IntegerRounding.ToNearest))!;
    private static readonly MethodInfo UnneededMethod = typeof(IntegerRounding).GetMethod(nameof(IntegerRounding.IsUnneeded))!;
    private static readonly MethodInfo SingleMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Single))!;
    private static readonly MethodInfo DoubleMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Double))!;

    /// <summary>Arithmetic, comparisons to masks, conversions to vectors.</summary>
    public bool EmitOperation(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        var op = c.CurrentOp;
        var isWide = VectorOperands.KindOf(instruction) == VectorKind.Vex256;
        if (!VectorSource.TryOpen(c, instruction, meaning, op->Third, out var b))
        {
            return false;
        }

        var slow = c.Floats.Open();
        var result = c.Cil.Rent(isWide ? typeof(Vector256<byte>) : typeof(Vector128<byte>));
        var (a, i) = (VectorRegisters.NumberAt(op->Source), (byte)op->Immediate);
        PushSources();
        c.Cil.LoadAddress(result);
        c.Cil.Call(meanings.TryFast(meaning.Operation, isWide));
        c.Cil.Branch(OpCodes.Brfalse, slow);
        var isExact = meanings.IsExact(meaning.Operation);
        if (isExact || isWide)
        {
            c.Floats.Close(slow, isExact);
        }
        else
        {
            c.Floats.Close(slow, PushIsUnrounded);
        }

        c.Vectors.Write(VectorRegisters.NumberAt(op->Destination), result, instruction.Encoding == EncodingKind.VEX);
        c.Cil.Return(result);
        b.Close();
        return true;

        void PushSources()
        {
            c.Vectors.Read(a, isWide);
            b.Push(isWide);
            c.Cil.Int(i);
        }

        void PushIsUnrounded()
        {
            PushSources();
            c.Cil.Load(result);
            c.Cil.Call(meanings.IsUnrounded(meaning.Operation));
        }
    }

    /// <summary>Fused multiply-adds: three sources, the first of which is the destination.</summary>
    public bool EmitFused(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        var op = c.CurrentOp;
        var isWide = VectorOperands.KindOf(instruction) == VectorKind.Vex256;
        if (!VectorSource.TryOpen(c, instruction, meaning, op->Third, out var third))
        {
            return false;
        }

        var slow = c.Floats.Open();
        var result = c.Cil.Rent(isWide ? typeof(Vector256<byte>) : typeof(Vector128<byte>));
        var (first, second) = (VectorRegisters.NumberAt(op->Destination), VectorRegisters.NumberAt(op->Source));
        foreach (var place in (ReadOnlySpan<int>)[meaning.Places.X, meaning.Places.Y, meaning.Places.Z])
        {
            if (place == 2)
            {
                third.Push(isWide);
            }
            else
            {
                c.Vectors.Read(place == 0 ? first : second, isWide);
            }
        }

        c.Vectors.Read(first, isWide);
        c.Cil.LoadAddress(result);
        c.Cil.Call(meanings.TryFused(meaning.Operation, isWide));
        c.Cil.Branch(OpCodes.Brfalse, slow);
        c.Floats.Close(slow, isExact: false);
        c.Vectors.Write(first, result, clearsUpper: true);
        c.Cil.Return(result);
        third.Close();
        return true;
    }

    /// <summary>COMISS and its kin.</summary>
    public static bool EmitComparison(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        var op = c.CurrentOp;
        if (!VectorSource.TryOpen(c, instruction, meaning, op->Source, out var b))
        {
            return false;
        }

        var pending = c.Flags.Prepare(typeof(OrderedFlags), FlagShape.Ordered, sizeof(int));
        var slow = c.Floats.Open();
        var low = meaning.Size == 4 ? SingleMethod : DoubleMethod;
        var ordinary = meaning.Size == 4 ? OrdinarySingleMethod : OrdinaryDoubleMethod;
        var x = c.Cil.Rent(low.ReturnType);
        var y = c.Cil.Rent(low.ReturnType);
        c.Vectors.Read(VectorRegisters.NumberAt(op->Destination));
        c.Cil.Call(low);
        c.Cil.Store(x);
        b.Push();
        c.Cil.Call(low);
        c.Cil.Store(y);
        foreach (var operand in (ReadOnlySpan<LocalBuilder>)[x, y])
        {
            c.Cil.Load(operand);
            c.Cil.Call(ordinary);
            c.Cil.Branch(OpCodes.Brfalse, slow);
        }

        c.Floats.Close(slow, isExact: true);
        Compare(c, x, y, OpCodes.Clt, pending.A);
        Compare(c, x, y, OpCodes.Ceq, pending.B!);
        c.Cil.Return(x);
        c.Cil.Return(y);
        b.Close();
        if (c.FlagsNeeded)
        {
            c.Flags.Set(pending);
        }

        return true;
    }

    /// <summary>CVTTSS2SI, CVTSS2SI and their kin.</summary>
    public static bool EmitToInteger(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        if (!VectorSource.TryOpen(c, instruction, meaning, c.CurrentOp->Source, out var b))
        {
            return false;
        }

        var slow = c.Floats.Open();
        var isWide = instruction.Op0Register.GetSize() == 8;
        var value = c.Cil.Rent(typeof(double));
        var integral = c.Cil.Rent(typeof(double));
        b.Push();
        c.Cil.Call(meaning.Size == 4 ? SingleMethod : DoubleMethod);
        c.Cil.Op(OpCodes.Conv_R8);
        c.Cil.Store(value);
        c.Cil.Load(value);
        if (meaning.Operation == typeof(CurrentRounding))
        {
            c.Cil.Call(ToNearestMethod);
        }

        c.Cil.Store(integral);
        c.Cil.Load(integral);
        c.Cil.Call(isWide ? InRange64Method : InRange32Method);
        c.Cil.Branch(OpCodes.Brfalse, slow);
        c.Floats.Close(slow, PushIsUnneeded);
        c.Cil.Load(integral);
        c.Cil.Op(isWide ? OpCodes.Conv_I8 : OpCodes.Conv_I4);
        c.Registers.Write(instruction.Op0Register);
        c.Cil.Return(value);
        c.Cil.Return(integral);
        b.Close();
        return true;

        void PushIsUnneeded()
        {
            c.Cil.Load(value);
            c.Cil.Call(UnneededMethod);
        }
    }

    private static void Compare(EmitContext c, LocalBuilder x, LocalBuilder y, OpCode code, LocalBuilder result)
    {
        c.Cil.Load(x);
        c.Cil.Load(y);
        c.Cil.Op(code);
        c.Cil.Store(result);
    }
}
