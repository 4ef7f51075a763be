using Iced.Intel;

namespace Emulator.Conformance.Tests.Cases;

/// <summary>The user-mode instructions that the host cannot judge, each group with the reason.</summary>
public static class Exclusions
{
    private static readonly (string Reason, Mnemonic[] Mnemonics)[] Groups =
    [
        ("its result is the host's own identity, time or randomness",
            [Mnemonic.Cpuid, Mnemonic.Rdtsc, Mnemonic.Rdtscp, Mnemonic.Rdpmc, Mnemonic.Rdrand, Mnemonic.Rdseed, Mnemonic.Rdpid, Mnemonic.Xgetbv,
             Mnemonic.Rdpru]),
        ("it enters the host's kernel",
            [Mnemonic.Syscall, Mnemonic.Sysenter, Mnemonic.Int, Mnemonic.Int1, Mnemonic.Int3, Mnemonic.Sysexit, Mnemonic.Sysexitq]),
        ("it reads the host's system registers, which Linux hides",
            [Mnemonic.Sgdt, Mnemonic.Sidt, Mnemonic.Sldt, Mnemonic.Str, Mnemonic.Smsw]),
        ("it would change segments or bases that .NET's runtime relies on",
            [Mnemonic.Wrfsbase, Mnemonic.Wrgsbase, Mnemonic.Lfs, Mnemonic.Lgs, Mnemonic.Lss, Mnemonic.Iret, Mnemonic.Iretd, Mnemonic.Iretq,
             Mnemonic.Retf]),
        ("it waits for an event",
            [Mnemonic.Mwaitx, Mnemonic.Monitorx, Mnemonic.Umwait, Mnemonic.Umonitor, Mnemonic.Tpause]),
        ("what it leaves out of the image is the processor's own (modified optimization, SDM Vol. 1, 13.9)", [Mnemonic.Xsaveopt, Mnemonic.Xsaveopt64]),
        ("undocumented: its behaviour on an empty register is in no manual", [Mnemonic.Fstpnce]),
        ("a transaction is not a single step", [Mnemonic.Xbegin, Mnemonic.Xend, Mnemonic.Xabort, Mnemonic.Xtest]),
    ];

    /// <summary>Whether a form always faults in user mode: then the host must never run it where the guest does not fault.</summary>
    public static bool IsPrivileged(OpCodeInfo info) => info.IsPrivileged || info.MustBeCpl0 || !info.Cpl3 || info.IsInputOutput;

    /// <summary>Why a form is not judged; null when it is.</summary>
    public static string? Reason(OpCodeInfo info)
    {
        if (info.Fwait)
        {
            return "an assembler's name for FWAIT and another instruction";
        }

        if (info.Encoding is not (EncodingKind.Legacy or EncodingKind.VEX))
        {
            return $"{info.Encoding} encoding: neither side of the judge loads its state";
        }

        if (info.DecoderOption != DecoderOptions.None)
        {
            return "not decoded by default: removed, undocumented or one vendor's";
        }

        if (info.Code is Code.Reservednop_rm16_r16_0F0D or Code.Reservednop_rm32_r32_0F0D or Code.Reservednop_rm64_r64_0F0D)
        {
            return "0F 0D with a register is #UD on AMD (APM Vol. 3, PREFETCH) and a NOP on Intel";
        }

        if (info.Code == Code.Ud0)
        {
            return "an old name of UD0 with operands";
        }

        if (info.Code == Code.Movsxd_r16_rm16)
        {
            return "MOVSXD with a 16-bit operand reads 4 bytes on AMD and 2 on Intel (APM Vol. 3 and SDM Vol. 2B, MOVSXD)";
        }

        foreach (var (reason, mnemonics) in Groups)
        {
            if (Array.IndexOf(mnemonics, info.Mnemonic) >= 0)
            {
                return reason;
            }
        }

        return OperandReason(info);
    }

    private static string? OperandReason(OpCodeInfo info)
    {
        for (var i = 0; i < info.OpCount; i++)
        {
            switch (info.GetOpKind(i))
            {
                case OpCodeOperandKind.br16_1 or OpCodeOperandKind.br16_2:
                    return "a 16-bit near branch in 64-bit mode is one vendor's (SDM Vol. 2A, JMP; APM Vol. 3, JMP)";
                case OpCodeOperandKind.farbr2_2 or OpCodeOperandKind.farbr4_2:
                    return "far branch: the host's selectors";
                case OpCodeOperandKind.seg_reg when i == 0 && info.Mnemonic == Mnemonic.Mov:
                case OpCodeOperandKind.fs or OpCodeOperandKind.gs when info.Mnemonic == Mnemonic.Pop:
                    return "it would change segments or bases that .NET's runtime relies on";
                case OpCodeOperandKind.bnd_reg or OpCodeOperandKind.bnd_or_mem_mpx:
                    return "MPX";
                default:
                    break;
            }
        }

        var near16 = info.OperandSize == 16 && info.Mnemonic is Mnemonic.Call or Mnemonic.Jmp or Mnemonic.Ret;
        var far = info.MemorySize is MemorySize.SegPtr16 or MemorySize.SegPtr32 or MemorySize.SegPtr64 && info.Mnemonic is Mnemonic.Call or Mnemonic.Jmp;
        return far ? "far branch: the host's selectors"
            : near16 && info.OperandSize == 16 ? "a 16-bit near branch in 64-bit mode is one vendor's (SDM Vol. 2A, JMP; APM Vol. 3, JMP)"
            : null;
    }
}
