using Emulator.Core.Cpu;
using Iced.Intel;

namespace Emulator.Core.Decoding;

/// <summary>
/// How a CPU model reads opcodes: the vendor's forms, prefixes that mean something only with a feature, and the hint space, where
/// instructions that are not announced are NOPs (SDM Vol. 2, appendix A; APM Vol. 3, appendix A).
/// </summary>
public static class DecoderModel
{
    /// <summary>Iced's options for a model.</summary>
    public static DecoderOptions Options(CpuModel model)
    {
        // AMD: 66-prefixed near branches in 64-bit mode, LOCK MOV CR0 as MOV CR8.
        var options = model.IsAmd ? DecoderOptions.AMD : DecoderOptions.None;

        // Without the feature the prefix is ignored: TZCNT is BSF, LZCNT is BSR, WBNOINVD is WBINVD.
        options |= model.Has(CpuidFeature.BMI1) ? 0 : DecoderOptions.NoMPFX_0FBC;
        options |= model.Has(CpuidFeature.LZCNT) ? 0 : DecoderOptions.NoMPFX_0FBD;
        options |= model.Has(CpuidFeature.WBNOINVD) ? 0 : DecoderOptions.NoWbnoinvd;
        return options | (model.Has("lahf-lm") ? 0 : DecoderOptions.NoLahfSahf64);
    }

    /// <summary>Whether an instruction exists on a model: every feature that it needs is announced, or it is a hint that may be a NOP.</summary>
    public static bool Exists(CpuModel model, Code code)
    {
        foreach (var feature in code.CpuidFeatures())
        {
            if (!model.Has(feature))
            {
                return IsHint(model, code.Mnemonic());
            }
        }

        return true;
    }

    // 0F 18 to 0F 1F are NOPs since the P6; 0F 0D is one on every processor with 64-bit mode.
    private static bool IsHint(CpuModel model, Mnemonic mnemonic) => mnemonic switch
    {
        Mnemonic.Prefetch or Mnemonic.Prefetchw or Mnemonic.Prefetchwt1
            => model.HasLongMode || model.Has(CpuidFeature.PREFETCHW),
        Mnemonic.Prefetchnta or Mnemonic.Prefetcht0 or Mnemonic.Prefetcht1 or Mnemonic.Prefetcht2
            or Mnemonic.Prefetchit0 or Mnemonic.Prefetchit1 or Mnemonic.Cldemote
            or Mnemonic.Endbr32 or Mnemonic.Endbr64 or Mnemonic.Rdsspd or Mnemonic.Rdsspq or Mnemonic.Reservednop
            => model.Has(CpuidFeature.MULTIBYTENOP),
        _ => false,
    };
}
