using Emulator.Core.Cpu;
using Emulator.Core.Tests.SystemLevel;

namespace Emulator.Core.Tests.Decoding;

/// <summary>Encodings that older processors execute as something else (SDM Vol. 2: TZCNT, LZCNT, WBNOINVD, LAHF, CLDEMOTE, ENDBR64, PREFETCHW).</summary>
public sealed unsafe class OlderModelTests
{
    [Theory]
    [InlineData("Nehalem", new byte[] { 0xf3, 0x48, 0x0f, 0xbc, 0xc1 }, 4)] // TZCNT is BSF
    [InlineData("Nehalem", new byte[] { 0xf3, 0x48, 0x0f, 0xbd, 0xc1 }, 12)] // LZCNT is BSR
    [InlineData("max", new byte[] { 0xf3, 0x48, 0x0f, 0xbd, 0xc1 }, 51)]
    [InlineData("Nehalem", new byte[] { 0xf3, 0x0f, 0x1e, 0xfa }, 7)] // ENDBR64
    [InlineData("Nehalem", new byte[] { 0x0f, 0x1c, 0x01 }, 7)] // CLDEMOTE
    [InlineData("Nehalem", new byte[] { 0x0f, 0x0d, 0x09 }, 7)] // PREFETCHW
    [InlineData("Nehalem", new byte[] { 0xf3, 0x0f, 0x09 }, 7)] // WBNOINVD is WBINVD
    public void Encoding_OnModel_ExecutesAsThere(string model, byte[] code, ulong rax)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        machine.EnterLong(cpl: 0);
        machine.State->Rax = 7;
        machine.State->Rcx = 0x1010;
        code.CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, code.Length));
        machine.Run(1);
        Assert.Equal(SystemMachine.Code + (ulong)code.Length, machine.State->Rip);
        Assert.Equal(rax, machine.State->Rax);
        Assert.Empty(machine.Unsupported);
    }

    [Theory]
    [InlineData("+lahf-lm", -1)]
    [InlineData("-lahf-lm", 6)]
    public void Lahf_In64BitMode_NeedsItsFeature(string feature, int vector)
    {
        using var machine = new SystemMachine(CpuModels.Find("Nehalem", [(feature[1..], feature[0] == '+')]).Model);
        machine.EnterLong(cpl: 0);
        machine.Ram[SystemMachine.Code] = 0x9f;
        machine.Run(2);
        Assert.Equal(vector, machine.HandledVector);
    }
}
