using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.Sse;

/// <summary>MXCSR: masks, flags, reserved bits, and alignment (SDM Vol. 1, 10.2.3 and 11.5).</summary>
public sealed unsafe class SimdExceptionTests
{
    private static readonly byte[] Divps = [0x0f, 0x5e, 0xc1];
    private static readonly byte[] Addps = [0x0f, 0x58, 0xc1];

    [Theory]
    [InlineData(Cr4.OSFXSR | Cr4.OSXMMEXCPT, Vector.SimdFloatingPoint)]
    [InlineData(Cr4.OSFXSR, Vector.InvalidOpcode)]
    public void Unmasked_DivideByZero_FaultsAndKeepsTheDestination(ulong cr4, Vector expected)
    {
        using var machine = new VectorMachine();
        machine.SetControl(Cr0.ET | Cr0.PE | Cr0.NE, cr4);
        machine.State->Mxcsr = 0x1f80 & ~(1u << 9);
        var before = Vector128.Create(1f, 2, 3, 4).AsByte();
        machine.SetXmm(0, before);
        machine.SetXmm(1, Vector128.Create(1f, 0, 3, 4).AsByte());
        Assert.Equal(expected, machine.Execute(Divps));
        Assert.Equal(before, machine.Xmm(0));
        Assert.Equal((0x1f80 & ~(1u << 9)) | 4, machine.State->Mxcsr);
    }

    [Fact]
    public void Inexact_WhenMasked_SetsTheFlagOnceAndTheHostPathAgrees()
    {
        using var machine = new VectorMachine();
        var b = Vector128.Create(3f, 7, 1, 1e-3f).AsByte();
        machine.SetXmm(0, Vector128.Create(1f, 2, 3, 4).AsByte());
        machine.SetXmm(1, b);
        Assert.Null(machine.Execute(Divps));
        Assert.Equal(0x1fa0u, machine.State->Mxcsr);
        var exact = machine.Xmm(0);
        machine.SetXmm(0, Vector128.Create(1f, 2, 3, 4).AsByte());
        Assert.Null(machine.Execute(Divps));
        Assert.Equal(exact, machine.Xmm(0));
        Assert.Equal(0x1fa0u, machine.State->Mxcsr);
    }

    [Fact]
    public void StickyPrecision_WithOtherExceptions_DoesNotHideTheirFlags()
    {
        using var machine = new VectorMachine();
        machine.State->Mxcsr = 0x1fa0;
        machine.SetXmm(0, Vector128.Create(float.Epsilon, float.MaxValue, 0, 1).AsByte());
        machine.SetXmm(1, Vector128.Create(1f, float.MaxValue, 0, float.NegativeInfinity).AsByte());
        Assert.Null(machine.Execute(Addps));
        Assert.Equal(0x1fa0u | 2 | 8, machine.State->Mxcsr);
        Assert.Equal(float.PositiveInfinity, machine.Xmm(0).AsSingle().GetElement(1));
    }

    [Fact]
    public void Nan_FirstOperandWins_AndIsQuieted()
    {
        using var machine = new VectorMachine();
        machine.SetXmm(0, Vector128.Create(0x7f80_0001u, 0x3f80_0000, 0x7f80_0000, 0xffc0_1234).AsByte());
        machine.SetXmm(1, Vector128.Create(0xffc0_0055u, 0x7fc0_0066, 0xff80_0000, 0x7fc0_0001).AsByte());
        Assert.Null(machine.Execute(Addps));
        Assert.Equal(Vector128.Create(0x7fc0_0001u, 0x7fc0_0066, 0xffc0_0000, 0xffc0_1234), machine.Xmm(0).AsUInt32());
        Assert.Equal(0x1f81u, machine.State->Mxcsr);
    }

    [Fact]
    public void Ldmxcsr_ReservedBit_IsProtectionFault()
    {
        using var machine = new VectorMachine();
        BinaryPrimitives.WriteUInt32LittleEndian(machine.Memory, 0x1_1f80);
        Assert.Equal(Vector.GeneralProtection, machine.Execute(0x0f, 0xae, 0x13));
        Assert.Equal(0x1f80u, machine.State->Mxcsr);
    }

    [Theory]
    [InlineData("addps", new byte[] { 0x0f, 0x58, 0x03 }, true)]
    [InlineData("movaps", new byte[] { 0x0f, 0x28, 0x03 }, true)]
    [InlineData("movaps store", new byte[] { 0x0f, 0x29, 0x03 }, true)]
    [InlineData("movups", new byte[] { 0x0f, 0x10, 0x03 }, false)]
    [InlineData("pcmpistri", new byte[] { 0x66, 0x0f, 0x3a, 0x63, 0x03, 0 }, false)]
    [InlineData("vaddps", new byte[] { 0xc5, 0xf8, 0x58, 0x03 }, false)]
    [InlineData("vmovaps", new byte[] { 0xc5, 0xf8, 0x28, 0x03 }, true)]
    [InlineData("vmovaps ymm", new byte[] { 0xc5, 0xfc, 0x28, 0x03 }, true)]
    [InlineData("vmovups ymm", new byte[] { 0xc5, 0xfc, 0x10, 0x03 }, false)]
    public void Misaligned_Operand_FaultsWhereAlignmentIsDemanded(string name, byte[] code, bool faults)
    {
        using var machine = new VectorMachine();
        machine.State->Rbx += 8;
        Assert.True((faults ? Vector.GeneralProtection : null) == machine.Execute(code), name);
    }

    [Fact]
    public void UpperLane_OnA128BitWrite_IsZeroedByVexAndKeptByLegacy()
    {
        using var machine = new VectorMachine();
        machine.SetYmm(0, Vector256.Create((byte)0x11));
        machine.SetXmm(1, Vector128.Create((byte)0x22));
        Assert.Null(machine.Execute(0x66, 0x0f, 0xfc, 0xc1));
        Assert.Equal(Vector128.Create((byte)0x11), machine.Ymm(0).GetUpper());
        Assert.Null(machine.Execute(0xc5, 0xf9, 0xfc, 0xc1));
        Assert.Equal(Vector128.Create((byte)0x55), machine.Xmm(0));
        Assert.Equal(Vector128<byte>.Zero, machine.Ymm(0).GetUpper());
    }
}
