using Emulator.Jit.Analysis;
using Iced.Intel;

namespace Emulator.Jit.Tests.Analysis;

/// <summary>Sets of registers by number: what a region loads, and what it stores at its exits.</summary>
public sealed class RegisterUseTests
{
    private const uint Rax = 1;
    private const uint Rcx = 2;
    private const uint Rdx = 4;
    private const uint Rsp = 0x10;
    private const uint Rsi = 0x40;
    private const uint Rdi = 0x80;

    private readonly RegisterUse _use = new();

    [Fact]
    public void Load_OfMemory_UsesTheAddressAndWritesTheDestination()
        => Assert.Equal((Rax | Rcx | Rdx, Rax), _use.Of(Instruction.Create(Code.Mov_r64_rm64, Register.RAX, new MemoryOperand(Register.RCX, Register.RDX, 4))));

    [Fact]
    public void Write_OfAPart_CountsForTheWholeRegister() => Assert.Equal((Rax | Rcx, Rax), _use.Of(Instruction.Create(Code.Mov_r8_rm8, Register.AH, Register.CL)));

    [Fact]
    public void Compare_OfTwoRegisters_WritesNone() => Assert.Equal((Rax | Rcx, 0u), _use.Of(Instruction.Create(Code.Cmp_r64_rm64, Register.RAX, Register.RCX)));

    [Fact]
    public void Operands_ThatAreImplicit_Count()
    {
        Assert.Equal((Rax | Rcx | Rdx, Rax | Rdx), _use.Of(Instruction.Create(Code.Mul_rm64, Register.RCX)));
        Assert.Equal((Rsp | Rax, Rsp), _use.Of(Instruction.Create(Code.Push_r64, Register.RAX)));
        var (used, written) = _use.Of(Instruction.CreateRepMovsb(64));
        Assert.Equal(Rcx | Rsi | Rdi, used & (Rcx | Rsi | Rdi));
        Assert.Equal(Rcx | Rsi | Rdi, written);
    }

    [Fact]
    public void ConditionalMove_OfARegister_CountsAsWritten() => Assert.Equal(Rax, _use.Of(Instruction.Create(Code.Cmove_r32_rm32, Register.EAX, Register.ECX)).Written);

    [Fact]
    public void Vectors_OfAnAddition_AreItsOperands()
        => Assert.Equal((3u, 1u), _use.VectorsOf(Instruction.Create(Code.Addpd_xmm_xmmm128, Register.XMM0, Register.XMM1)));

    [Theory]
    [InlineData(Code.Fxsave_m512byte)]
    [InlineData(Code.Xrstor64_mem)]
    public void Vectors_OfAnInstructionThatMovesThemAll_AreAll(Code code)
        => Assert.Equal((0xffffu, 0xffffu), _use.VectorsOf(Instruction.Create(code, new MemoryOperand(Register.RCX))));

    [Fact]
    public void Vectors_OfIntegerCode_AreNone() => Assert.Equal((0u, 0u), _use.VectorsOf(Instruction.Create(Code.Add_r64_rm64, Register.RAX, Register.RCX)));
}
