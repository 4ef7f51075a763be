using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.StateSave;

/// <summary>XGETBV and XSETBV (SDM Vol. 2C; Vol. 1, 13.3).</summary>
public static unsafe class ExtendedControl
{
    // CPUID.(EAX=0DH, ECX=1):EAX bit 2.
    private const uint XgetbvOne = 1 << 2;

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Xgetbv, new HandlerRow(&Read));
        table.Add(Mnemonic.Xsetbv, new HandlerRow(&Write) { EndsBlock = true });
    }

    private static Op* Read(CpuState* s, Op* op)
    {
        if ((s->Cr4 & Cr4.OSXSAVE) == 0)
        {
            Fault.InvalidOpcode(s);
            return Exits.Faulted(s, op);
        }

        ulong value;
        switch ((uint)s->Rcx)
        {
            case 0:
                value = s->Xcr0;
                break;
            case 1 when (Processor.Of(s).Model.Word(CpuidWord.LeafDOneEax) & XgetbvOne) != 0:
                value = s->Xcr0 & StateComponents.InUse(s);
                break;
            default:
                Fault.GeneralProtection(s, 0);
                return Exits.Faulted(s, op);
        }

        s->Rax = (uint)value;
        s->Rdx = value >> 32;
        return op + 1;
    }

    private static Op* Write(CpuState* s, Op* op)
    {
        if ((s->Cr4 & Cr4.OSXSAVE) == 0)
        {
            Fault.InvalidOpcode(s);
            return Exits.Faulted(s, op);
        }

        var value = (s->Rdx << 32) | (uint)s->Rax;
        if (s->Cpl != 0 || (uint)s->Rcx != 0 || !IsValid(value, StateComponents.Supported(Processor.Of(s).Model)))
        {
            Fault.GeneralProtection(s, 0);
            return Exits.Faulted(s, op);
        }

        s->Xcr0 = value;
        ModeTracker.Update(s);
        return Exits.LeaveNext(s, op);
    }

    // x87 always, AVX only with SSE.
    private static bool IsValid(ulong value, ulong supported)
        => (value & ~supported) == 0 && (value & StateComponents.X87) != 0
            && ((value & StateComponents.Avx) == 0 || (value & StateComponents.Sse) != 0);
}
