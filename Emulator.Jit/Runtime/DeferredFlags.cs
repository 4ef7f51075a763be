using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;

namespace Emulator.Jit.Runtime;

/// <summary>
/// Flags that cross from block to block as operation and operands, because only an exit may ever ask for them: which operation it was is known at run time
/// only, where several blocks lead to one.
/// </summary>
public static unsafe class DeferredFlags
{
    /// <summary>The operation.</summary>
    public enum Kind
    {
        /// <summary>The flags in the state are right.</summary>
        InState,
        Add,
        Subtract,
        Logic,
        Increment,
        Decrement,
    }

    /// <summary>An operation of some bits as one number.</summary>
    public static int Pack(Kind kind, int bits) => (int)kind | (bits << 8);

    /// <summary>Computes them into the state. Operands are zero-extended; for <see cref="Kind.Logic"/> the first is the result.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Settle(CpuState* s, int packed, ulong a, ulong b)
    {
        var bits = packed >> 8;
        var mask = bits == 64 ? ulong.MaxValue : (1ul << bits) - 1;
        switch ((Kind)(byte)packed)
        {
            case Kind.Add: s->Flags.SetAdd(a, b, (a + b) & mask, bits); break;
            case Kind.Subtract: s->Flags.SetSubtract(a, b, (a - b) & mask, bits); break;
            case Kind.Logic: s->Flags.SetLogic(a, bits); break;
            case Kind.Increment: s->Flags.SetIncrement(a, (a + 1) & mask, bits); break;
            case Kind.Decrement: s->Flags.SetDecrement(a, (a - 1) & mask, bits); break;
            default: break;
        }
    }
}
