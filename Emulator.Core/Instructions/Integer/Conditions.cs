using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.Integer;

/// <summary>One of the sixteen conditions of Jcc, SETcc and CMOVcc (SDM Vol. 1, appendix B).</summary>
public unsafe interface ICondition
{
    /// <summary>Whether the flags meet the condition.</summary>
    static abstract bool Test(CpuState* s);
}

/// <summary>A handler's body, generic over the condition.</summary>
public unsafe interface IConditionForm
{
    /// <summary>Runs the op.</summary>
    static abstract Op* Execute<TCondition>(CpuState* s, Op* op)
        where TCondition : struct, ICondition;
}

/// <summary>The conditions, and the choice among them.</summary>
public static unsafe class Conditions
{
    /// <summary>Closes a form over the condition of an instruction.</summary>
    public static delegate*<CpuState*, Op*, Op*> Pick<TForm>(ConditionCode condition)
        where TForm : IConditionForm => condition switch
        {
            ConditionCode.o => &Run<TForm, Overflow>,
            ConditionCode.no => &Run<TForm, Not<Overflow>>,
            ConditionCode.b => &Run<TForm, Below>,
            ConditionCode.ae => &Run<TForm, Not<Below>>,
            ConditionCode.e => &Run<TForm, Zero>,
            ConditionCode.ne => &Run<TForm, Not<Zero>>,
            ConditionCode.be => &Run<TForm, BelowOrEqual>,
            ConditionCode.a => &Run<TForm, Not<BelowOrEqual>>,
            ConditionCode.s => &Run<TForm, Sign>,
            ConditionCode.ns => &Run<TForm, Not<Sign>>,
            ConditionCode.p => &Run<TForm, Parity>,
            ConditionCode.np => &Run<TForm, Not<Parity>>,
            ConditionCode.l => &Run<TForm, Less>,
            ConditionCode.ge => &Run<TForm, Not<Less>>,
            ConditionCode.le => &Run<TForm, LessOrEqual>,
            _ => &Run<TForm, Not<LessOrEqual>>,
        };

    private static Op* Run<TForm, TCondition>(CpuState* s, Op* op)
        where TForm : IConditionForm
        where TCondition : struct, ICondition => TForm.Execute<TCondition>(s, op);

    private readonly struct Overflow : ICondition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test(CpuState* s) => s->Flags.OF;
    }

    private readonly struct Below : ICondition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test(CpuState* s) => s->Flags.CF;
    }

    private readonly struct Zero : ICondition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test(CpuState* s) => s->Flags.ZF;
    }

    private readonly struct BelowOrEqual : ICondition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test(CpuState* s) => s->Flags.CF | s->Flags.ZF;
    }

    private readonly struct Sign : ICondition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test(CpuState* s) => s->Flags.SF;
    }

    private readonly struct Parity : ICondition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test(CpuState* s) => s->Flags.PF;
    }

    private readonly struct Less : ICondition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test(CpuState* s) => s->Flags.Less;
    }

    private readonly struct LessOrEqual : ICondition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test(CpuState* s) => s->Flags.Less | s->Flags.ZF;
    }

    private readonly struct Not<TCondition> : ICondition
        where TCondition : struct, ICondition
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static bool Test(CpuState* s) => !TCondition.Test(s);
    }
}
