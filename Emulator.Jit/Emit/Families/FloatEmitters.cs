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
    private static readonly MethodInfo InRange32Method = typeof(Truncations).GetMethod(nameof(Truncations.IsInRange32))!;
    private static readonly MethodInfo InRange64Method = typeof(Truncations).GetMethod(nameof(Truncations.IsInRange64))!;
    private static readonly MethodInfo SingleMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Single))!;
    private static readonly MethodInfo DoubleMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Double))!;

    /// <summary>Arithmetic, comparisons to masks, conversions to vectors.</summary>
    public bool EmitOperation(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        var op = c.CurrentOp;
        if (VectorOperands.KindOf(instruction) == VectorKind.Vex256 || !VectorSource.TryOpen(c, instruction, meaning, op->Third, out var b))
        {
            return false;
        }

        var slow = c.Floats.Open(meanings.IsExact(meaning.Operation));
        var result = c.Cil.Rent(typeof(Vector128<byte>));
        c.Vectors.Read(VectorRegisters.NumberAt(op->Source));
        b.Push();
        c.Cil.Int((byte)op->Immediate);
        c.Cil.LoadAddress(result);
        c.Cil.Call(meanings.TryFast(meaning.Operation));
        c.Cil.Branch(OpCodes.Brfalse, slow);
        var destination = VectorRegisters.NumberAt(op->Destination);
        c.Vectors.BeginWrite(destination);
        c.Cil.Load(result);
        c.Vectors.EndWrite(destination, instruction.Encoding == EncodingKind.VEX);
        c.Cil.Return(result);
        b.Close();
        return true;
    }

    /// <summary>COMISS and its kin.</summary>
    public bool EmitComparison(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        var op = c.CurrentOp;
        if (!VectorSource.TryOpen(c, instruction, meaning, op->Source, out var b))
        {
            return false;
        }

        var pending = c.Flags.Prepare(typeof(OrderedFlags), FlagShape.Ordered, sizeof(int));
        var slow = c.Floats.Open(isExact: true);
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

    /// <summary>CVTTSS2SI and its kin.</summary>
    public bool EmitTruncation(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        if (!VectorSource.TryOpen(c, instruction, meaning, c.CurrentOp->Source, out var b))
        {
            return false;
        }

        var slow = c.Floats.Open(isExact: false);
        var isWide = instruction.Op0Register.GetSize() == 8;
        var value = c.Cil.Rent(typeof(double));
        b.Push();
        c.Cil.Call(meaning.Size == 4 ? SingleMethod : DoubleMethod);
        c.Cil.Op(OpCodes.Conv_R8);
        c.Cil.Store(value);
        c.Cil.Load(value);
        c.Cil.Call(isWide ? InRange64Method : InRange32Method);
        c.Cil.Branch(OpCodes.Brfalse, slow);
        c.Cil.Load(value);
        c.Cil.Op(isWide ? OpCodes.Conv_I8 : OpCodes.Conv_I4);
        c.Registers.Write(instruction.Op0Register);
        c.Cil.Return(value);
        b.Close();
        return true;
    }

    private static void Compare(EmitContext c, LocalBuilder x, LocalBuilder y, OpCode code, LocalBuilder result)
    {
        c.Cil.Load(x);
        c.Cil.Load(y);
        c.Cil.Op(code);
        c.Cil.Store(result);
    }
}
