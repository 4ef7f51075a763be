using Emulator.Jit.Analysis;
using Iced.Intel;

namespace Emulator.Jit.Tests.Analysis;

/// <summary>What is known of addresses: what stays a known distance apart may share a probe, and nothing else may.</summary>
public sealed class RegisterValuesTests
{
    private static readonly MemoryOperand AtRbx = new(Register.RBX, 16);

    private readonly RegisterUse _use = new();
    private readonly RegisterValues _values = new(8, hasStack: true);

    [Fact]
    public void Operands_WithOneBase_LieTheirDisplacementsApart()
        => Assert.Equal(24, DistanceBetween(AtRbx, new MemoryOperand(Register.RBX, 40)));

    [Fact]
    public void Operands_WithBaseAndIndex_AreComparedWithTheirScale()
    {
        var first = new MemoryOperand(Register.RBX, Register.RCX, 4);
        Assert.Equal(8, DistanceBetween(first, new MemoryOperand(Register.RBX, Register.RCX, 4, 8, 1)));
        Assert.Null(DistanceBetween(first, new MemoryOperand(Register.RBX, Register.RCX, 8)));
        Assert.Equal(4, DistanceBetween(first, first, Instruction.Create(Code.Inc_rm64, Register.RCX)));
    }

    [Fact]
    public void Operands_InOtherSegments_AreNotComparable()
        => Assert.Null(DistanceBetween(AtRbx, new MemoryOperand(Register.RBX, Register.None, 1, 16, 1, false, Register.FS)));

    [Fact]
    public void Base_ThatIsMoved_KeepsItsValue()
    {
        Assert.Equal(0, DistanceBetween(AtRbx, new MemoryOperand(Register.RSI, 16), Instruction.Create(Code.Mov_r64_rm64, Register.RSI, Register.RBX)));
        Assert.Equal(32, DistanceBetween(AtRbx, AtRbx, Instruction.Create(Code.Add_rm64_imm8, Register.RBX, 32)));
        Assert.Equal(-8, DistanceBetween(AtRbx, AtRbx, Instruction.Create(Code.Sub_rm64_imm8, Register.RBX, 8)));
        Assert.Equal(-8, DistanceBetween(AtRbx, new MemoryOperand(Register.RDX), Instruction.Create(Code.Lea_r64_m, Register.RDX, new MemoryOperand(Register.RBX, 8))));
    }

    [Theory]
    [InlineData(Code.Mov_r32_rm32, Register.EBX, Register.EBX)]
    [InlineData(Code.Mov_r8_rm8, Register.BL, Register.CL)]
    [InlineData(Code.Add_r64_rm64, Register.RBX, Register.RCX)]
    [InlineData(Code.Cmove_r64_rm64, Register.RBX, Register.RCX)]
    [InlineData(Code.Xchg_rm64_r64, Register.RCX, Register.RBX)]
    public void Base_WrittenOtherwise_IsANewValue(Code code, Register first, Register second)
        => Assert.Null(DistanceBetween(AtRbx, AtRbx, Instruction.Create(code, first, second)));

    [Fact]
    public void Stack_AfterPushes_IsKnown()
    {
        var push = Instruction.Create(Code.Push_r64, Register.RAX);
        var first = _values.Stack(push)!.Value;
        Step(push);
        Step(push);
        var pop = Instruction.Create(Code.Pop_r64, Register.RCX);
        Assert.True(first.Address.IsComparable(_values.Stack(pop)!.Value.Address));
        Assert.Equal(-8, _values.Stack(pop)!.Value.Address.Distance - first.Address.Distance);
        Assert.Equal((8, true, false), (first.Size, first.Writes, _values.Stack(pop)!.Value.Writes));
    }

    [Fact]
    public void StackPointer_ThatIsPopped_IsANewValue()
        => Assert.Null(DistanceBetween(new MemoryOperand(Register.RSP), new MemoryOperand(Register.RSP), Instruction.Create(Code.Pop_r64, Register.RSP)));

    [Fact]
    public void Stack_WithoutAFlatStackPointer_IsUnknown()
    {
        var values = new RegisterValues(4, hasStack: false);
        Assert.Null(values.Stack(Instruction.Create(Code.Push_r32, Register.EAX)));
        var before = values.Operand(Load(new MemoryOperand(Register.ESP, 4)));
        values.Step(Instruction.Create(Code.Push_r32, Register.EAX), 1u << 4);
        Assert.False(before!.Value.IsComparable(values.Operand(Load(new MemoryOperand(Register.ESP, 4)))!.Value));
    }

    [Fact]
    public void Operand_WithANarrowerAddress_IsUnknown() => Assert.Null(_values.Operand(Load(new MemoryOperand(Register.EBX, 4))));

    private static Instruction Load(MemoryOperand operand) => Instruction.Create(Code.Mov_r64_rm64, Register.RAX, operand);

    private void Step(in Instruction instruction) => _values.Step(instruction, _use.Of(instruction).Written);

    // Between an operand now and another after an instruction; null when nothing is known of it.
    private long? DistanceBetween(MemoryOperand first, MemoryOperand second, Instruction? between = null)
    {
        var before = _values.Operand(Load(first))!.Value;
        if (between is { } instruction)
        {
            Step(instruction);
        }

        var after = _values.Operand(Load(second))!.Value;
        return before.IsComparable(after) ? after.Distance - before.Distance : null;
    }
}
