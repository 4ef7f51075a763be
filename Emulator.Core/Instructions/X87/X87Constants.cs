using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;

namespace Emulator.Core.Instructions.X87;

/// <summary>FLD1, FLDZ, FLDPI, FLDL2E, FLDL2T, FLDLG2, FLDLN2: the internal constants rounded by RC (SDM Vol. 1, 8.3.8).</summary>
internal static class X87Constants
{
    public static void Fld1(ref X87State x, int i) => X87Transfer.LoadValue(ref x, Float80.One);

    public static void Fldz(ref X87State x, int i) => X87Transfer.LoadValue(ref x, Float80.PositiveZero);

    public static void Fldpi(ref X87State x, int i) => Load(ref x, 0xC90F_DAA2_2168_C234, 0xC4C6_628B_80DC_1CD1, 1);

    public static void Fldl2e(ref X87State x, int i) => Load(ref x, 0xB8AA_3B29_5C17_F0BB, 0xBE87_FED0_691D_3E88, 0);

    public static void Fldl2t(ref X87State x, int i) => Load(ref x, 0xD49A_784B_CD1B_8AFE, 0x492B_F6FF_4DAF_DB4C, 1);

    public static void Fldlg2(ref X87State x, int i) => Load(ref x, 0x9A20_9A84_FBCF_F798, 0x8F89_59AC_0B7C_9178, -2);

    public static void Fldln2(ref X87State x, int i) => Load(ref x, 0xB172_17F7_D1CF_79AB, 0xC9E3_B398_03F2_F6AF, -1);

    /// <summary>Loads the 128-bit significand × 2^exponent, rounded; precision is not reported and C1 not set.</summary>
    private static void Load(ref X87State x, ulong significand, ulong low, int exponent)
    {
        FloatContext context = X87Stack.Context(x);
        UnpackedFloat value = UnpackedFloat.FromWide(negative: false, exponent, significand, low);
        X87Transfer.LoadValue(ref x, Float80.Finish(value, 64, ref context));
    }
}
