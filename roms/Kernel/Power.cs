using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>Switching off and restarting, by the ports of a PC with a PIIX4 at its usual place.</summary>
internal static class Power
{
    private const ushort PM1a_CNT = 0x604;
    private const ushort SLP_EN_S5 = 0x2000; // SLP_TYP 0 is this chip's S5
    private const byte DebugExit = 0xf4;
    private const ushort ResetControl = 0xcf9;
    private const byte ResetCpu = 0x06;
    private const byte KeyboardCommand = 0x64;
    private const byte PulseReset = 0xfe;

    /// <summary>Emits both.</summary>
    public static void Emit(KernelCode code)
    {
        var a = code.Asm;
        var halt = a.CreateLabel();
        code.Function(ref code.PowerOff);
        a.mov(edx, (int)PM1a_CNT);
        a.mov(eax, (int)SLP_EN_S5);
        a.@out(dx, ax);
        code.Out(DebugExit, 0);
        a.jmp(halt);

        code.Function(ref code.Reboot);
        code.Out(ResetControl, ResetCpu);
        code.Out(KeyboardCommand, PulseReset);
        a.Label(ref halt);
        a.cli();
        a.hlt();
        a.jmp(halt);
    }
}
