using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>The handlers that the IDT names: two interrupts, and the exceptions (in <see cref="Exceptions"/>).</summary>
internal static class Interrupts
{
    /// <summary>Emits them.</summary>
    public static void Emit(KernelCode code)
    {
        EmitInterrupt(code, InterruptController.TimerIrq, () => Timer.EmitInterrupt(code));
        EmitInterrupt(code, InterruptController.SerialIrq, () => code.Call(ref code.ReceiveCharacters));
        EmitSpurious(code);
        Exceptions.Emit(code);
    }

    /// <summary>
    /// Saves what a call may clobber, does the work, and lets the scheduler choose who goes on. The interrupted task comes back from
    /// <see cref="KernelCode.Schedule"/> when it is chosen again.
    /// </summary>
    private static void EmitInterrupt(KernelCode code, int irq, Action emitWork)
    {
        var a = code.Asm;
        code.Function(ref code.Vectors[InterruptController.FirstVector + irq]);
        a.push(rax);
        a.push(rcx);
        a.push(rdx);
        a.push(rsi);
        a.push(rdi);
        a.push(r8);
        a.push(r9);
        a.push(r10);
        a.push(r11);
        a.cld();
        emitWork();
        InterruptController.EmitEndOfInterrupt(code);
        code.Call(ref code.Schedule);
        a.pop(r11);
        a.pop(r10);
        a.pop(r9);
        a.pop(r8);
        a.pop(rdi);
        a.pop(rsi);
        a.pop(rdx);
        a.pop(rcx);
        a.pop(rax);
        a.iretq();
    }

    /// <summary>It is not in service, so it gets no end of interrupt.</summary>
    private static void EmitSpurious(KernelCode code)
    {
        code.Function(ref code.Vectors[InterruptController.FirstVector + InterruptController.SpuriousIrq]);
        code.Asm.iretq();
    }
}
