using Emulator.Core.Cpu;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>NMIs are blocked from the delivery of one until the next IRET, which lets them in even if it faults (SDM Vol. 3A, 6.7.1).</summary>
public sealed unsafe class NmiReturnTests : IDisposable
{
    private const int Handler = 0xc000;

    private readonly SystemMachine _machine = new();

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void Nmi_DuringItsHandler_WaitsForIret()
    {
        Prepare(a =>
        {
            a.inc(ebx);
            a.nop();
            a.nop();
            a.iretd();
        });
        _machine.Processor.RaiseNmi();
        _machine.Run(2);
        Assert.True(_machine.Processor.NmiBlocked);
        _machine.Processor.RaiseNmi();
        _machine.Run(2);
        Assert.Equal(1ul, _machine.State->Rbx);
        _machine.Run(3);
        Assert.Equal(2ul, _machine.State->Rbx);
    }

    [Fact]
    public void Iret_ThatFaults_LetsNmisInAgain()
    {
        Prepare(a =>
        {
            a.mov(__dword_ptr[esp + 4], 0);
            a.iretd();
        });
        _machine.Processor.RaiseNmi();
        _machine.Run();
        Assert.Equal((int)Vector.GeneralProtection, _machine.HandledVector);
        Assert.False(_machine.Processor.NmiBlocked);

        // The next one is delivered in the fault's handler.
        _machine.SetGate((int)Vector.Nmi, SystemMachine.GateTo(SystemMachine.Code32, SystemMachine.Handlers + (2 * 16), 14, 3));
        _machine.Processor.RaiseNmi();
        _machine.Run();
        Assert.Equal(2, _machine.HandledVector);
        Assert.True(_machine.Processor.NmiBlocked);
    }

    private void Prepare(Action<Iced.Intel.Assembler> handler)
    {
        _machine.EnterProtected(0);
        _machine.SetGate((int)Vector.Nmi, SystemMachine.GateTo(SystemMachine.Code32, Handler, 14, 3));
        _machine.Assemble(32, Handler, handler);
        _machine.Assemble(32, SystemMachine.Code, a =>
        {
            for (var i = 0; i < 64; i++)
            {
                a.nop();
            }

            a.hlt();
        });
    }
}
