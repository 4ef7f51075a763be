using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>FLD, FILD, FBLD, the constants, FXCH, FST(P) to registers, and the stack control instructions.</summary>
internal static class X87Transfer
{
    /// <summary>FLD ST(i).</summary>
    public static void LoadRegister(ref X87State x, int i)
    {
        if (X87Stack.IsEmpty(x, i))
        {
            if (X87Stack.StackFaultIsMasked(ref x, overflow: false))
            {
                X87Stack.PushUnchecked(ref x, Float80.DefaultNaN);
            }

            return;
        }

        if (X87Stack.PushOverflows(ref x))
        {
            return;
        }

        X87Stack.ClearC1(ref x);
        X87Stack.PushUnchecked(ref x, X87Stack.St(ref x, i));
    }

    /// <summary>FLD m80, FILD, FBLD: no exception but overflow of the stack.</summary>
    public static void LoadValue(ref X87State x, Float80 value)
    {
        if (!X87Stack.PushOverflows(ref x))
        {
            X87Stack.ClearC1(ref x);
            X87Stack.PushUnchecked(ref x, value);
        }
    }

    public static void LoadFloat32(ref X87State x, uint bits)
    {
        if (X87Stack.PushOverflows(ref x))
        {
            return;
        }

        FloatContext context = X87Stack.Context(x);
        Float80 value = Float80.FromFloat32(bits, ref context);
        PushConverted(ref x, value, context);
    }

    public static void LoadFloat64(ref X87State x, ulong bits)
    {
        if (X87Stack.PushOverflows(ref x))
        {
            return;
        }

        FloatContext context = X87Stack.Context(x);
        Float80 value = Float80.FromFloat64(bits, ref context);
        PushConverted(ref x, value, context);
    }

    public static void LoadFloat80(ref X87State x, TenBytes value) => LoadValue(ref x, new(value.Low, value.High));

    public static void LoadBcd(ref X87State x, TenBytes value) => LoadValue(ref x, Float80.FromPackedBcd(value.Low, value.High));

    public static void LoadInt16(ref X87State x, ushort value) => LoadValue(ref x, Float80.FromInt64((short)value));

    public static void LoadInt32(ref X87State x, uint value) => LoadValue(ref x, Float80.FromInt64((int)value));

    public static void LoadInt64(ref X87State x, ulong value) => LoadValue(ref x, Float80.FromInt64((long)value));

    public static void Fxch(ref X87State x, int i)
    {
        bool topEmpty = X87Stack.IsEmpty(x, 0), otherEmpty = X87Stack.IsEmpty(x, i);
        if (topEmpty || otherEmpty)
        {
            if (!X87Stack.StackFaultIsMasked(ref x, overflow: false))
            {
                return;
            }
        }
        else
        {
            X87Stack.ClearC1(ref x);
        }

        Float80 top = topEmpty ? Float80.DefaultNaN : X87Stack.St(ref x, 0);
        Float80 other = otherEmpty ? Float80.DefaultNaN : X87Stack.St(ref x, i);
        X87Stack.Set(ref x, 0, other);
        X87Stack.Set(ref x, i, top);
    }

    public static void Fst(ref X87State x, int i) => StoreRegister(ref x, i, pop: false);

    public static void Fstp(ref X87State x, int i) => StoreRegister(ref x, i, pop: true);

    /// <summary>D9 /3, an alias of FSTP that the manuals do not list: an empty ST(0) is popped without a fault and nothing stored.</summary>
    public static void Fstpnce(ref X87State x, int i)
    {
        if (X87Stack.IsEmpty(x, 0))
        {
            X87Stack.ClearC1(ref x);
            X87Stack.Pop(ref x);
            return;
        }

        StoreRegister(ref x, i, pop: true);
    }

    public static void Ffree(ref X87State x, int i)
    {
        X87Stack.ClearC1(ref x);
        X87Stack.Free(ref x, i);
    }

    /// <summary>FFREEP, an alias that the manuals do not list: frees ST(i) and pops.</summary>
    public static void Ffreep(ref X87State x, int i)
    {
        Ffree(ref x, i);
        X87Stack.Pop(ref x);
    }

    public static void Fincstp(ref X87State x, int i)
    {
        X87Stack.ClearC1(ref x);
        X87Stack.SetTop(ref x, X87Stack.Top(x) + 1);
    }

    public static void Fdecstp(ref X87State x, int i)
    {
        X87Stack.ClearC1(ref x);
        X87Stack.SetTop(ref x, X87Stack.Top(x) - 1);
    }

    public static void Fnop(ref X87State x, int i)
    {
    }

    /// <summary>An unmasked Invalid keeps a value from being pushed; an unmasked Denormal does not, as on AMD processors.</summary>
    private static void PushConverted(ref X87State x, Float80 value, in FloatContext context)
    {
        X87Stack.Commit(ref x, context);
        if ((context.Unmasked & FloatExceptions.Invalid) == 0)
        {
            X87Stack.PushUnchecked(ref x, value);
        }
    }

    private static void StoreRegister(ref X87State x, int i, bool pop)
    {
        if (X87Stack.IsEmpty(x, 0))
        {
            if (!X87Arithmetic.Underflow(ref x, i))
            {
                return;
            }
        }
        else
        {
            X87Stack.ClearC1(ref x);
            X87Stack.Set(ref x, i, X87Stack.St(ref x, 0));
        }

        if (pop)
        {
            X87Stack.Pop(ref x);
        }
    }
}
