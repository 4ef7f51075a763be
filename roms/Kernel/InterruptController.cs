namespace Emulator.Roms.Kernel;

/// <summary>The two 8259A: IRQ 0-15 at vectors 32-47, of which the timer's and the serial port's are let through.</summary>
internal static class InterruptController
{
    public const int FirstVector = 32;
    public const int TimerIrq = 0;
    public const int SerialIrq = 4;

    /// <summary>An IRQ 7 that went away before it was acknowledged.</summary>
    public const int SpuriousIrq = 7;

    private const byte MasterCommand = 0x20;
    private const byte MasterData = 0x21;
    private const byte SlaveCommand = 0xa0;
    private const byte SlaveData = 0xa1;

    private const byte ICW1_IC4 = 0x11; // edge-triggered, cascaded, ICW4 follows
    private const byte MasterICW3 = 1 << 2; // the slave is at input 2
    private const byte SlaveICW3 = 2;
    private const byte ICW4_8086 = 0x01;
    private const byte OCW2_EOI = 0x20; // non-specific

    /// <summary>Emits the initialisation. Falls through.</summary>
    public static void EmitStart(KernelCode code)
    {
        EmitInitialise(code, MasterCommand, MasterData, FirstVector, MasterICW3, unchecked((byte)~((1 << TimerIrq) | (1 << SerialIrq))));
        EmitInitialise(code, SlaveCommand, SlaveData, FirstVector + 8, SlaveICW3, 0xff);
    }

    /// <summary>Emits the end of an interrupt of the first chip.</summary>
    public static void EmitEndOfInterrupt(KernelCode code) => code.Out(MasterCommand, OCW2_EOI);

    private static void EmitInitialise(KernelCode code, byte command, byte data, byte vector, byte icw3, byte mask)
    {
        code.Out(command, ICW1_IC4);
        code.Out(data, vector);
        code.Out(data, icw3);
        code.Out(data, ICW4_8086);
        code.Out(data, mask);
    }
}
