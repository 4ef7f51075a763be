using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>An exception while another is delivered (SDM Vol. 3A, tables 6-4 and 6-5).</summary>
public sealed unsafe class DoubleFaultTests
{
    private const int Unmapped = 0x0080_0000;
    private const int DoubleFault = (int)Vector.DoubleFault;

    /// <summary>What happens when the first exception's gate is used.</summary>
    public enum Second
    {
        SegmentNotPresent,
        GeneralProtection,
        PageFault,
    }

    /// <summary>The first exception, what its delivery meets, and the vector that is delivered in the end.</summary>
    public static TheoryData<Vector, Second, int> Pairs => new()
    {
        { Vector.InvalidOpcode, Second.SegmentNotPresent, (int)Vector.SegmentNotPresent },
        { Vector.InvalidOpcode, Second.GeneralProtection, (int)Vector.GeneralProtection },
        { Vector.InvalidOpcode, Second.PageFault, (int)Vector.PageFault },
        { Vector.Breakpoint, Second.SegmentNotPresent, (int)Vector.SegmentNotPresent },
        { Vector.Breakpoint, Second.PageFault, (int)Vector.PageFault },
        { Vector.DeviceNotAvailable, Second.GeneralProtection, (int)Vector.GeneralProtection },
        { Vector.DeviceNotAvailable, Second.PageFault, (int)Vector.PageFault },
        { Vector.AlignmentCheck, Second.GeneralProtection, (int)Vector.GeneralProtection },
        { Vector.DivideError, Second.SegmentNotPresent, DoubleFault },
        { Vector.DivideError, Second.GeneralProtection, DoubleFault },
        { Vector.DivideError, Second.PageFault, (int)Vector.PageFault },
        { Vector.SegmentNotPresent, Second.GeneralProtection, DoubleFault },
        { Vector.SegmentNotPresent, Second.PageFault, (int)Vector.PageFault },
        { Vector.StackFault, Second.SegmentNotPresent, DoubleFault },
        { Vector.StackFault, Second.PageFault, (int)Vector.PageFault },
        { Vector.GeneralProtection, Second.SegmentNotPresent, DoubleFault },
        { Vector.GeneralProtection, Second.PageFault, (int)Vector.PageFault },
        { Vector.PageFault, Second.SegmentNotPresent, DoubleFault },
        { Vector.PageFault, Second.GeneralProtection, DoubleFault },
        { Vector.PageFault, Second.PageFault, DoubleFault },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Exception_WhileAnotherIsDelivered_EscalatesByClass(Vector first, Second second, int delivered)
    {
        using var machine = new SystemMachine();
        Prepare(machine, first);
        Spoil(machine, (int)first, second);
        machine.Run();
        Assert.Equal(delivered, machine.HandledVector);
        if (delivered == DoubleFault)
        {
            Assert.Equal(0ul, machine.Stack64(0));
        }
        else if (second != Second.PageFault)
        {
            // The first exception came from the program, the second from its delivery: EXT unless INT n caused the first.
            var external = first == Vector.Breakpoint ? 0ul : 1;
            var selector = second == Second.SegmentNotPresent ? (ulong)(((int)first * 8) | 2) : 0x1f8;
            Assert.Equal(selector | external, machine.Stack64(0));
        }
        else
        {
            Assert.Equal(Unmapped + 0xf8ul, machine.State->Cr2);
            Assert.Equal(2ul, machine.Stack64(0));
        }
    }

    [Theory]
    [InlineData(Second.SegmentNotPresent)]
    [InlineData(Second.GeneralProtection)]
    public void Exception_WhileADoubleFaultIsDelivered_ShutsDown(Second third)
    {
        using var machine = new SystemMachine();
        Prepare(machine, Vector.GeneralProtection);
        Spoil(machine, (int)Vector.GeneralProtection, Second.SegmentNotPresent);
        Spoil(machine, DoubleFault, third);
        machine.Run();
        Assert.Equal(ActivityState.Shutdown, machine.State->Activity);
        Assert.NotNull(machine.ResetCause);
    }

    [Fact]
    public void PageFault_WhileTheFrameIsPushed_ReportsTheStackAndTheSecondInstruction()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(3);
        machine.Write<ulong>(SystemMachine.Tss + 4, Unmapped + 0x1000);
        machine.SetGate64((int)Vector.PageFault, SystemMachine.Code64, SystemMachine.Handlers + (14 * 16), 14, 3, 1);
        Code(machine, "0F0B");
        machine.Run();
        Assert.Equal((int)Vector.PageFault, machine.HandledVector);
        Assert.Equal(Unmapped + 0xff8ul, machine.State->Cr2);
        Assert.Equal(2ul, machine.Stack64(0));
        Assert.Equal((ulong)SystemMachine.Code, machine.Stack64(1));
        Assert.Equal((ulong)SystemMachine.UserCode64, machine.Stack64(2));
        Assert.Equal((ulong)SystemMachine.UserStack, machine.Stack64(4));
    }

