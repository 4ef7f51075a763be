using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.StateSave;

namespace Emulator.Core.Tests.Sse;

/// <summary>FXSAVE, XSAVE and XCR0 (SDM Vol. 1, 10.5 and ch. 13).</summary>
public sealed unsafe class StateSaveTests
{
    private static readonly byte[] Fxsave64 = [0x48, 0x0f, 0xae, 0x03];
    private static readonly byte[] Fxrstor64 = [0x48, 0x0f, 0xae, 0x0b];
    private static readonly byte[] Xsave64 = [0x48, 0x0f, 0xae, 0x23];
    private static readonly byte[] Xrstor64 = [0x48, 0x0f, 0xae, 0x2b];
    private static readonly byte[] Xsaveopt64 = [0x48, 0x0f, 0xae, 0x33];
    private static readonly byte[] Xsavec64 = [0x48, 0x0f, 0xc7, 0x23];
    private static readonly byte[] Xsetbv = [0x0f, 0x01, 0xd1];
    private static readonly byte[] Xgetbv = [0x0f, 0x01, 0xd0];

    [Fact]
    public void Fxsave64_WithEveryRegisterSet_WritesTheManualsLayout()
    {
        using var machine = new VectorMachine();
        Fill(machine);
        machine.Memory.Fill(0xee);
        Assert.Null(machine.Execute(Fxsave64));
        var image = machine.Memory;
        Assert.Equal(0x37f, BinaryPrimitives.ReadUInt16LittleEndian(image));
        Assert.Equal(6 << 11, BinaryPrimitives.ReadUInt16LittleEndian(image[2..]));
        Assert.Equal(0xc0, image[4]);
        Assert.Equal(0x123, BinaryPrimitives.ReadUInt16LittleEndian(image[6..]));
        Assert.Equal(0x1122_3344_5566ul, BinaryPrimitives.ReadUInt64LittleEndian(image[8..]));
        Assert.Equal(0x1f80u, BinaryPrimitives.ReadUInt32LittleEndian(image[24..]));
        Assert.Equal(0xffffu, BinaryPrimitives.ReadUInt32LittleEndian(image[28..]));

        // ST0 is R6.
        Assert.Equal(0x8000_0000_0000_0006ul, BinaryPrimitives.ReadUInt64LittleEndian(image[32..]));
        Assert.Equal(0x3fff, BinaryPrimitives.ReadUInt16LittleEndian(image[40..]));
        Assert.Equal(5, image[160 + (5 * 16)]);
        Assert.Equal(15, image[160 + (15 * 16)]);
        Assert.True(image[416..512].IndexOfAnyExcept((byte)0xee) < 0);
    }

    [Fact]
    public void Fxrstor64_OfFxsave64_RestoresEverything()
    {
        using var machine = new VectorMachine();
        Fill(machine);
        var before = *machine.State;
        Assert.Null(machine.Execute(Fxsave64));
        machine.State->X87 = default;
        machine.State->Mxcsr = 0x1fbf;
        machine.State->Vectors = default;
        Assert.Null(machine.Execute(Fxrstor64));
        Assert.Equal(before.X87.StatusWord, machine.State->X87.StatusWord);
        Assert.Equal(before.X87.Registers[6].Significand, machine.State->X87.Registers[6].Significand);
        Assert.Equal(before.X87.Registers[6].SignExponent, machine.State->X87.Registers[6].SignExponent);
        Assert.Equal(before.X87.InstructionPointer, machine.State->X87.InstructionPointer);
        Assert.Equal(0x1f80u, machine.State->Mxcsr);
        Assert.Equal(15, machine.Xmm(15).GetElement(0));
    }

    [Fact]
    public void Fxrstor_ReservedMxcsrBit_FaultsAndChangesNothing()
    {
        using var machine = new VectorMachine();
        Fill(machine);
        Assert.Null(machine.Execute(Fxsave64));
        machine.Memory[26] = 1;
        machine.State->X87.ControlWord = 0x340;
        Assert.Equal(Vector.GeneralProtection, machine.Execute(Fxrstor64));
        Assert.Equal(0x340, machine.State->X87.ControlWord);
    }

