using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>The same bytes on different CPU models.</summary>
public sealed unsafe class DecodingByModelTests
{
    private const int InvalidOpcode = (int)Vector.InvalidOpcode;
    private const int GeneralProtection = (int)Vector.GeneralProtection;

    /// <summary>Model, bits of the code, bytes, and the vector; -1 where the instruction runs to the HLT behind it.</summary>
    public static TheoryData<string, int, string, int> Cases => new()
    {
        // The hint space: NOPs since the P6, whatever is announced.
        { "max", 64, "F30F1EFA", -1 },
        { "max", 64, "F30F1EC8", -1 },
        { "max", 64, "F3480F1EC8", -1 },
        { "max", 64, "0F1C00", -1 },
        { "max", 64, "0F1CC0", -1 },
        { "max", 64, "0F1AC0", -1 },
        { "max", 64, "660F1A00", -1 },
        { "max", 64, "F20F1B00", -1 },
        { "max", 64, "0F1DC0", -1 },
        { "max", 64, "0F1800", -1 },
        { "max", 64, "0F1838", -1 },
        { "max", 64, "0F18C0", -1 },
        { "max", 64, "0F1FC0", -1 },
        { "max", 64, "0F0D08", -1 },
        { "max", 64, "0F0D10", -1 },
        { "max", 64, "0F0D38", -1 },
        { "qemu64", 64, "0F0D08", -1 },
        { "pentium3", 32, "0F1800", -1 },
        { "pentium3", 32, "0F1F00", -1 },
        { "pentium3", 32, "0F0D08", InvalidOpcode },
        { "pentium2", 32, "0F1800", -1 },
        { "pentium", 32, "0F1800", InvalidOpcode },
        { "pentium", 32, "0F1FC0", InvalidOpcode },
        { "486", 32, "F390", -1 },
        { "max", 64, "F30FAEE8", InvalidOpcode },
        { "max", 64, "0F38F600", InvalidOpcode },

        // Instructions that the model lacks.
        { "486", 32, "0F31", InvalidOpcode },
        { "486", 32, "0FC708", InvalidOpcode },
        { "486", 32, "0FA2", -1 },
        { "pentium", 32, "0F44C0", InvalidOpcode },
        { "pentium2", 32, "0F57C0", InvalidOpcode },
        { "pentium", 32, "0F34", InvalidOpcode },
        { "qemu64", 64, "F30FB8C0", InvalidOpcode },
        { "Haswell", 64, "0F01C8", InvalidOpcode },
        { "Nehalem", 64, "0F01D0", InvalidOpcode },
        { "Haswell", 64, "0F01CA", InvalidOpcode },
        { "Haswell", 64, "0FC7F8", InvalidOpcode },

        // LOCK is for what writes memory.
        { "max", 64, "F001C0", InvalidOpcode },
        { "max", 64, "F0480300", InvalidOpcode },
        { "max", 64, "F0A4", InvalidOpcode },
        { "max", 64, "F090", InvalidOpcode },
        { "max", 64, "F0803800", InvalidOpcode },
        { "max", 64, "F0C70000000000", InvalidOpcode },
        { "max", 64, "F00FBAE000", InvalidOpcode },
        { "max", 64, "F0FF20", InvalidOpcode },
        { "Haswell", 64, "F00F20C0", InvalidOpcode },

        // Fifteen bytes at most.
        { "max", 64, "262626262626262626262626262690", -1 },
        { "max", 64, "26262626262626262626262626262690", GeneralProtection },

        // Reserved encodings, and those that 64-bit mode has given up.
        { "max", 64, "0F0B", InvalidOpcode },
        { "max", 64, "0FB9C0", InvalidOpcode },
        { "max", 64, "0FFF00", InvalidOpcode },
        { "max", 64, "06", InvalidOpcode },
        { "max", 64, "37", InvalidOpcode },
        { "max", 64, "60", InvalidOpcode },
        { "max", 64, "82C000", InvalidOpcode },
        { "max", 64, "9A000000000800", InvalidOpcode },
        { "max", 64, "CE", InvalidOpcode },
        { "max", 64, "D6", InvalidOpcode },
        { "max", 64, "F1", 1 },
        { "max", 32, "C5F1", InvalidOpcode },
        { "max", 64, "8EC8", InvalidOpcode },
        { "max", 64, "8EF0", InvalidOpcode },
        { "max", 64, "8CF0", InvalidOpcode },
        { "max", 64, "0F20C8", InvalidOpcode },
        { "max", 64, "440F20C8", InvalidOpcode },
        { "max", 64, "440F21C0", InvalidOpcode },
        { "max", 64, "8DC0", InvalidOpcode },
        { "max", 64, "0FC7C8", InvalidOpcode },
        { "max", 64, "0F01F8", -1 },
        { "max", 32, "0F01F8", InvalidOpcode },
        { "max", 64, "0FAEC0", InvalidOpcode },
        { "max", 64, "FEF8", InvalidOpcode },
        { "max", 64, "FFF8", InvalidOpcode },
        { "max", 64, "8FC8", InvalidOpcode },
        { "max", 64, "C6F800", InvalidOpcode },
        { "max", 64, "C7F800000000", InvalidOpcode },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Opcode_OnAModel_RunsOrFaults(string model, int bits, string code, int vector)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        Enter(machine, bits);
        Put(machine, code);
        machine.Run();
        Assert.Equal(ActivityState.Halted, machine.State->Activity);
        Assert.Equal(vector, machine.HandledVector);
    }

