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

    // SDM Vol. 2A: worst-case error under 1 ulp in round-to-nearest, SDM Vol. 1, 8.3.10; each side may err to its own side.
    private static readonly Mnemonic[] Transcendental = [F2xm1, Fcos, Fpatan, Fptan, Fsin, Fsincos, Fyl2x, Fyl2xp1];

    // Relative error at most 1.5 * 2^-12 (SDM Vol. 2B, RCPPS, RSQRTPS).
    private static readonly Mnemonic[] Approximate = [Rcpps, Rcpss, Rsqrtps, Rsqrtss, Vrcpps, Vrcpss, Vrsqrtps, Vrsqrtss];

    /// <summary>Adds an instruction's exclusions.</summary>
    public static void Prepare(ResultMask mask, in Instruction instruction, TestCase test)
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

        if (Array.IndexOf(Approximate, instruction.Mnemonic) >= 0)
        {
            mask.AllowApproximation(10);
        }
    }
}
