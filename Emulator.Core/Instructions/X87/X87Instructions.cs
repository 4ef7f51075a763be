using Emulator.Core.Cpu;
using Iced.Intel;

namespace Emulator.Core.Instructions.X87;

/// <summary>The rows of the x87 family.</summary>
internal static unsafe class X87Instructions
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        AddBinary<Fadd>(table, (Code.Fadd_st0_sti, Code.Fadd_sti_st0, Code.Faddp_sti_st0, Code.Fadd_m32fp, Code.Fadd_m64fp), (Code.Fiadd_m16int, Code.Fiadd_m32int));
        AddBinary<Fmul>(table, (Code.Fmul_st0_sti, Code.Fmul_sti_st0, Code.Fmulp_sti_st0, Code.Fmul_m32fp, Code.Fmul_m64fp), (Code.Fimul_m16int, Code.Fimul_m32int));
        AddBinary<Fsub>(table, (Code.Fsub_st0_sti, Code.Fsub_sti_st0, Code.Fsubp_sti_st0, Code.Fsub_m32fp, Code.Fsub_m64fp), (Code.Fisub_m16int, Code.Fisub_m32int));
        AddBinary<Fsubr>(table, (Code.Fsubr_st0_sti, Code.Fsubr_sti_st0, Code.Fsubrp_sti_st0, Code.Fsubr_m32fp, Code.Fsubr_m64fp), (Code.Fisubr_m16int, Code.Fisubr_m32int));
        AddBinary<Fdiv>(table, (Code.Fdiv_st0_sti, Code.Fdiv_sti_st0, Code.Fdivp_sti_st0, Code.Fdiv_m32fp, Code.Fdiv_m64fp), (Code.Fidiv_m16int, Code.Fidiv_m32int));
        AddBinary<Fdivr>(table, (Code.Fdivr_st0_sti, Code.Fdivr_sti_st0, Code.Fdivrp_sti_st0, Code.Fdivr_m32fp, Code.Fdivr_m64fp), (Code.Fidivr_m16int, Code.Fidivr_m32int));
        AddUnary(table);
        AddTranscendental(table);
        AddLoads(table);
        AddStores(table);
        AddComparisons(table);
        AddConditional(table);
        AddStackControl(table);
        AddControl(table);
    }

    private static void AddBinary<TOperation>(
        InstructionTable table, (Code ToTop, Code ToRegister, Code Pop, Code Float32, Code Float64) codes, (Code Int16, Code Int32) integer)
        where TOperation : struct, IX87Binary
    {
        table.Add(codes.ToTop, new X87RegisterRow(&X87Arithmetic.ToTop<TOperation>, &X87ShortForms.Arithmetic<TOperation, TopTarget>));
        table.Add(codes.ToRegister, new X87RegisterRow(&X87Arithmetic.ToRegister<TOperation>, &X87ShortForms.Arithmetic<TOperation, RegisterTarget>));
        table.Add(codes.Pop, new X87RegisterRow(&X87Arithmetic.ToRegisterAndPop<TOperation>, &X87ShortForms.Arithmetic<TOperation, PoppingTarget>));
        WithOperand<uint, SingleFormat, TOperation>(table, codes.Float32, &X87Arithmetic.WithFloat32<TOperation>);
        WithOperand<ulong, DoubleFormat, TOperation>(table, codes.Float64, &X87Arithmetic.WithFloat64<TOperation>);
        WithOperand<ushort, Int16Format, TOperation>(table, integer.Int16, &X87Arithmetic.WithInt16<TOperation>);
        WithOperand<uint, Int32Format, TOperation>(table, integer.Int32, &X87Arithmetic.WithInt32<TOperation>);
    }

    private static void AddUnary(InstructionTable table)
    {
        table.Add(Code.Fsqrt, new X87RegisterRow(&X87Arithmetic.Fsqrt));
        table.Add(Code.Frndint, new X87RegisterRow(&X87Arithmetic.Frndint));
        table.Add(Code.Fscale, new X87RegisterRow(&X87Arithmetic.Fscale));
        table.Add(Code.Fprem, new X87RegisterRow(&X87Arithmetic.Fprem));
        table.Add(Code.Fprem1, new X87RegisterRow(&X87Arithmetic.Fprem1));
        table.Add(Code.Fxtract, new X87RegisterRow(&X87Arithmetic.Fxtract));
        table.Add(Code.Fabs, new X87RegisterRow(&X87Arithmetic.Fabs, &X87ShortForms.Absolute));
        table.Add(Code.Fchs, new X87RegisterRow(&X87Arithmetic.Fchs, &X87ShortForms.ChangeSign));
    }

    private static void AddTranscendental(InstructionTable table)
    {
        table.Add(Code.F2xm1, new X87RegisterRow(&X87Transcendental.F2xm1));
        table.Add(Code.Fyl2x, new X87RegisterRow(&X87Transcendental.Fyl2x));
        table.Add(Code.Fyl2xp1, new X87RegisterRow(&X87Transcendental.Fyl2xp1));
        table.Add(Code.Fptan, new X87RegisterRow(&X87Transcendental.Fptan));
        table.Add(Code.Fpatan, new X87RegisterRow(&X87Transcendental.Fpatan));
        table.Add(Code.Fsin, new X87RegisterRow(&X87Transcendental.Fsin));
        table.Add(Code.Fcos, new X87RegisterRow(&X87Transcendental.Fcos));
        table.Add(Code.Fsincos, new X87RegisterRow(&X87Transcendental.Fsincos));
    }

    private static void AddLoads(InstructionTable table)
    {
        table.Add(Code.Fld_sti, new X87RegisterRow(&X87Transfer.LoadRegister, &X87ShortForms.Load));
        Load<uint, SingleFormat>(table, Code.Fld_m32fp, &X87Transfer.LoadFloat32);
        Load<ulong, DoubleFormat>(table, Code.Fld_m64fp, &X87Transfer.LoadFloat64);
        Load<TenBytes, ExtendedFormat>(table, Code.Fld_m80fp, &X87Transfer.LoadFloat80);
        Load<ushort, Int16Format>(table, Code.Fild_m16int, &X87Transfer.LoadInt16);
        Load<uint, Int32Format>(table, Code.Fild_m32int, &X87Transfer.LoadInt32);
        Load<ulong, Int64Format>(table, Code.Fild_m64int, &X87Transfer.LoadInt64);
        table.Add(Code.Fbld_m80bcd, new X87LoadRow<TenBytes, X87Load<TenBytes>>(&X87Transfer.LoadBcd));
        table.Add(Code.Fld1, new X87RegisterRow(&X87Constants.Fld1, &X87ShortForms.LoadOne));
        table.Add(Code.Fldz, new X87RegisterRow(&X87Constants.Fldz, &X87ShortForms.LoadZero));
        table.Add(Code.Fldpi, new X87RegisterRow(&X87Constants.Fldpi));
        table.Add(Code.Fldl2e, new X87RegisterRow(&X87Constants.Fldl2e));
        table.Add(Code.Fldl2t, new X87RegisterRow(&X87Constants.Fldl2t));
        table.Add(Code.Fldlg2, new X87RegisterRow(&X87Constants.Fldlg2));
        table.Add(Code.Fldln2, new X87RegisterRow(&X87Constants.Fldln2));
    }

    private static void AddStores(InstructionTable table)
    {
        Store<uint, ToSingle, NoPop>(table, Code.Fst_m32fp, &X87Store.ToFloat32);
        Store<uint, ToSingle, PopOne>(table, Code.Fstp_m32fp, &X87Store.ToFloat32);
        Store<ulong, ToDouble, NoPop>(table, Code.Fst_m64fp, &X87Store.ToFloat64);
        Store<ulong, ToDouble, PopOne>(table, Code.Fstp_m64fp, &X87Store.ToFloat64);
        Store<TenBytes, ToExtended, PopOne>(table, Code.Fstp_m80fp, &X87Store.ToFloat80);
        table.Add(Code.Fbstp_m80bcd, new X87StoreRow<TenBytes, X87StoreForm<TenBytes>>(&X87Store.ToBcd, pop: true));
        Store<ushort, ToInteger<ushort, RoundByControl>, NoPop>(table, Code.Fist_m16int, &X87Store.ToInt16<RoundByControl>);
        Store<ushort, ToInteger<ushort, RoundByControl>, PopOne>(table, Code.Fistp_m16int, &X87Store.ToInt16<RoundByControl>);
        Store<ushort, ToInteger<ushort, RoundByTruncation>, PopOne>(table, Code.Fisttp_m16int, &X87Store.ToInt16<RoundByTruncation>);
        Store<uint, ToInteger<uint, RoundByControl>, NoPop>(table, Code.Fist_m32int, &X87Store.ToInt32<RoundByControl>);
        Store<uint, ToInteger<uint, RoundByControl>, PopOne>(table, Code.Fistp_m32int, &X87Store.ToInt32<RoundByControl>);
        Store<uint, ToInteger<uint, RoundByTruncation>, PopOne>(table, Code.Fisttp_m32int, &X87Store.ToInt32<RoundByTruncation>);
        Store<ulong, ToInteger<ulong, RoundByControl>, PopOne>(table, Code.Fistp_m64int, &X87Store.ToInt64<RoundByControl>);
        Store<ulong, ToInteger<ulong, RoundByTruncation>, PopOne>(table, Code.Fisttp_m64int, &X87Store.ToInt64<RoundByTruncation>);
        table.Add(Code.Fstpnce_sti, new X87RegisterRow(&X87Transfer.Fstpnce));
        table.Add(Code.Fst_sti, new X87RegisterRow(&X87Transfer.Fst, &X87ShortForms.Store<NoPop>));
        foreach (Code code in (ReadOnlySpan<Code>)[Code.Fstp_sti, Code.Fstp_sti_DFD0, Code.Fstp_sti_DFD8])
        {
            table.Add(code, new X87RegisterRow(&X87Transfer.Fstp, &X87ShortForms.Store<PopOne>));
        }
    }

    private static void AddComparisons(InstructionTable table)
    {
        table.Add(Code.Fcom_st0_sti, new X87RegisterRow(&X87Comparison.Fcom, &X87ShortForms.Compare<NoPop>));
        table.Add(Code.Fcom_st0_sti_DCD0, new X87RegisterRow(&X87Comparison.Fcom, &X87ShortForms.Compare<NoPop>));
        table.Add(Code.Fcomp_st0_sti, new X87RegisterRow(&X87Comparison.Fcomp, &X87ShortForms.Compare<PopOne>));
        table.Add(Code.Fcomp_st0_sti_DCD8, new X87RegisterRow(&X87Comparison.Fcomp, &X87ShortForms.Compare<PopOne>));
        table.Add(Code.Fcomp_st0_sti_DED0, new X87RegisterRow(&X87Comparison.Fcomp, &X87ShortForms.Compare<PopOne>));
        table.Add(Code.Fcompp, new X87RegisterRow(&X87Comparison.Fcompp, &X87ShortForms.Compare<PopTwo>));
        table.Add(Code.Fucom_st0_sti, new X87RegisterRow(&X87Comparison.Fucom, &X87ShortForms.Compare<NoPop>));
        table.Add(Code.Fucomp_st0_sti, new X87RegisterRow(&X87Comparison.Fucomp, &X87ShortForms.Compare<PopOne>));
        table.Add(Code.Fucompp, new X87RegisterRow(&X87Comparison.Fucompp, &X87ShortForms.Compare<PopTwo>));
        table.Add(Code.Ftst, new X87RegisterRow(&X87Comparison.Ftst));
        table.Add(Code.Fxam, new X87RegisterRow(&X87Comparison.Fxam));
        Compare<uint, SingleFormat, NoPop>(table, Code.Fcom_m32fp, &X87Comparison.WithFloat32);
        Compare<uint, SingleFormat, PopOne>(table, Code.Fcomp_m32fp, &X87Comparison.WithFloat32AndPop);
        Compare<ulong, DoubleFormat, NoPop>(table, Code.Fcom_m64fp, &X87Comparison.WithFloat64);
        Compare<ulong, DoubleFormat, PopOne>(table, Code.Fcomp_m64fp, &X87Comparison.WithFloat64AndPop);
        Compare<ushort, Int16Format, NoPop>(table, Code.Ficom_m16int, &X87Comparison.WithInt16);
        Compare<ushort, Int16Format, PopOne>(table, Code.Ficomp_m16int, &X87Comparison.WithInt16AndPop);
        Compare<uint, Int32Format, NoPop>(table, Code.Ficom_m32int, &X87Comparison.WithInt32);
        Compare<uint, Int32Format, PopOne>(table, Code.Ficomp_m32int, &X87Comparison.WithInt32AndPop);
    }

    private static void AddConditional(InstructionTable table)
    {
        table.Add(Code.Fucomi_st0_sti, new X87HandlerRow(&X87ShortForms.CompareToFlags, 0));
        table.Add(Code.Fcomi_st0_sti, new X87HandlerRow(&X87ShortForms.CompareToFlags, 1));
        table.Add(Code.Fucomip_st0_sti, new X87HandlerRow(&X87ShortForms.CompareToFlags, 2));
        table.Add(Code.Fcomip_st0_sti, new X87HandlerRow(&X87ShortForms.CompareToFlags, 3));
        ReadOnlySpan<Code> moves =
        [
            Code.Fcmovb_st0_sti, Code.Fcmove_st0_sti, Code.Fcmovbe_st0_sti, Code.Fcmovu_st0_sti,
            Code.Fcmovnb_st0_sti, Code.Fcmovne_st0_sti, Code.Fcmovnbe_st0_sti, Code.Fcmovnu_st0_sti,
        ];
        for (int condition = 0; condition < moves.Length; condition++)
        {
            table.Add(moves[condition], new X87HandlerRow(&X87Forms.ConditionalMove, (ulong)condition));
        }
    }

    private static void AddStackControl(InstructionTable table)
    {
        table.Add(Code.Fxch_st0_sti, new X87RegisterRow(&X87Transfer.Fxch, &X87ShortForms.Exchange));
        table.Add(Code.Fxch_st0_sti_DDC8, new X87RegisterRow(&X87Transfer.Fxch, &X87ShortForms.Exchange));
        table.Add(Code.Fxch_st0_sti_DFC8, new X87RegisterRow(&X87Transfer.Fxch, &X87ShortForms.Exchange));
        table.Add(Code.Ffree_sti, new X87RegisterRow(&X87Transfer.Ffree));
        table.Add(Code.Ffreep_sti, new X87RegisterRow(&X87Transfer.Ffreep));
        table.Add(Code.Fincstp, new X87RegisterRow(&X87Transfer.Fincstp));
        table.Add(Code.Fdecstp, new X87RegisterRow(&X87Transfer.Fdecstp));
        table.Add(Code.Fnop, new X87RegisterRow(&X87Transfer.Fnop));
    }

    private static void AddControl(InstructionTable table)
    {
        table.Add(Code.Wait, new WaitRow());
        table.Add(Code.Fninit, new X87HandlerRow(&X87Control.Fninit));
        table.Add(Code.Fnclex, new X87HandlerRow(&X87Control.Fnclex));
        table.Add(Code.Fneni, new X87HandlerRow(&X87Control.Nothing));
        table.Add(Code.Fndisi, new X87HandlerRow(&X87Control.Nothing));
        table.Add(Code.Fnsetpm, new X87HandlerRow(&X87Control.Nothing));
        table.Add(Code.Fnstsw_AX, new X87HandlerRow(&X87Control.FnstswAx));
        table.Add(Code.Fnstsw_m2byte, new X87ControlRow<Fnstsw>());
        table.Add(Code.Fnstcw_m2byte, new X87ControlRow<Fnstcw>());
        table.Add(Code.Fldcw_m2byte, new X87ControlRow<Fldcw>());
        table.Add(Code.Fnstenv_m14byte, new X87ControlRow<Fnstenv>(2));
        table.Add(Code.Fnstenv_m28byte, new X87ControlRow<Fnstenv>(4));
        table.Add(Code.Fldenv_m14byte, new X87ControlRow<Fldenv>(2));
        table.Add(Code.Fldenv_m28byte, new X87ControlRow<Fldenv>(4));
        table.Add(Code.Fnsave_m94byte, new X87ControlRow<Fnsave>(2));
        table.Add(Code.Fnsave_m108byte, new X87ControlRow<Fnsave>(4));
        table.Add(Code.Frstor_m94byte, new X87ControlRow<Frstor>(2));
        table.Add(Code.Frstor_m108byte, new X87ControlRow<Frstor>(4));
    }

    private static void WithOperand<T, TFormat, TOperation>(InstructionTable table, Code code, delegate*<ref X87State, T, void> meaning)
        where T : unmanaged
        where TFormat : struct, IX87Format<T>
        where TOperation : struct, IX87Binary => table.Add(code, new X87LoadRow<T, X87ShortArithmetic<T, TFormat, TOperation>>(meaning));

    private static void Load<T, TFormat>(InstructionTable table, Code code, delegate*<ref X87State, T, void> meaning)
        where T : unmanaged
        where TFormat : struct, IX87Format<T> => table.Add(code, new X87LoadRow<T, X87ShortLoad<T, TFormat>>(meaning));

    private static void Compare<T, TFormat, TPops>(InstructionTable table, Code code, delegate*<ref X87State, T, void> meaning)
        where T : unmanaged
        where TFormat : struct, IX87Format<T>
        where TPops : struct, IX87Pops => table.Add(code, new X87LoadRow<T, X87ShortCompare<T, TFormat, TPops>>(meaning));

    private static void Store<T, TNarrowing, TPops>(InstructionTable table, Code code, delegate*<ref X87State, out T, bool> meaning)
        where T : unmanaged
        where TNarrowing : struct, IX87Narrowing<T>
        where TPops : struct, IX87Pops => table.Add(code, new X87StoreRow<T, X87ShortStore<T, TNarrowing, TPops>>(meaning, TPops.Count != 0));
}
