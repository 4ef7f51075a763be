using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>Channel 0 of the 8254: a hundred interrupts a second, each of which wakes sleepers and ends the running task's turn.</summary>
internal static class Timer
{
    /// <summary>Interrupts a second.</summary>
    public const int Frequency = 100;

    private const int InputFrequency = 1193182;
    private const int Divisor = (InputFrequency + (Frequency / 2)) / Frequency;
    private const byte Channel0 = 0x40;
    private const byte Control = 0x43;
    private const byte Channel0LowHighMode2 = 0x34;

    /// <summary>Emits the initialisation. Falls through.</summary>
    public static void EmitStart(KernelCode code)
    {
        code.Out(Control, Channel0LowHighMode2);
        code.Out(Channel0, Divisor & 0xff);
        code.Out(Channel0, Divisor >> 8);
    }

    /// <summary>Emits the interrupt's work. Falls through.</summary>
    public static void EmitInterrupt(KernelCode code)
    {
        var a = code.Asm;
        a.inc(__qword_ptr[Variables.Ticks]);
        a.mov(rax, __qword_ptr[Variables.CurrentTask]);
        a.inc(__qword_ptr[rax + TaskRecord.Ticks]);
        a.mov(edi, TaskState.Sleeping);
        a.mov(rsi, __qword_ptr[Variables.Ticks]);
        code.Call(ref code.WakeTasks);
    }
}
