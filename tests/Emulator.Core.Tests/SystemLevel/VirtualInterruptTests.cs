using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.SystemLevel;

/// <summary>Interrupt flag and INT n of virtual-8086 mode with and without CR4.VME, and CR4.PVI (SDM Vol. 3A, 20.2 to 20.4).</summary>
public sealed unsafe class VirtualInterruptTests
{
    private const int Code = 0x30000;
    private const int Fault = (int)Vector.GeneralProtection;

    /// <summary>IOPL, VME, code, flags before, vector that ends the test, VIF and IF after it (in the image that was pushed).</summary>
    public static TheoryData<int, bool, string, ulong, int, ulong> Flags => new()
    {
        { 3, false, "FACC", Rflags.IF, 3, 0 },
        { 3, false, "FBCC", 0, 3, Rflags.IF },
        { 0, false, "FACC", Rflags.IF, Fault, Rflags.IF },
        { 0, false, "FBCC", 0, Fault, 0 },
        { 0, true, "FACC", Rflags.IF | Rflags.VIF, 3, Rflags.IF },
        { 0, true, "FBCC", Rflags.IF, 3, Rflags.IF | Rflags.VIF },
        { 0, true, "FBCC", Rflags.IF | Rflags.VIP, Fault, Rflags.IF },
        { 3, true, "FBCC", Rflags.VIP, 3, Rflags.IF },
        { 3, true, "FACC", Rflags.IF | Rflags.VIF, 3, Rflags.VIF },

        // POPF of 0x0200 and 0x0100.
        { 0, true, "6800029DCC", 0, 3, Rflags.VIF },
        { 0, true, "6800029DCC", Rflags.VIP, Fault, 0 },
        { 0, true, "6800019DCC", 0, Fault, 0 },
        { 0, true, "6A009DCC", Rflags.IF | Rflags.VIF, 3, Rflags.IF },
        { 0, true, "666800020000669DCC", 0, Fault, 0 },
        { 0, true, "669CCC", 0, Fault, 0 },
        { 0, true, "66CFCC", 0, Fault, 0 },
        { 3, true, "6800029DCC", Rflags.VIP, 3, Rflags.IF },
        { 0, false, "9DCC", 0, Fault, 0 },
        { 0, false, "CFCC", 0, Fault, 0 },
        { 3, false, "6800029DCC", 0, 3, Rflags.IF },

        // POPF cannot change IOPL here, nor VM.
        { 3, false, "6800009DCC", Rflags.IF, 3, 0 },

        // IRET to the INT3 with 0x0200.
        { 0, true, "6800026800306A09CFCC", 0, 3, Rflags.VIF },
        { 0, true, "6800026800306A09CFCC", Rflags.VIP, Fault, 0 },
        { 3, true, "6800026800306A09CFCC", 0, 3, Rflags.IF },
    };

    [Theory]
    [MemberData(nameof(Flags))]
    public void InterruptFlag_InVirtual8086Mode_IsRealVirtualOrForbidden(int iopl, bool vme, string code, ulong flags, int vector, ulong after)
    {
        using var machine = new SystemMachine();
        Enter(machine, iopl, vme, flags);
        Put(machine, code);
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        var image = machine.Stack32(vector == Fault ? 3 : 2);
        Assert.Equal(after, image & (Rflags.IF | Rflags.VIF));
        Assert.Equal((ulong)iopl << Rflags.IoplShift, image & Rflags.IOPL);
        Assert.NotEqual(0ul, image & Rflags.VM);
    }

    /// <summary>IOPL, VME, whether the redirection bit is set, and who gets INT 0x40: the program (-1) or a vector of the monitor.</summary>
    public static TheoryData<int, bool, bool, int> Redirections => new()
    {
        { 3, false, false, 0x40 },
        { 3, false, true, 0x40 },
        { 0, false, false, Fault },
        { 0, false, true, Fault },
        { 3, true, true, 0x40 },
        { 0, true, true, Fault },
        { 3, true, false, -1 },
        { 0, true, false, -1 },
    };