    [Theory]
    [InlineData("max", "F3480FBDC1", 63ul - 4)]
    [InlineData("Nehalem", "F3480FBDC1", 4ul)]
    [InlineData("max", "F3480FBCC1", 4ul)]
    [InlineData("Nehalem", "F3480FBCC1", 4ul)]
    public void BitScan_WithRepPrefix_CountsOnlyWhereAnnounced(string model, string code, ulong result)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        machine.EnterLong(0);
        machine.State->Rcx = 0x10;
        Put(machine, code);
        machine.Run();
        Assert.Equal(result, machine.State->Rax);
    }

    [Theory]
    [InlineData("Nehalem", true)]
    [InlineData("max", false)]
    public void TrailingZeroCount_OfZero_LeavesTheDestinationWhereItIsBitScan(string model, bool leaves)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        machine.EnterLong(0);
        machine.State->Rax = 0x1234;
        Put(machine, "F3480FBCC1");
        machine.Run();
        Assert.Equal(leaves ? 0x1234ul : 64, machine.State->Rax);
    }

    [Fact]
    public void LockMovCr0_OnAmdOutside64BitMode_IsCr8()
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(0);
        machine.State->Rax = 0x55;
        Put(machine, "F00F20C0");
        machine.Run();
        Assert.Equal(-1, machine.HandledVector);
        Assert.Equal(0u, (uint)machine.State->Rax);
    }

    [Theory]
    [InlineData("max", 0xc034ul)]
    [InlineData("Haswell", 0x5_c034ul)]
    public void NearJump_WithOperandSizePrefixIn64BitMode_IsCutOnAmd(string model, ulong target)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        machine.EnterLong(0);
        var code = 0x5_a000ul;
        machine.State->Rip = code;
        machine.Ram[0xc034] = machine.Ram[0x5_c034] = 0xf4;
        var bytes = model == "max" ? "66E93020" : "66E92E200000";
        Convert.FromHexString(bytes).CopyTo(new Span<byte>(machine.Ram + code, 8));
        machine.Run();
        Assert.Equal(target + 1, machine.State->Rip);
    }

    private static void Enter(SystemMachine machine, int bits)
    {
        if (bits == 64)
        {
            machine.EnterLong(0);
            machine.State->Cr4 |= Cr4.OSFXSR;
        }
        else
        {
            machine.EnterProtected(0);
        }

        machine.State->Rax = machine.State->Rsi = machine.State->Rdi = 0x40000;
        ModeTracker.Update(machine.State);
    }

    private static void Put(SystemMachine machine, string code)
    {
        var bytes = Convert.FromHexString(code + "F4");
        bytes.CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, bytes.Length));
    }
}
