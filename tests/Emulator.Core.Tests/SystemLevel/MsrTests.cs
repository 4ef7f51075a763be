using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>What WRMSR takes and what it refuses with #GP(0) (SDM Vol. 3A, 11.11 and 11.12; Vol. 4; 5-level paging white paper, 3.1).</summary>
public sealed unsafe class MsrTests
{
    private const ulong NonCanonical48 = 0x0000_8000_0000_0000;
    private const ulong NonCanonical57 = 0x0100_0000_0000_0000;

    /// <summary>Index, value, and whether the write is allowed.</summary>
    public static TheoryData<uint, ulong, bool> Cases
    {
        get
        {
            var cases = new TheoryData<uint, ulong, bool>
            {
                { Msr.Pat, 0x0007_0406_0007_0406, true },
                { Msr.Pat, 0x0007_0406_0007_0402, false },
                { Msr.Pat, 0x0307_0406_0007_0406, false },
                { Msr.Pat, 0x0007_0406_0007_0408, false },
                { Msr.Pat, 0x0107_0506_0107_0504, true },
                { Msr.MtrrDefType, 0xc06, true },
                { Msr.MtrrDefType, 0xc02, false },
                { Msr.MtrrDefType, 0x1c06, false },
                { Msr.MtrrDefType, 0x100, false },
                { Msr.MtrrCap, 0x508, false },
                { Msr.MtrrPhysBase0, 0xe000_0006, true },
                { Msr.MtrrPhysBase0, 0xe000_0003, false },
                { Msr.MtrrPhysBase0, 0xe000_0106, false },
                { Msr.MtrrPhysBase0, 1ul << 40, false },
                { Msr.MtrrPhysBase0 + 1, 0xf0_0000_0800, true },
                { Msr.MtrrPhysBase0 + 1, 0xf0_0000_0001, false },
                { Msr.MtrrFix64K, 0x0606_0606_0606_0606, true },
                { Msr.MtrrFix64K, 0x0606_0606_0606_0706, false },
                { Msr.MtrrFix4KLast, 0x0101_0404_0505_0000, true },
                { Msr.McBank0 + 1, 1, false },
                { Msr.McBank0 + 1, 0, true },
                { Msr.McBank0, ulong.MaxValue, true },
                { Msr.McgCap, 0, false },
                { Msr.SysenterCs, 0x10, true },
                { Msr.TscAux, 0x1234, true },
                { Msr.TscAux, 1ul << 32, false },
                { Msr.Star, ulong.MaxValue, true },
                { 0x1234_5678, 0, false },
            };
            foreach (var index in new[]
            {
                Msr.LStar, Msr.CStar, Msr.FsBase, Msr.GsBase, Msr.KernelGsBase, Msr.SysenterEsp, Msr.SysenterEip,
            })
            {
                cases.Add(index, 0xffff_8000_0000_0000, true);
                cases.Add(index, NonCanonical48, true);
                cases.Add(index, NonCanonical57, false);
                cases.Add(index, 0x7fff_ffff_ffff, true);
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Write_OfAValue_IsTakenOrRefused(uint index, ulong value, bool allowed)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        Write(machine, index, value);
        Assert.Equal(allowed ? -1 : 13, machine.HandledVector);
        if (allowed)
        {
            Assert.True(ModelSpecificRegisters.TryRead(machine.State, index, out var read));
            Assert.Equal(value, read);
        }
    }

    [Theory]
    [InlineData(Msr.LStar)]
    [InlineData(Msr.GsBase)]
    [InlineData(Msr.SysenterEip)]
    public void Base_OnAModelWithoutLa57_HasFortyEightBits(uint index)
    {
        using var machine = new SystemMachine(CpuModels.Find("max", [("la57", false)]).Model);
        machine.EnterLong(0);
        Write(machine, index, NonCanonical48);
        Assert.Equal(13, machine.HandledVector);
    }

    [Theory]
    [InlineData("-tsc-adjust", Msr.TscAdjust)]
    [InlineData("-sep", Msr.SysenterCs)]
    [InlineData("-mtrr", Msr.MtrrCap)]
    [InlineData("-pat", Msr.Pat)]
    [InlineData("-mca", Msr.McgCap)]
    public void Register_WithoutItsFeature_DoesNotExist(string feature, uint index)
    {
        using var machine = new SystemMachine(CpuModels.Find("max", [(feature[1..], false)]).Model);
        machine.EnterLong(0);
        machine.State->Rcx = index;
        machine.Assemble(64, SystemMachine.Code, a => a.rdmsr());
        machine.Run();
        Assert.Equal(13, machine.HandledVector);
    }

    [Fact]
    public void Tsc_WrittenOrAdjusted_MovesBoth()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.Clock.Set(1000);
        Write(machine, Msr.Tsc, 50_000);
        Assert.True(ModelSpecificRegisters.TryRead(machine.State, Msr.TscAdjust, out var adjust));
        Assert.Equal(49_000ul, adjust);
        Assert.True(ModelSpecificRegisters.TryWrite(machine.State, Msr.TscAdjust, 10));
        Assert.Equal(1010ul, machine.Processor.ReadTsc());
        Assert.Equal(10, machine.Processor.TimestampOffset);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, false)]
    public void Rdtsc_WithTsd_IsForLevelZero(int cpl, bool allowed)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(cpl);
        machine.State->Cr4 |= Cr4.TSD;
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.rdtsc();
            a.ud2();
        });
        machine.Run();
        Assert.Equal(allowed ? 6 : 13, machine.HandledVector);
    }

    private static void Write(SystemMachine machine, uint index, ulong value)
    {
        machine.State->Rcx = index;
        machine.State->Rax = (uint)value;
        machine.State->Rdx = value >> 32;
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.wrmsr();
            a.hlt();
        });
        machine.Run();
    }
}
