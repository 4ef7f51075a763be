using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Sse;
using Iced.Intel;

namespace Emulator.Core.Instructions.Mmx;

/// <summary>EMMS: all x87 tags empty (and TOP 0, as processors do).</summary>
public static unsafe class MmxControl
{
    private const ushort AllEmpty = 0xffff;

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table) => table.Add(Mnemonic.Emms, new PlainVectorRow(&Emms));

    private static Op* Emms(CpuState* s, Op* op)
    {
        if (!MmxRegisters.TryBegin(s))
        {
            return X87.X87Unit.Refuse(s, op);
        }

        MmxRegisters.Enter(s);
        s->X87.TagWord = AllEmpty;
        return op + 1;
    }
}
