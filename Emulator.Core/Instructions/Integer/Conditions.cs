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
            ConditionCode.o => &TForm.Execute<Overflow>,
            ConditionCode.no => &TForm.Execute<Not<Overflow>>,
            ConditionCode.b => &TForm.Execute<Below>,
            ConditionCode.ae => &TForm.Execute<Not<Below>>,
            ConditionCode.e => &TForm.Execute<Zero>,
            ConditionCode.ne => &TForm.Execute<Not<Zero>>,
            ConditionCode.be => &TForm.Execute<BelowOrEqual>,
            ConditionCode.a => &TForm.Execute<Not<BelowOrEqual>>,
            ConditionCode.s => &TForm.Execute<Sign>,
            ConditionCode.ns => &TForm.Execute<Not<Sign>>,
            ConditionCode.p => &TForm.Execute<Parity>,
            ConditionCode.np => &TForm.Execute<Not<Parity>>,
            ConditionCode.l => &TForm.Execute<Less>,
            ConditionCode.ge => &TForm.Execute<Not<Less>>,
            ConditionCode.le => &TForm.Execute<LessOrEqual>,
            _ => &TForm.Execute<Not<LessOrEqual>>,
        };

    /// <summary>The type that means a condition.</summary>
    public static Type TypeOf(ConditionCode condition) => condition switch
    {
        ConditionCode.o => typeof(Overflow),
        ConditionCode.no => typeof(Not<Overflow>),
        ConditionCode.b => typeof(Below),
        ConditionCode.ae => typeof(Not<Below>),
        ConditionCode.e => typeof(Zero),
        ConditionCode.ne => typeof(Not<Zero>),
        ConditionCode.be => typeof(BelowOrEqual),
        ConditionCode.a => typeof(Not<BelowOrEqual>),
        ConditionCode.s => typeof(Sign),
        ConditionCode.ns => typeof(Not<Sign>),
        ConditionCode.p => typeof(Parity),
        ConditionCode.np => typeof(Not<Parity>),
        ConditionCode.l => typeof(Less),
        ConditionCode.ge => typeof(Not<Less>),
        ConditionCode.le => typeof(LessOrEqual),
        _ => typeof(Not<LessOrEqual>),
    };

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
