using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.Sse;

/// <summary>Which mode bits make MMX, SSE and AVX instructions #UD or #NM (SDM Vol. 3A, tables 2-2 and 14-1).</summary>
public sealed unsafe class AvailabilityTests
{
    private static readonly byte[] Paddb = [0x0f, 0xfc, 0xc1];
    private static readonly byte[] PaddbXmm = [0x66, 0x0f, 0xfc, 0xc1];
    private static readonly byte[] Cvtpi2ps = [0x0f, 0x2a, 0xc1];
    private static readonly byte[] Vpaddb = [0xc5, 0xf1, 0xfc, 0xc1];
    private static readonly byte[] Ldmxcsr = [0x0f, 0xae, 0x13];
    private static readonly byte[] Fxsave = [0x0f, 0xae, 0x03];
    private static readonly byte[] Xsave = [0x0f, 0xae, 0x23];
    private static readonly byte[] Crc32 = [0xf2, 0x0f, 0x38, 0xf1, 0xc1];
    private static readonly byte[] Movnti = [0x0f, 0xc3, 0x03];

    public static TheoryData<string, byte[], ulong, ulong, Vector?> Cases
    {
        get
        {
            const ulong Sse = Cr4.OSFXSR;
            const ulong Avx = Cr4.OSFXSR | Cr4.OSXSAVE;
            return new()
            {
                { "MMX", Paddb, 0, 0, null },
                { "MMX, EM", Paddb, Cr0.EM, Sse, Vector.InvalidOpcode },
                { "MMX, TS", Paddb, Cr0.TS, Sse, Vector.DeviceNotAvailable },
                { "MMX, EM and TS", Paddb, Cr0.EM | Cr0.TS, Sse, Vector.InvalidOpcode },
                { "SSE", PaddbXmm, 0, Sse, null },
                { "SSE, no OSFXSR", PaddbXmm, 0, 0, Vector.InvalidOpcode },
                { "SSE, EM", PaddbXmm, Cr0.EM, Sse, Vector.InvalidOpcode },
                { "SSE, TS", PaddbXmm, Cr0.TS, Sse, Vector.DeviceNotAvailable },
                { "SSE, TS and no OSFXSR", PaddbXmm, Cr0.TS, 0, Vector.InvalidOpcode },
                { "MMX and SSE, no OSFXSR", Cvtpi2ps, 0, 0, Vector.InvalidOpcode },
                { "MXCSR, no OSFXSR", Ldmxcsr, 0, 0, Vector.InvalidOpcode },
                { "MXCSR, TS", Ldmxcsr, Cr0.TS, Sse, Vector.DeviceNotAvailable },
                { "AVX", Vpaddb, 0, Avx, null },
                { "AVX, EM", Vpaddb, Cr0.EM, Avx, null },
                { "AVX, no OSXSAVE", Vpaddb, 0, Sse, Vector.InvalidOpcode },
                { "AVX, TS", Vpaddb, Cr0.TS, Avx, Vector.DeviceNotAvailable },
                { "FXSAVE, EM", Fxsave, Cr0.EM, Sse, Vector.DeviceNotAvailable },
                { "FXSAVE, TS", Fxsave, Cr0.TS, Sse, Vector.DeviceNotAvailable },
                { "FXSAVE, no OSFXSR", Fxsave, 0, 0, null },
                { "XSAVE, no OSXSAVE and TS", Xsave, Cr0.TS, Sse, Vector.InvalidOpcode },
                { "XSAVE, TS", Xsave, Cr0.TS, Avx, Vector.DeviceNotAvailable },
                { "XSAVE, EM", Xsave, Cr0.EM, Avx, null },
                { "CRC32, EM and TS", Crc32, Cr0.EM | Cr0.TS, 0, null },
                { "MOVNTI, EM and TS", Movnti, Cr0.EM | Cr0.TS, 0, null },
            };
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Instruction_InMode_RaisesWhatTheManualSays(string name, byte[] code, ulong cr0, ulong cr4, Vector? expected)
    {
        using var machine = new VectorMachine();
        machine.SetControl(Cr0.ET | Cr0.PE | Cr0.NE | cr0, cr4);
        Assert.True(expected == machine.Execute(code), name);
    }

    [Fact]
    public void Avx_WithoutAvxInXcr0_IsUndefined()
    {
        using var machine = new VectorMachine();
        machine.State->Xcr0 = 3;
        ModeTracker.Update(machine.State);
        Assert.Equal(Vector.InvalidOpcode, machine.Execute(Vpaddb));
    }

    [Fact]
    public void Avx_InRealMode_IsUndefined()
    {
        using var machine = new VectorMachine();
        machine.EnterRealMode();
        Assert.Null(machine.Execute(PaddbXmm));
        Assert.Equal(Vector.InvalidOpcode, machine.Execute(Vpaddb));
    }

    [Fact]
    public void Mmx_WithPendingX87Error_RaisesItFirst()
    {
        using var machine = new VectorMachine();
        machine.State->X87.ControlWord = 0x37e;
        machine.State->X87.StatusWord = 0x8081;
        Assert.Equal(Vector.FloatingPoint, machine.Execute(Paddb));
    }

    [Fact]
    public void Mmx_Write_OccupiesTheX87Unit()
    {
        using var machine = new VectorMachine();
        machine.State->X87.StatusWord = 5 << 11;
        machine.State->X87.TagWord = 0xffff;
        machine.State->X87.Registers[0].Significand = 0x0102;
        machine.State->X87.Registers[1].Significand = 0x0304;
        Assert.Null(machine.Execute(Paddb));
        Assert.Equal(0x0406ul, machine.State->X87.Registers[0].Significand);
        Assert.Equal(0xffff, machine.State->X87.Registers[0].SignExponent);
        Assert.Equal(0, machine.State->X87.TagWord);
        Assert.Equal(0, machine.State->X87.StatusWord);
    }
}