    [Fact]
    public void Fxsave_InRealMode_SavesEightRegistersAndSelectors()
    {
        using var machine = new VectorMachine();
        Fill(machine);
        machine.State->X87.InstructionSelector = 0x4321;
        machine.EnterRealMode();
        machine.Memory.Fill(0xee);
        Assert.Null(machine.Execute(0x0f, 0xae, 0x07 & 0xc7));
        var image = machine.Memory;
        Assert.Equal(0x3344_5566u, BinaryPrimitives.ReadUInt32LittleEndian(image[8..]));
        Assert.Equal(0x4321, BinaryPrimitives.ReadUInt16LittleEndian(image[12..]));
        Assert.Equal(7, image[160 + (7 * 16)]);
        Assert.Equal(0xee, image[160 + (8 * 16)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Xrstor_OfXsave_RestoresEverything(bool compacted)
    {
        using var machine = new VectorMachine();
        Fill(machine);
        Request(machine, 7);
        machine.Memory[..1024].Clear();
        Assert.Null(machine.Execute(compacted ? Xsavec64 : Xsave64));
        Assert.Equal(7ul, BinaryPrimitives.ReadUInt64LittleEndian(machine.Memory[512..]));
        Assert.Equal(compacted ? 0x8000_0000_0000_0007 : 0, BinaryPrimitives.ReadUInt64LittleEndian(machine.Memory[520..]));
        Assert.Equal(0xa3, machine.Memory[576 + (3 * 16)]);
        var before = *machine.State;
        machine.State->X87 = default;
        machine.State->Vectors = default;
        Assert.Null(machine.Execute(Xrstor64));
        Assert.True(MemoryMarshal.AsBytes(new ReadOnlySpan<VectorRegisters>(in before.Vectors))
            .SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<VectorRegisters>(in machine.State->Vectors))));
        Assert.Equal(before.X87.Registers[6].Significand, machine.State->X87.Registers[6].Significand);
    }

    [Fact]
    public void Xrstor_ComponentAbsent_IsInitialized()
    {
        using var machine = new VectorMachine();
        Fill(machine);
        Request(machine, 7);
        machine.Memory[..1024].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(machine.Memory[24..], 0x1fa0);
        Assert.Null(machine.Execute(Xrstor64));
        Assert.Equal(0x37f, machine.State->X87.ControlWord);
        Assert.Equal(0xffff, machine.State->X87.TagWord);
        Assert.Equal(Vector256<byte>.Zero, machine.Ymm(3));

        // The standard format loads MXCSR whatever XSTATE_BV says.
        Assert.Equal(0x1fa0u, machine.State->Mxcsr);
        Assert.Null(machine.Execute(Xsaveopt64));
        Assert.Equal(2ul, BinaryPrimitives.ReadUInt64LittleEndian(machine.Memory[512..]));
    }

    [Fact]
    public void Xsave_OfSomeComponents_KeepsTheBitsOfTheOthers()
    {
        using var machine = new VectorMachine();
        Fill(machine);
        machine.Memory[..1024].Fill(0xee);
        machine.Memory[512..576].Clear();
        machine.Memory[512] = 7;
        Request(machine, 4);
        machine.SetYmm(3, Vector256<byte>.Zero);
        for (var i = 0; i < 16; i++)
        {
            machine.SetYmm(i, Vector256<byte>.Zero);
        }

        Assert.Null(machine.Execute(Xsave64));
        Assert.Equal(3ul, BinaryPrimitives.ReadUInt64LittleEndian(machine.Memory[512..]));
        Assert.Equal(0xee, machine.Memory[0]);
        Assert.Equal(0x80, machine.Memory[24]);
        Assert.Equal(0, machine.Memory[576]);
    }

    [Theory]
    [InlineData(512, 8, Vector.GeneralProtection)] // a component that XCR0 does not enable
    [InlineData(520, 1, Vector.GeneralProtection)] // XCOMP_BV without bit 63
    [InlineData(528, 1, Vector.GeneralProtection)] // reserved
    [InlineData(536, 1, null)] // ignored in the standard format
    [InlineData(26, 1, Vector.GeneralProtection)] // MXCSR
    public void Xrstor_Header_IsChecked(int offset, byte value, Vector? expected)
    {
        using var machine = new VectorMachine();
        Request(machine, 7);
        machine.Memory[..1024].Clear();
        machine.Memory[offset] = value;
        Assert.Equal(expected, machine.Execute(Xrstor64));
    }

    [Fact]
    public void Xsave_Misaligned_IsProtectionFault()
    {
        using var machine = new VectorMachine();
        Request(machine, 7);
        machine.State->Rbx += 16;
        Assert.Equal(Vector.GeneralProtection, machine.Execute(Xsave64));
    }

    [Theory]
    [InlineData(0, 7ul, 0, null)]
    [InlineData(0, 3ul, 0, null)]
    [InlineData(0, 1ul, 0, null)]
    [InlineData(0, 6ul, 0, Vector.GeneralProtection)]
    [InlineData(0, 5ul, 0, Vector.GeneralProtection)]
    [InlineData(0, 0x1_0000_0007ul, 0, Vector.GeneralProtection)]
    [InlineData(1, 7ul, 0, Vector.GeneralProtection)]
    [InlineData(0, 7ul, 3, Vector.GeneralProtection)]
    public void Xsetbv_WithAnIllegalValue_RaisesGeneralProtection(uint index, ulong value, int cpl, Vector? expected)
    {
        using var machine = new VectorMachine();
        machine.State->Cpl = cpl;
        machine.State->Rcx = index;
        Request(machine, value);
        Assert.Equal(expected, machine.Execute(Xsetbv));
        Assert.Equal(expected is null ? value : 7, machine.State->Xcr0);
        Assert.Equal(machine.State->Xcr0 == 7, (machine.State->Mode & CpuMode.AvxEnabled) != 0);
    }

    [Theory]
    [InlineData(0, 7ul)]
    [InlineData(1, 4ul)]
    public void Xgetbv_WithIndex0And1_ReadsXcr0AndXinuse(uint index, ulong expected)
    {
        using var machine = new VectorMachine();
        FxImage.InitializeX87(machine.State);
        machine.SetYmm(2, Vector256.Create(Vector128<byte>.Zero, Vector128<byte>.One));
        machine.State->Rcx = index;
        Assert.Null(machine.Execute(Xgetbv));
        Assert.Equal(expected, machine.State->Rax);
        Assert.Equal(0ul, machine.State->Rdx);
    }

    private static void Request(VectorMachine machine, ulong components)
    {
        machine.State->Rax = (uint)components;
        machine.State->Rdx = components >> 32;
    }

    private static void Fill(VectorMachine machine)
    {
        ref var x87 = ref machine.State->X87;
        x87.ControlWord = 0x37f;
        x87.StatusWord = 6 << 11;
        x87.TagWord = 0x0fff;
        x87.Opcode = 0x123;
        x87.InstructionPointer = 0x1122_3344_5566;
        x87.Registers[6] = new X87Register { Significand = 0x8000_0000_0000_0006, SignExponent = 0x3fff };
        for (var i = 0; i < 16; i++)
        {
            machine.SetYmm(i, Vector256.Create(Vector128.Create((byte)i), Vector128.Create((byte)(0xa0 | i))));
        }
    }
}
