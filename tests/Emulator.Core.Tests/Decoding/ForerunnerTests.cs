using Emulator.Core.Cpu;
using Emulator.Core.Tests.SystemLevel;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.Decoding;

/// <summary>
/// Instructions made from an older one by a prefix: a processor without them runs the older one (SDM Vol. 2: TZCNT, LZCNT; APM Vol. 3:
/// WBNOINVD). Linux's 32-bit kernels scan bits with the prefix on every processor.
/// </summary>
public sealed unsafe class ForerunnerTests
{
    private const uint Preset = 0x1234_5678;

    [Theory]
    [InlineData("max", 0x100u, 8u)]
    [InlineData("max", 0u, 32u)]
    [InlineData("pentium3", 0x100u, 8u)]
    [InlineData("pentium3", 0u, Preset)]
    public void RepBsf_OnModel_IsTzcntOrBsf(string model, uint source, uint result) => Assert.Equal(result, RunScan(model, source, a => a.tzcnt(eax, ebx)));

    [Theory]
    [InlineData("max", 0x100u, 23u)]
    [InlineData("max", 0u, 32u)]
    [InlineData("pentium3", 0x100u, 8u)]
    [InlineData("pentium3", 0u, Preset)]
    public void RepBsr_OnModel_IsLzcntOrBsr(string model, uint source, uint result) => Assert.Equal(result, RunScan(model, source, a => a.lzcnt(eax, ebx)));

    [Fact]
    public void RepWbinvd_WithoutWbnoinvd_Runs() => Assert.Equal(Preset, RunScan("pentium3", 0, a => a.wbnoinvd()));

    [Theory]
    [InlineData("max", -1)]
    [InlineData("kvm64", (int)Vector.InvalidOpcode)]
    public void Lahf_In64BitModeOnModel_NeedsItsCpuidBit(string model, int vector)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        machine.EnterLong(0);
        machine.Assemble(64, SystemMachine.Code, a =>
        {
            a.lahf();
            a.hlt();
        });
        machine.Run();
        Assert.Equal(ActivityState.Halted, machine.State->Activity);
        Assert.Equal(vector, machine.HandledVector);
    }

    private static uint RunScan(string model, uint source, Action<Assembler> scan)
    {
        using var machine = new SystemMachine(CpuModels.Find(model, []).Model);
        machine.EnterProtected(0);
        machine.State->Rax = Preset;
        machine.State->Rbx = source;
        machine.Assemble(32, SystemMachine.Code, a =>
        {
            scan(a);
            a.hlt();
        });
        machine.Run();
        Assert.Equal(-1, machine.HandledVector);
        return (uint)machine.State->Rax;
    }
}
