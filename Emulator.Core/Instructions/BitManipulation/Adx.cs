using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Integer;
using Iced.Intel;

namespace Emulator.Core.Instructions.BitManipulation;

/// <summary>ADCX and ADOX: additions whose carry is CF or OF alone.</summary>
public static unsafe class Adx
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Adcx, new SourceRow<WithCarry>(1));
        table.Add(Mnemonic.Adox, new SourceRow<WithOverflow>(1));
    }

    private static bool Sum<T>(CpuState* s, Op* op, T source, bool carryIn)
        where T : unmanaged, IBinaryInteger<T>
    {
        var a = CpuState.Get<T>(s, op->Destination);
        var sum = a + source + (carryIn ? T.One : T.Zero);
        CpuState.Set(s, op->Destination, sum);
        return carryIn ? sum <= a : sum < a;
    }

    private readonly struct WithCarry : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            s->Flags.SetCarry(Sum(s, op, source, s->Flags.CF));
            return op + 1;
        }
    }

    private readonly struct WithOverflow : ISourceOperation
    {
        public static Op* Apply<T>(CpuState* s, Op* op, T source)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
        {
            s->Flags.SetCarryAndOverflow(s->Flags.CF, Sum(s, op, source, s->Flags.OF));
            return op + 1;
        }
    }
}
