using System.Buffers.Binary;
using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.FloatingPoint;
using Emulator.Core.Instructions.X87;

namespace Emulator.Core.Tests.X87;

/// <summary>Pending errors, #NM, the images, pointers and MMX aliasing (SDM Vol. 1, ch. 8 and 9.5).</summary>
public sealed unsafe class X87ControlTests : IDisposable
{
    private readonly X87Machine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData(0xDE, 0xF9)] // FDIVP
    [InlineData(0xD9, 0xE8)] // FLD1
    [InlineData(0x9B, 0x90)] // WAIT
    [InlineData(0xD9, 0x2F)] // FLDCW
    public void WaitingInstruction_PendingErrorWithNe_FloatingPointFault(byte first, byte second)
    {
        _machine.SetCr0(Cr0.NE);
        DivideByZeroUnmasked();
        ushort status = _machine.X87.StatusWord;
        Assert.Equal(Vector.FloatingPoint, _machine.Execute(first, second));
        Assert.Equal(status, _machine.X87.StatusWord);
    }

    [Theory]
    [InlineData(0xDB, 0xE2)] // FNCLEX
    [InlineData(0xDB, 0xE3)] // FNINIT
    [InlineData(0xDF, 0xE0)] // FNSTSW AX
    [InlineData(0xD9, 0x3F)] // FNSTCW
    [InlineData(0xD9, 0x37)] // FNSTENV
    [InlineData(0xDD, 0x37)] // FNSAVE
    public void NonWaitingInstruction_PendingError_Executes(byte first, byte second)
    {
        _machine.SetCr0(Cr0.NE);
        DivideByZeroUnmasked();
        Assert.Null(_machine.Execute(first, second));
    }

    [Fact]
    public void WaitingInstruction_PendingErrorWithoutNe_AssertsFerrOnceThenRuns()
    {
        var sink = new RecordingSink();
        _machine.Processor.NumericErrorLine = new InterruptLine(sink, 13);
        DivideByZeroUnmasked();
        ulong retired = _machine.State->Retired;
        Assert.Null(_machine.Execute(0x9B));
        Assert.Equal([true], sink.Levels);
        Assert.Equal(ExitReason.NextBlock, _machine.State->Exit);
        Assert.Equal(retired - 1, _machine.State->Retired);
        Assert.Null(_machine.Execute(0xD9, 0xE8));
        Assert.Equal(Float80.One, _machine.St(0));
        Assert.Null(_machine.Execute(0xDB, 0xE2));
        Assert.Equal([true, false], sink.Levels);
    }

    [Theory]
    [InlineData(Cr0.TS, 0xD9, 0xE8, true)]
    [InlineData(Cr0.EM, 0xD9, 0xE8, true)]
    [InlineData(Cr0.TS, 0xDF, 0xE0, true)]
    [InlineData(Cr0.TS, 0x9B, 0x90, false)]
    [InlineData(Cr0.EM, 0x9B, 0x90, false)]
    [InlineData(Cr0.TS | Cr0.MP, 0x9B, 0x90, true)]
    public void Instruction_ControlBits_DeviceNotAvailable(ulong bits, byte first, byte second, bool faults)
    {
        _machine.SetCr0(bits);
        Assert.Equal(faults ? Vector.DeviceNotAvailable : null, _machine.Execute(first, second));
    }

    [Fact]
    public void Push_FullStack_OverflowWithC1()
    {
        for (int i = 0; i < 9; i++)
        {
            _machine.Execute(0xD9, 0xE8);
        }

        Assert.Equal(0x0241, _machine.X87.StatusWord & 0x02FF);
        Assert.Equal(Float80.DefaultNaN, _machine.St(0));
    }

    [Fact]
    public void Fstpnce_EmptyTop_PopsWithoutFault()
    {
        _machine.SetStack();
        Assert.Null(_machine.Execute(0xD9, 0xDA));
        Assert.Equal(1 << 11, _machine.X87.StatusWord);
        Assert.Equal(0xFFFF, _machine.X87.TagWord);
    }

    [Fact]
    public void Environment_RealMode16_LinearPointersAndOpcode()
    {
        _machine.State->Cs.Selector = 0x1234;
        _machine.State->Ds.Selector = 0x5678;
        _machine.Execute(0xD8, 0x07);
        Assert.Null(_machine.Execute(0xD9, 0x37));
        Span<byte> image = _machine.Memory;
        uint instruction = (0x1234 << 4) + 0x1000, data = (0x5678 << 4) + X87Machine.Operand;
        Assert.Equal((ushort)instruction, Word(image, 3));
        Assert.Equal((ushort)(((instruction >> 16) << 12) | 0x007), Word(image, 4));
        Assert.Equal((ushort)data, Word(image, 5));
        Assert.Equal((ushort)((data >> 16) << 12), Word(image, 6));
    }

    [Fact]
    public void Environment_RealMode32_LinearPointersAndOpcode()
    {
        _machine.State->Cs.Selector = 0x1234;
        _machine.Execute(0xDC, 0x0F);
        Assert.Null(_machine.Execute(0x66, 0xD9, 0x37));
        Assert.Equal(0x3340u, BinaryPrimitives.ReadUInt32LittleEndian(_machine.Memory[12..]));
        Assert.Equal((1u << 12) | 0x40F, BinaryPrimitives.ReadUInt32LittleEndian(_machine.Memory[16..]));
    }

    [Fact]
    public void SaveRestore_WholeState_ComesBack()
    {
        _machine.SetStack(Float80.FromInt64(3), Float80.FromInt64(-7), Float80.DefaultNaN);
        _machine.X87.ControlWord = 0x0C7F;
        _machine.X87.StatusWord |= 0x4120;
        ushort status = _machine.X87.StatusWord, tags = X87Environment.FullTagWord(_machine.X87);
        Assert.Null(_machine.Execute(0xDD, 0x37));
        Assert.Equal(0x037F, _machine.X87.ControlWord);
        Assert.Equal(0xFFFF, X87Environment.FullTagWord(_machine.X87));
        Assert.Null(_machine.Execute(0xDD, 0x27));
        Assert.Equal(0x0C7F, _machine.X87.ControlWord);
        Assert.Equal(status, _machine.X87.StatusWord);
        Assert.Equal(tags, X87Environment.FullTagWord(_machine.X87));
        Assert.Equal(Float80.FromInt64(-7), _machine.St(1));
    }

    [Fact]
    public void Fldcw_UnmasksFlaggedException_ErrorBecomesPending()
    {
        _machine.X87.StatusWord = 0x0004;
        BinaryPrimitives.WriteUInt16LittleEndian(_machine.Memory, 0xFFFF & ~4);
        Assert.Null(_machine.Execute(0xD9, 0x2F));
        Assert.Equal(0x1F7B, _machine.X87.ControlWord);
        Assert.Equal(0x8084, _machine.X87.StatusWord);
        Assert.True(X87Environment.IsErrorPending(_machine.X87));
    }

    [Fact]
    public void Fstp_BeyondSegmentLimit_FaultsWithoutPopping()
    {
        _machine.SetStack(Float80.FromInt64(1));
        _machine.State->Rbx = 0xFFFC;
        ushort status = _machine.X87.StatusWord;
        Assert.Equal(Vector.GeneralProtection, _machine.Execute(0xDD, 0x1F));
        Assert.Equal(status, _machine.X87.StatusWord);
        Assert.False(X87Stack.IsEmpty(_machine.X87, 0));
    }

    [Fact]
    public void Mmx_WriteAndLeave_AliasesRegisters()
    {
        // MOVD MM2, EAX; EMMS.
        _machine.SetStack(Float80.One);
        _machine.State->Rax = 0x5566_7788;
        Assert.Null(_machine.Execute(0x0F, 0x6E, 0xD0));
        Assert.Equal(0xFF, X87Environment.AbridgedTagWord(_machine.X87));
        Assert.Equal(new Float80(0x5566_7788, 0xFFFF), _machine.St(2));
        Assert.Null(_machine.Execute(0x0F, 0x77));
        Assert.Equal(0, X87Environment.AbridgedTagWord(_machine.X87));
        X87Environment.LoadAbridgedTagWord(ref _machine.X87, 0x81);
        Assert.Equal(0x3FFC, _machine.X87.TagWord);
    }

    [Fact]
    public void Trigonometry_BeyondRange_C2AndOperandUnchanged()
    {
        var big = new Float80(1UL << 63, 16383 + 63);
        _machine.SetStack(big);
        Assert.Null(_machine.Execute(0xD9, 0xFE));
        Assert.Equal(X87Status.C2, _machine.X87.StatusWord & X87Status.C2);
        Assert.Equal(big, _machine.St(0));
    }

    private static ushort Word(Span<byte> image, int index) => BinaryPrimitives.ReadUInt16LittleEndian(image[(2 * index)..]);

    /// <summary>1 / 0 with ZM clear: the error is pending afterwards.</summary>
    private void DivideByZeroUnmasked()
    {
        _machine.SetStack(Float80.One, Float80.PositiveZero);
        _machine.X87.ControlWord = 0x037B;
        Assert.Null(_machine.Execute(0xDE, 0xF9));
        Assert.Equal(0x8084, _machine.X87.StatusWord & 0x80FF);
    }

    private sealed class RecordingSink : IInterruptSink
    {
        public List<bool> Levels { get; } = [];

        public void SetLine(int line, bool level) => Levels.Add(level);
    }
}