    [Theory]
    [MemberData(nameof(Redirections))]
    public void SoftwareInterrupt_InVirtual8086Mode_GoesWhereTheMapSays(int iopl, bool vme, bool bit, int vector)
    {
        using var machine = new SystemMachine();
        Enter(machine, iopl, vme, Rflags.IF | Rflags.VIF);

        // The map's 32 bytes end where the I/O map begins.
        const int Map = SystemMachine.Tss + 0x88 - 32;
        machine.Ram[Map + 8] = (byte)(bit ? 1 : 0);
        machine.Write<uint>(0x40 * 4, 0x3000_0040);
        machine.Ram[Code + 0x40] = 0xcc;
        Put(machine, "CD40");
        machine.Run();
        Assert.Equal(vector < 0 ? 3 : vector, machine.HandledVector);
        if (vector >= 0)
        {
            return;
        }

        Assert.Equal(0x41u, machine.Stack32(0));
        Assert.Equal(iopl == 3 ? Rflags.VIF : Rflags.IF, machine.Stack32(2) & (Rflags.IF | Rflags.VIF));
        Assert.Equal(2, machine.Read<ushort>(0x31000 + 0xff0 - 6));
        Assert.Equal(0x3000, machine.Read<ushort>(0x31000 + 0xff0 - 4));
        Assert.Equal(0x3202ul, machine.Read<ushort>(0x31000 + 0xff0 - 2));
    }

    /// <summary>CPL, IOPL, PVI, code, flags before, vector, IF and VIF after.</summary>
    public static TheoryData<int, int, bool, string, ulong, int, ulong> Protected => new()
    {
        { 3, 0, true, "FACC", Rflags.IF | Rflags.VIF, 3, Rflags.IF },
        { 3, 0, true, "FBCC", Rflags.IF, 3, Rflags.IF | Rflags.VIF },
        { 3, 0, true, "FBCC", Rflags.IF | Rflags.VIP, Fault, Rflags.IF },
        { 3, 0, false, "FBCC", Rflags.IF, Fault, Rflags.IF },
        { 3, 3, true, "FACC", Rflags.IF | Rflags.VIF, 3, Rflags.VIF },
        { 0, 0, true, "FACC", Rflags.IF | Rflags.VIF, 3, Rflags.VIF },

        // POPF below IOPL leaves IF and says nothing.
        { 3, 0, true, "6A009DCC", Rflags.IF | Rflags.VIF, 3, Rflags.IF | Rflags.VIF },
        { 3, 0, false, "6A009DCC", Rflags.IF, 3, Rflags.IF },
        { 3, 3, false, "6A009DCC", Rflags.IF, 3, 0 },
    };

    [Theory]
    [MemberData(nameof(Protected))]
    public void InterruptFlag_InProtectedMode_IsVirtualWithPvi(
        int cpl, int iopl, bool pvi, string code, ulong flags, int vector, ulong after)
    {
        using var machine = new SystemMachine();
        machine.EnterProtected(cpl);
        machine.State->Cr4 |= pvi ? Cr4.PVI : 0;
        machine.State->SystemFlags = flags | ((ulong)iopl << Rflags.IoplShift);
        Convert.FromHexString(code).CopyTo(new Span<byte>(machine.Ram + SystemMachine.Code, 16));
        machine.Run();
        Assert.Equal(vector, machine.HandledVector);
        Assert.Equal(after, machine.Stack32(vector == Fault ? 3 : 2) & (Rflags.IF | Rflags.VIF));
    }

    private static void Enter(SystemMachine machine, int iopl, bool vme, ulong flags)
    {
        machine.EnterProtected(0);
        var s = machine.State;
        s->Cr4 |= vme ? Cr4.VME : 0;
        s->SystemFlags = Rflags.VM | flags | ((ulong)iopl << Rflags.IoplShift);
        s->Cpl = 3;
        SegmentLoader.LoadVirtual8086(&s->Cs, Code >> 4);
        SegmentLoader.LoadVirtual8086(&s->Ss, 0x3100);
        s->Rip = 0;
        s->Rsp = 0xff0;
        ModeTracker.Update(s);
    }

    private static void Put(SystemMachine machine, string code)
    {
        var bytes = Convert.FromHexString(code);
        bytes.CopyTo(new Span<byte>(machine.Ram + Code, bytes.Length));
    }
}
