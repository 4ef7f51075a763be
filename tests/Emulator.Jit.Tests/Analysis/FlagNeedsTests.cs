using Emulator.Jit.Analysis;
using Iced.Intel;

namespace Emulator.Jit.Tests.Analysis;

/// <summary>Flags are needed exactly where something can see them.</summary>
public sealed class FlagNeedsTests
{
    private static readonly Instruction Add = Instruction.Create(Code.Add_r64_rm64, Register.RAX, Register.RCX);
    private static readonly Instruction Move = Instruction.Create(Code.Mov_r64_rm64, Register.RAX, Register.RCX);
    private static readonly Instruction Increment = Instruction.Create(Code.Inc_rm64, Register.RAX);
    private static readonly Instruction SetIfCarry = Instruction.Create(Code.Setb_rm8, Register.DL);
    private static readonly Instruction ShiftByCl = Instruction.Create(Code.Shl_rm64_CL, Register.RAX, Register.CL);
    private static readonly Instruction ShiftBy32 = Instruction.Create(Code.Shl_rm64_imm8, Register.RAX, 32);
    private static readonly Instruction ShiftByOne = Instruction.Create(Code.Shl_rm64_imm8, Register.RAX, 1);

    [Fact]
    public void Flags_OverwrittenAtOnce_AreNotNeeded() => Assert.Equal([false, true], After([Add, Add]));

    [Fact]
    public void Flags_AtTheEndOfABlock_AreNeeded() => Assert.Equal([true, true], After([Add, Move]));

    [Fact]
    public void Flags_ReadBeforeTheyAreOverwritten_AreNeeded() => Assert.Equal([true, false, true], After([Add, SetIfCarry, Add]));

    [Fact]
    public void Flags_PartlyOverwritten_AreNeeded() => Assert.Equal([true, true], After([Add, Increment]));

    [Fact]
    public void Flags_OverwrittenByAShiftByCl_AreNeeded() => Assert.Equal([true, true], After([Add, ShiftByCl]));

    [Fact]
    public void Flags_OverwrittenByAShiftByAConstant_AreNotNeeded() => Assert.Equal([false, true], After([Add, ShiftByOne]));

    // 32 is no multiple of 64, but the analysis need not know the operand's size: needed is never wrong.
    [Fact]
    public void Flags_BeforeAShiftByAMultipleOf32_CountAsNeeded() => Assert.Equal([true, true], After([Add, ShiftBy32]));

    [Fact]
    public void Flags_BeforeAnExit_AreNeeded() => Assert.Equal([true, false, true], FlagNeeds.After([Add, Move, Add], [false, true, false]));

    [Fact]
    public void Touches_InstructionsThatReadOrChangeFlags_AreTold()
    {
        Assert.True(FlagNeeds.Touches(Add));
        Assert.True(FlagNeeds.Touches(SetIfCarry));
        Assert.False(FlagNeeds.Touches(Move));
        Assert.False(FlagNeeds.Touches(Instruction.Create(Code.Cld)));
    }

    private static bool[] After(Instruction[] instructions) => FlagNeeds.After(instructions, new bool[instructions.Length]);
}
