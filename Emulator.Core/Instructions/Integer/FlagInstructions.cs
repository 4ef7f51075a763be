using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>Instructions on single flags: CLC, STC, CMC, CLD, STD, LAHF, SAHF, SALC.</summary>
public static unsafe class FlagInstructions
{
    private const ulong AhFlags = Rflags.CF | Rflags.PF | Rflags.AF | Rflags.ZF | Rflags.SF;

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Clc, new HandlerRow(&Clc));
        table.Add(Mnemonic.Stc, new HandlerRow(&Stc));
        table.Add(Mnemonic.Cmc, new HandlerRow(&Cmc));
        table.Add(Mnemonic.Cld, new HandlerRow(&Cld));
        table.Add(Mnemonic.Std, new HandlerRow(&Std));
        table.Add(Mnemonic.Lahf, new HandlerRow(&Lahf));
        table.Add(Mnemonic.Sahf, new HandlerRow(&Sahf));
        table.Add(Mnemonic.Salc, new HandlerRow(&Salc));
    }

    private static Op* Clc(CpuState* s, Op* op)
    {
        s->Flags.SetCarry(false);
        return op + 1;
    }

    private static Op* Stc(CpuState* s, Op* op)
    {
        s->Flags.SetCarry(true);
        return op + 1;
    }

    private static Op* Cmc(CpuState* s, Op* op)
    {
        s->Flags.SetCarry(!s->Flags.CF);
        return op + 1;
    }

    private static Op* Cld(CpuState* s, Op* op)
    {
        s->SystemFlags &= ~Rflags.DF;
        return op + 1;
    }

    private static Op* Std(CpuState* s, Op* op)
    {
        s->SystemFlags |= Rflags.DF;
        return op + 1;
    }

    private static Op* Lahf(CpuState* s, Op* op)
    {
        *((byte*)&s->Rax + 1) = (byte)((s->Flags.ToRflags() & AhFlags) | Rflags.Fixed);
        return op + 1;
    }

    private static Op* Sahf(CpuState* s, Op* op)
    {
        s->Flags.FromRflags((s->Flags.ToRflags() & ~AhFlags) | (*((byte*)&s->Rax + 1) & AhFlags));
        return op + 1;
    }

    private static Op* Salc(CpuState* s, Op* op)
    {
        *(byte*)&s->Rax = s->Flags.CF ? (byte)0xff : (byte)0;
        return op + 1;
    }
}
