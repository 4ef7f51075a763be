using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>Bits of the x87 status word (SDM Vol. 1, 8.1.3).</summary>
internal static class X87Status
{
    public const int Exceptions = 0x3F;
    public const int StackFault = 1 << 6;

    /// <summary>ES: an unmasked exception is pending.</summary>
    public const int ErrorSummary = 1 << 7;
    public const int C0 = 1 << 8;
    public const int C1 = 1 << 9;
    public const int C2 = 1 << 10;
    public const int TopShift = 11;
    public const int TopMask = 7 << TopShift;
    public const int C3 = 1 << 14;

    /// <summary>B: follows ES.</summary>
    public const int Busy = 1 << 15;
    public const int Conditions = C0 | C1 | C2 | C3;
}

/// <summary>
/// The register stack: reaching ST(i), pushing and popping with their stack faults, and handing an operation's exceptions to the status
/// word (SDM Vol. 1, 8.1.2, 8.5.1).
/// </summary>
internal static class X87Stack
{
    public static int Top(in X87State x) => (x.StatusWord >> X87Status.TopShift) & 7;

    public static void SetTop(ref X87State x, int top) =>
        x.StatusWord = (ushort)((x.StatusWord & ~X87Status.TopMask) | ((top & 7) << X87Status.TopShift));

    public static ref Float80 St(ref X87State x, int i) => ref Unsafe.As<X87Register, Float80>(ref x.Registers[(Top(x) + i) & 7]);

    public static bool IsEmpty(in X87State x, int i) => ((x.TagWord >> (((Top(x) + i) & 7) * 2)) & 3) == 3;

    /// <summary>Writes ST(i) and marks it occupied; which kind of value it is, is found when the tag word is stored.</summary>
    public static void Set(ref X87State x, int i, Float80 value)
    {
        St(ref x, i) = value;
        x.TagWord &= (ushort)~(3 << (((Top(x) + i) & 7) * 2));
    }

    public static void Free(ref X87State x, int i) => x.TagWord |= (ushort)(3 << (((Top(x) + i) & 7) * 2));

    public static void Pop(ref X87State x)
    {
        Free(ref x, 0);
        SetTop(ref x, Top(x) + 1);
    }

    /// <summary>Pushes a value onto a stack that is known to have room.</summary>
    public static void PushUnchecked(ref X87State x, Float80 value)
    {
        SetTop(ref x, Top(x) - 1);
        Set(ref x, 0, value);
    }

    /// <summary>Whether a push would overflow. Then the fault is noted and, if masked, the indefinite pushed.</summary>
    public static bool PushOverflows(ref X87State x)
    {
        if (IsEmpty(x, 7))
        {
            return false;
        }

        if (StackFaultIsMasked(ref x, overflow: true))
        {
            PushUnchecked(ref x, Float80.DefaultNaN);
        }

        return true;
    }

    /// <summary>Notes a stack fault (IE, SF and C1 for its direction); true when the masked response is due.</summary>
    public static bool StackFaultIsMasked(ref X87State x, bool overflow)
    {
        x.StatusWord &= unchecked((ushort)~X87Status.C1);
        x.StatusWord |= (ushort)(X87Status.StackFault | (overflow ? X87Status.C1 : 0));
        return RaiseAll(ref x, FloatExceptions.Invalid);
    }

    /// <summary>The rounding, precision and masks of the control word.</summary>
    public static FloatContext Context(in X87State x) => new()
    {
        Rounding = (RoundingMode)((x.ControlWord >> 10) & 3),
        PrecisionControl = (PrecisionControl)((x.ControlWord >> 8) & 3),
        Masks = (FloatExceptions)(x.ControlWord & X87Status.Exceptions),
    };

    /// <summary>Merges an operation's exceptions into the status word, with C1; false when the result must not be stored.</summary>
    public static bool Commit(ref X87State x, in FloatContext context)
    {
        int status = x.StatusWord & ~X87Status.C1;
        x.StatusWord = (ushort)(status | (context.RoundedUp ? X87Status.C1 : 0));
        return CommitKeepingC1(ref x, context);
    }

    /// <summary>The same for an instruction that does not report rounding.</summary>
    public static bool CommitKeepingC1(ref X87State x, in FloatContext context)
    {
        RaiseAll(ref x, context.Raised);
        return (context.Unmasked & FloatExceptions.PreComputation) == 0;
    }

    /// <summary>Recomputes ES and B after masks or flags were loaded.</summary>
    public static void UpdateSummary(ref X87State x)
    {
        bool pending = (x.StatusWord & ~x.ControlWord & X87Status.Exceptions) != 0;
        int status = x.StatusWord & ~(X87Status.ErrorSummary | X87Status.Busy);
        x.StatusWord = (ushort)(status | (pending ? X87Status.ErrorSummary | X87Status.Busy : 0));
    }

    public static void SetConditions(ref X87State x, int conditions) =>
        x.StatusWord = (ushort)((x.StatusWord & ~X87Status.Conditions) | conditions);

    public static void ClearC1(ref X87State x) => x.StatusWord &= unchecked((ushort)~X87Status.C1);

    private static bool RaiseAll(ref X87State x, FloatExceptions raised)
    {
        x.StatusWord |= (ushort)raised;
        if (((int)raised & ~x.ControlWord & X87Status.Exceptions) == 0)
        {
            return true;
        }

        x.StatusWord |= X87Status.ErrorSummary | X87Status.Busy;
        return false;
    }
}
