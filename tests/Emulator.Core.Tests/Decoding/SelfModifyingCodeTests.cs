using Emulator.Core.Tests.SystemLevel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Core.Tests.Decoding;

/// <summary>What code writes over code counts from the very next instruction on, wherever the bytes stand (SDM Vol. 3A, 12.6).</summary>
public sealed unsafe class SelfModifyingCodeTests
{
    private const int ImmediateOfMov = 1;
    private const ulong NearPageEnd = 0xbfe0;

    /// <summary>Where the code starts: inside a page, and so that it runs into the next one.</summary>
    public static TheoryData<ulong> Starts => [SystemMachine.Code, NearPageEnd, NearPageEnd + 9, NearPageEnd + 13];

    [Theory]
    [MemberData(nameof(Starts))]
    public void Store_IntoTheNextInstruction_IsSeenByIt(ulong start)
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.Assemble(
            64,
            start,
            a =>
            {
                var again = a.CreateLabel();
                var target = a.CreateLabel();
                a.xor(ebx, ebx);
                a.mov(ecx, 3);
                a.lea(rdi, __[target]);
                a.Label(ref again);
                a.mov(__byte_ptr[rdi + ImmediateOfMov], cl);
                a.Label(ref target);
                a.mov(eax, 0);
                a.add(ebx, eax);
                a.dec(ecx);
                a.jnz(again);
                a.hlt();
            });
        machine.State->Rip = start;

        machine.Run();

        Assert.Equal(3ul + 2 + 1, machine.State->Rbx);
    }
}
