using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>BCD adjustments (SDM Vol. 2, AAA to DAS); they do not exist in 64-bit mode.</summary>
public static unsafe class Decimal
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Aaa, new HandlerRow(&Aaa));
        table.Add(Mnemonic.Aas, new HandlerRow(&Aas));
        table.Add(Mnemonic.Aam, new HandlerRow(&Aam));
        table.Add(Mnemonic.Aad, new HandlerRow(&Aad));
        table.Add(Mnemonic.Daa, new HandlerRow(&Daa));
        table.Add(Mnemonic.Das, new HandlerRow(&Das));
    }

    private static Op* Aaa(CpuState* s, Op* op)
    {
        var adjust = (s->Rax & 0xf) > 9 || s->Flags.AF;
        return FinishAscii(s, op, (ushort)(adjust ? s->Rax + 0x106 : s->Rax), adjust);
    }

    private static Op* Aas(CpuState* s, Op* op)
    {
        var adjust = (s->Rax & 0xf) > 9 || s->Flags.AF;
        return FinishAscii(s, op, (ushort)(adjust ? s->Rax - 0x106 : s->Rax), adjust);
    }

    private static Op* FinishAscii(CpuState* s, Op* op, ushort value, bool adjusted)
    {
        var result = (ushort)(value & 0xff0f);
        *(ushort*)&s->Rax = result;
        s->Flags.SetResult((byte)result, adjusted, overflow: false, adjusted);
        return op + 1;
    }

    private static Op* Aam(CpuState* s, Op* op)
    {
        var divisor = (byte)op->Immediate;
        if (divisor == 0)
        {
            Fault.Raise(s, Vector.DivideError);
            return Exits.Faulted(s, op);
        }

        var (quotient, remainder) = Math.DivRem((byte)s->Rax, divisor);
        *(ushort*)&s->Rax = (ushort)((quotient << 8) | remainder);
        s->Flags.SetLogic(remainder);
        return op + 1;
    }

    private static Op* Aad(CpuState* s, Op* op)
    {
        var result = (byte)((byte)s->Rax + ((byte)(s->Rax >> 8) * (byte)op->Immediate));
        *(ushort*)&s->Rax = result;
        s->Flags.SetLogic(result);
        return op + 1;
    }

    private static Op* Daa(CpuState* s, Op* op)
    {
        var old = (byte)s->Rax;
        var low = (old & 0xf) > 9 || s->Flags.AF;
        var high = old > 0x99 || s->Flags.CF;
        var result = (byte)(old + (low ? 6 : 0) + (high ? 0x60 : 0));
        return FinishPacked(s, op, result, high, low);
    }

    private static Op* Das(CpuState* s, Op* op)
    {
        var old = (byte)s->Rax;
        var low = (old & 0xf) > 9 || s->Flags.AF;
        var high = old > 0x99 || s->Flags.CF;
        var result = (byte)(old - (low ? 6 : 0) - (high ? 0x60 : 0));

        // The borrow of the low adjustment sets CF too.
        return FinishPacked(s, op, result, high || (low && old < 6), low);
    }

    private static Op* FinishPacked(CpuState* s, Op* op, byte result, bool carry, bool auxiliary)
    {
        *(byte*)&s->Rax = result;
        s->Flags.SetResult(result, carry, overflow: false, auxiliary);
        return op + 1;
    }
}
