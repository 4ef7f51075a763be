using System.Numerics;
using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.BitManipulation;
using Emulator.Core.Instructions.Integer;

namespace Emulator.Jit.Runtime;

/// <summary>
/// Flags as operation and operands, to be computed when the region is left: exits take them along in three locals, so that no call stands where
/// registers are in use; and so they cross from block to block where only an exit may ever ask for them.
/// </summary>
public static unsafe class DeferredFlags
{
    /// <summary>The operation: which type of Core means it.</summary>
    public enum Kind
    {
        /// <summary>The flags in the state are right.</summary>
        InState,
        Add,
        Subtract,
        And,
        Increment,
        Decrement,
        ShiftLeft,
        ShiftRight,
        ShiftArithmeticRight,
        RotateLeft,
        RotateRight,
        SignedProduct,
        UnsignedProduct,
        TrailingZeros,
        LeadingZeros,
        PopulationCount,
        IsolateLowest,
        MaskToLowest,
        ResetLowest,
        ZeroHigh,

        /// <summary>A comparison of floating-point numbers: whether the first is less, and whether they are equal.</summary>
        OrderedFlags,
    }

    /// <summary>An operation of some bits as one number.</summary>
    public static int Pack(Kind kind, int bits) => (int)kind | (bits << 8);

    /// <summary>Computes them into the state. Operands are zero-extended; a second one may be a count that is not 0, or be absent.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Settle(CpuState* s, int packed, ulong a, ulong b)
    {
        var kind = (Kind)(byte)packed;
        if (kind == Kind.OrderedFlags)
        {
            s->Flags.SetOrdered(a != 0, b != 0);
            return;
        }

        switch (packed >> 8)
        {
            case 8: Settle(s, kind, (byte)a, (byte)b, (int)b); break;
            case 16: Settle(s, kind, (ushort)a, (ushort)b, (int)b); break;
            case 32: Settle(s, kind, (uint)a, (uint)b, (int)b); break;
            case 64: Settle(s, kind, a, b, (int)b); break;
            default: break;
        }
    }

    // Results are dropped: whoever deferred the flags has had them.
    private static void Settle<T>(CpuState* s, Kind kind, T a, T b, int count)
        where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        => _ = kind switch
        {
            Kind.Add => Add.Apply(s, a, b),
            Kind.Subtract => Subtract.Apply(s, a, b),
            Kind.And => And.Apply(s, a, a),
            Kind.Increment => Increment.Apply(s, a),
            Kind.Decrement => Decrement.Apply(s, a),
            Kind.ShiftLeft => ShiftLeft.Apply(s, a, count),
            Kind.ShiftRight => ShiftRight.Apply(s, a, count),
            Kind.ShiftArithmeticRight => ShiftArithmeticRight.Apply(s, a, count),
            Kind.RotateLeft => RotateLeft.Apply(s, a, count),
            Kind.RotateRight => RotateRight.Apply(s, a, count),
            Kind.SignedProduct => SignedProduct.Apply(s, a, b),
            Kind.UnsignedProduct => UnsignedProduct.Apply(s, a, b),
            Kind.TrailingZeros => TrailingZeros.Apply(s, a),
            Kind.LeadingZeros => LeadingZeros.Apply(s, a),
            Kind.PopulationCount => PopulationCount.Apply(s, a),
            Kind.IsolateLowest => IsolateLowest.Apply(s, a),
            Kind.MaskToLowest => MaskToLowest.Apply(s, a),
            Kind.ResetLowest => ResetLowest.Apply(s, a),
            Kind.ZeroHigh => ZeroHigh.Apply(s, a, b),
            _ => default,
        };
}