    [Fact]
    public void SoftwareInterrupt_BeyondTheTable_HasNoExt()
    {
        using var machine = new SystemMachine();
        machine.EnterLong(0);
        machine.State->Idtr.Limit = (0x20 * 16) - 1;
        Code(machine, "CD40");
        machine.Run();
        Assert.Equal((int)Vector.GeneralProtection, machine.HandledVector);
        Assert.Equal((0x40ul * 8) | 2, machine.Stack64(0));
        Assert.Equal((ulong)SystemMachine.Code, machine.Stack64(1));
    }

    private static void Prepare(SystemMachine machine, Vector first)
    {
        var s = machine.State;
        machine.EnterLong(first == Vector.AlignmentCheck ? 3 : 0);
        s->Rax = 0;
        switch (first)
        {
            case Vector.InvalidOpcode: Code(machine, "0F0B"); break;
            case Vector.Breakpoint: Code(machine, "CC"); break;
            case Vector.DivideError: Code(machine, "48F7F0"); break;
            case Vector.DeviceNotAvailable:
                s->Cr0 |= Cr0.TS;
                Code(machine, "D9E8");
                break;
            case Vector.AlignmentCheck:
                s->Cr0 |= Cr0.AM;
                s->SystemFlags |= Rflags.AC;
                s->Rax = SystemMachine.UserStack + 1;
                Code(machine, "488B00");
                break;
            case Vector.SegmentNotPresent:
                s->Rax = SystemMachine.Absent;
                Code(machine, "8ED8");
                break;
            case Vector.StackFault:
                s->Rbp = 0x8000_0000_0000_0000;
                Code(machine, "488B4500");
                break;
            case Vector.GeneralProtection:
                s->Rax = 0x8000_0000_0000_0000;
                Code(machine, "488B00");
                break;
            default:
                s->Rax = Unmapped;
                Code(machine, "488B00");
                break;
        }

        ModeTracker.Update(s);
    }

    // The gate of a vector is absent, or leads to a selector beyond the table, or switches to a stack that is not mapped.
    private static void Spoil(SystemMachine machine, int vector, Second second)
    {
        switch (second)
        {
            case Second.SegmentNotPresent:
                machine.Ram[SystemMachine.Idt + (vector * 16) + 5] &= 0x7f;
                break;
            case Second.GeneralProtection:
                machine.SetGate64(vector, 0x1f8, 0, 14, 3);
                break;
            default:
                machine.Write<ulong>(SystemMachine.Tss + 0x2c, Unmapped + 0x100);
                machine.SetGate64(vector, SystemMachine.Code64, SystemMachine.Handlers + ((ulong)vector * 16), 14, 3, 2);
                break;
        }
    }

    private static void Code(SystemMachine machine, string code)
    {
        var bytes = Convert.FromHexString(code + "F4");
        bytes.CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, bytes.Length));
    }
}
