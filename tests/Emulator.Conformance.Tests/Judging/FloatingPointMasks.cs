using Emulator.Conformance.Tests.Cases;
using Iced.Intel;
using static Iced.Intel.Mnemonic;

namespace Emulator.Conformance.Tests.Judging;

/// <summary>What the manual leaves open of x87 condition codes, images and approximations.</summary>
internal static class FloatingPointMasks
{
    private const ushort C0 = 0x100;
    private const ushort C1 = 0x200;
    private const ushort C2 = 0x400;
    private const ushort C3 = 0x4000;
    private const ushort Precision = 0x20;
    private const ulong MxcsrMask = 28;

    // SDM Vol. 2A: worst-case error under 1 ulp in round-to-nearest, SDM Vol. 1, 8.3.10; each side may err to its own side.
    private static readonly Mnemonic[] Transcendental = [F2xm1, Fcos, Fpatan, Fptan, Fsin, Fsincos, Fyl2x, Fyl2xp1];

    // Relative error at most 1.5 * 2^-12 (SDM Vol. 2B, RCPPS, RSQRTPS).
    private static readonly Mnemonic[] Approximate = [Rcpps, Rcpss, Rsqrtps, Rsqrtss, Vrcpps, Vrcpss, Vrsqrtps, Vrsqrtss];

    // An unmasked SIMD exception comes before or after the transition to MMX, which SDM Vol. 1, 11.6.7 does not order.
    private static readonly Mnemonic[] ToMmx = [Cvtpd2pi, Cvttpd2pi, Cvtps2pi, Cvttps2pi, Cvtpi2ps, Cvtpi2pd];

    private static readonly Mnemonic[] ExtendedState = [Xsave, Xsave64, Xsavec, Xsavec64, Xrstor, Xrstor64];

    /// <summary>Adds an instruction's exclusions.</summary>
    public static void Prepare(ResultMask mask, in Instruction instruction, TestCase test, bool faulted)
    {
        // Iced knows the condition codes that SDM Vol. 2A, "FPU Flags Affected", calls undefined.
        var undefined = instruction.RflagsUndefined;
        mask.ExcludeStatus((ushort)(
            ((undefined & RflagsBits.C0) != 0 ? C0 : 0) | ((undefined & RflagsBits.C1) != 0 ? C1 : 0)
            | ((undefined & RflagsBits.C2) != 0 ? C2 : 0) | ((undefined & RflagsBits.C3) != 0 ? C3 : 0)));
        if (Array.IndexOf(Transcendental, instruction.Mnemonic) >= 0)
        {
            mask.AllowUlps(2);
            mask.ExcludeStatus(C1 | Precision);
        }

        if (IsOutOfRange(instruction, test) || (faulted && Array.IndexOf(ToMmx, instruction.Mnemonic) >= 0))
        {
            mask.ExcludeX87();
        }

        if (instruction.MemorySize.GetSize() > 64 || Array.IndexOf(ExtendedState, instruction.Mnemonic) >= 0 || instruction.MemorySize is MemorySize.FpuEnv28 or MemorySize.FpuEnv14)
        {
            mask.ExcludeFaultOffset();
            if (faulted)
            {
                // What was stored before the fault is the processor's own.
                mask.ExcludeMemory(Arena.Data, Arena.DataSize);
            }
        }

        if (instruction.Mnemonic is Xsave or Xsave64 or Xsavec or Xsavec64 && !faulted)
        {
            // Which components are in their initial configuration is tracked as the processor likes (SDM Vol. 1, 13.6).
            mask.ExcludeMemory(OperandReader.Address(instruction, test) + MachineState.LegacySize, 8);
        }

        if (instruction.Mnemonic is Fxsave or Fxsave64 or Xsave or Xsave64 or Xsavec or Xsavec64 && !faulted)
        {
            // MXCSR_MASK tells of the processor's own MXCSR bits (SDM Vol. 1, 11.6.6).
            mask.ExcludeMemory(OperandReader.Address(instruction, test) + MxcsrMask, 4);
        }

        if (faulted && instruction.Mnemonic is Dpps or Dppd or Vdpps or Vdppd)
        {
            // "Exceptions are determined separately for each add and multiply operation" (SDM Vol. 2A, DPPS): how many of them come
            // before the unmasked one is the processor's own.
            mask.ExcludeMxcsrFlags();
        }

        if (Array.IndexOf(Approximate, instruction.Mnemonic) >= 0)
        {
            mask.AllowApproximation(10);
        }
    }

    // SDM Vol. 2A: F2XM1 is undefined outside -1 to +1, FYL2XP1 outside -(1 - sqrt(2)/2) to sqrt(2) - 1. Taken by the exponent alone.
    private static unsafe bool IsOutOfRange(in Instruction instruction, TestCase test)
    {
        if (instruction.Mnemonic is not (F2xm1 or Fyl2xp1))
        {
            return false;
        }

        var register = test.Initial->Legacy + MachineState.X87Registers;
        var exponent = *(ushort*)(register + 8) & 0x7fff;
        var limit = instruction.Mnemonic == F2xm1 ? 0x3fff : 0x3ffd;
        return exponent >= limit && !(exponent == limit && instruction.Mnemonic == F2xm1 && *(ulong*)register == 1ul << 63);
    }
}
