using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>
/// FCOM, FUCOM, FCOMI, FUCOMI, FICOM, FTST, FXAM and FCMOVcc. A comparison delivers its outcome even when an unmasked exception keeps
/// it from popping, as AMD processors do.
/// </summary>
internal static class X87Comparison
{
    public const ulong CarryFlag = 1;
    public const ulong ParityFlag = 1 << 2;
    public const ulong ZeroFlag = 1 << 6;

    /// <summary>FCOM, FUCOM and their popping forms against ST(i).</summary>
    public static void Registers(ref X87State x, int i, bool signalAllNaN, int pops)
    {
        if (X87Stack.IsEmpty(x, 0) || X87Stack.IsEmpty(x, i))
        {
            Underflow(ref x, pops);
            return;
        }

        Compare(ref x, Float80.Unpack(X87Stack.St(ref x, i)), signalAllNaN, pops);
    }

    /// <summary>FCOM and FICOM with a memory operand, FTST with zero.</summary>
    public static void WithOperand(ref X87State x, in UnpackedFloat operand, int pops)
    {
        if (X87Stack.IsEmpty(x, 0))
        {
            Underflow(ref x, pops);
            return;
        }

        Compare(ref x, operand, signalAllNaN: true, pops);
    }

    public static void Ftst(ref X87State x, int i) => WithOperand(ref x, UnpackedFloat.Zero(negative: false), pops: 0);

    public static void Fcom(ref X87State x, int i) => Registers(ref x, i, signalAllNaN: true, pops: 0);

    public static void Fcomp(ref X87State x, int i) => Registers(ref x, i, signalAllNaN: true, pops: 1);

    public static void Fcompp(ref X87State x, int i) => Registers(ref x, 1, signalAllNaN: true, pops: 2);

    public static void Fucom(ref X87State x, int i) => Registers(ref x, i, signalAllNaN: false, pops: 0);

    public static void Fucomp(ref X87State x, int i) => Registers(ref x, i, signalAllNaN: false, pops: 1);

    public static void Fucompp(ref X87State x, int i) => Registers(ref x, 1, signalAllNaN: false, pops: 2);

    public static void WithFloat32(ref X87State x, uint bits) => WithOperand(ref x, FromFloat32(bits), pops: 0);

    public static void WithFloat32AndPop(ref X87State x, uint bits) => WithOperand(ref x, FromFloat32(bits), pops: 1);

    public static void WithFloat64(ref X87State x, ulong bits) => WithOperand(ref x, FromFloat64(bits), pops: 0);

    public static void WithFloat64AndPop(ref X87State x, ulong bits) => WithOperand(ref x, FromFloat64(bits), pops: 1);

    public static void WithInt16(ref X87State x, ushort bits) => WithOperand(ref x, X87Operand.FromInt32((short)bits), pops: 0);

    public static void WithInt16AndPop(ref X87State x, ushort bits) => WithOperand(ref x, X87Operand.FromInt32((short)bits), pops: 1);

    public static void WithInt32(ref X87State x, uint bits) => WithOperand(ref x, X87Operand.FromInt32((int)bits), pops: 0);

    public static void WithInt32AndPop(ref X87State x, uint bits) => WithOperand(ref x, X87Operand.FromInt32((int)bits), pops: 1);

    /// <summary>FCOMI and FUCOMI: ZF, PF and CF; C1 changes only by a stack fault (APM Vol. 5, FCOMI).</summary>
    public static ulong ToFlags(ref X87State x, int i, bool signalAllNaN, bool pop)
    {
        ulong flags = ZeroFlag | ParityFlag | CarryFlag;
        bool done;
        if (X87Stack.IsEmpty(x, 0) || X87Stack.IsEmpty(x, i))
        {
            done = X87Stack.StackFaultIsMasked(ref x, overflow: false);
        }
        else
        {
            FloatContext context = X87Stack.Context(x);
            FloatRelation relation = Float80.Compare(X87Stack.St(ref x, 0), X87Stack.St(ref x, i), signalAllNaN, ref context);
            flags = relation switch
            {
                FloatRelation.Greater => 0,
                FloatRelation.Less => CarryFlag,
                FloatRelation.Equal => ZeroFlag,
                _ => flags,
            };
            done = X87Stack.CommitKeepingC1(ref x, context);
        }

        if (done && pop)
        {
            X87Stack.Pop(ref x);
        }

        return flags;
    }

    /// <summary>FXAM: the class in C3, C2, C0 and the sign in C1, of empty registers too.</summary>
    public static void Fxam(ref X87State x, int i)
    {
        Float80 value = X87Stack.St(ref x, 0);
        int kind;
        if (X87Stack.IsEmpty(x, 0))
        {
            kind = X87Status.C3 | X87Status.C0;
        }
        else if (value.IsUnsupported)
        {
            kind = 0;
        }
        else if (value.IsNaN)
        {
            kind = X87Status.C0;
        }
        else if (value.IsInfinity)
        {
            kind = X87Status.C2 | X87Status.C0;
        }
        else if (value.IsZero)
        {
            kind = X87Status.C3;
        }
        else
        {
            kind = value.IsDenormal ? X87Status.C3 | X87Status.C2 : X87Status.C2;
        }

        X87Stack.SetConditions(ref x, kind | (value.IsNegative ? X87Status.C1 : 0));
    }

    /// <summary>FCMOVcc: both registers must be occupied whatever the condition.</summary>
    public static void ConditionalMove(ref X87State x, int i, bool condition)
    {
        if (X87Stack.IsEmpty(x, 0) || X87Stack.IsEmpty(x, i))
        {
            X87Arithmetic.Underflow(ref x, 0);
            return;
        }

        if (condition)
        {
            X87Stack.Set(ref x, 0, X87Stack.St(ref x, i));
        }
    }

    private static UnpackedFloat FromFloat32(uint bits) => BinaryArithmetic<Binary32>.Unpack(bits, denormalsAreZero: false);

    private static UnpackedFloat FromFloat64(ulong bits) => BinaryArithmetic<Binary64>.Unpack(bits, denormalsAreZero: false);

    private static void Compare(ref X87State x, in UnpackedFloat operand, bool signalAllNaN, int pops)
    {
        FloatContext context = X87Stack.Context(x);
        FloatRelation relation = Float80.Compare(Float80.Unpack(X87Stack.St(ref x, 0)), operand, signalAllNaN, ref context);
        int conditions = relation switch
        {
            FloatRelation.Greater => 0,
            FloatRelation.Less => X87Status.C0,
            FloatRelation.Equal => X87Status.C3,
            _ => X87Status.C3 | X87Status.C2 | X87Status.C0,
        };
        X87Stack.SetConditions(ref x, conditions);
        if (X87Stack.Commit(ref x, context))
        {
            PopMany(ref x, pops);
        }
    }

    private static void Underflow(ref X87State x, int pops)
    {
        X87Stack.SetConditions(ref x, X87Status.C3 | X87Status.C2 | X87Status.C0);
        if (X87Stack.StackFaultIsMasked(ref x, overflow: false))
        {
            PopMany(ref x, pops);
        }
    }

    private static void PopMany(ref X87State x, int pops)
    {
        for (int n = 0; n < pops; n++)
        {
            X87Stack.Pop(ref x);
        }
    }
}
