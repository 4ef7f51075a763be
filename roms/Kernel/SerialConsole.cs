using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>The 16550 at COM1: output by polling, input by interrupt into a ring buffer.</summary>
internal static class SerialConsole
{
    private const ushort Port = 0x3f8;
    private const ushort Data = Port;
    private const ushort InterruptEnable = Port + 1;
    private const ushort FifoControl = Port + 2;
    private const ushort LineControl = Port + 3;
    private const ushort ModemControl = Port + 4;
    private const ushort LineStatus = Port + 5;

    private const byte LCR_DLAB = 0x80;
    private const byte LCR_8N1 = 0x03;
    private const byte DivisorFor115200 = 1;
    private const byte FCR_EnableAndClear = 0x07;
    private const byte MCR_DTR_RTS_OUT2 = 0x0b; // OUT2 lets the interrupt out of the chip
    private const byte IER_ReceivedData = 0x01;
    private const byte LSR_DataReady = 0x01;
    private const byte LSR_HoldingRegisterEmpty = 0x20;

    /// <summary>Emits the initialisation. Falls through.</summary>
    public static void EmitStart(KernelCode code)
    {
        code.Out(InterruptEnable, 0);
        code.Out(LineControl, LCR_DLAB);
        code.Out(Data, DivisorFor115200);
        code.Out(InterruptEnable, 0);
        code.Out(LineControl, LCR_8N1);
        code.Out(FifoControl, FCR_EnableAndClear);
        code.Out(ModemControl, MCR_DTR_RTS_OUT2);
        code.Out(InterruptEnable, IER_ReceivedData);
    }

    /// <summary>Emits writing and reading.</summary>
    public static void Emit(KernelCode code)
    {
        EmitWrite(code);
        EmitReceive(code);
        EmitRead(code);
    }

    /// <summary>A line feed goes out as carriage return and line feed.</summary>
    private static void EmitWrite(KernelCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var plain = a.CreateLabel();
        var done = a.CreateLabel();
        var send = a.CreateLabel();
        var busy = a.CreateLabel();

        code.Function(ref code.Text.Write);
        a.Label(ref next);
        a.dec(rsi);
        a.js(done);
        a.mov(cl, __byte_ptr[rdi]);
        a.inc(rdi);
        a.cmp(cl, (sbyte)'\n');
        a.jne(plain);
        a.mov(cl, (sbyte)'\r');
        a.call(send);
        a.mov(cl, (sbyte)'\n');
        a.Label(ref plain);
        a.call(send);
        a.jmp(next);
        a.Label(ref done);
        a.ret();

        a.Label(ref send);
        a.mov(edx, (int)LineStatus);
        a.Label(ref busy);
        a.@in(al, dx);
        a.test(al, LSR_HoldingRegisterEmpty);
        a.jz(busy);
        a.mov(edx, (int)Data);
        a.mov(al, cl);
        a.@out(dx, al);
        a.ret();
    }

    /// <summary>Takes what the UART has; a character that finds the buffer full is lost.</summary>
    private static void EmitReceive(KernelCode code)
    {
        var a = code.Asm;
        var next = a.CreateLabel();
        var done = a.CreateLabel();
        code.Function(ref code.ReceiveCharacters);
        a.Label(ref next);
        a.mov(edx, (int)LineStatus);
        a.@in(al, dx);
        a.test(al, LSR_DataReady);
        a.jz(done);
        a.mov(edx, (int)Data);
        a.@in(al, dx);
        a.mov(rcx, __qword_ptr[Variables.ReceivedCount]);
        a.mov(rdx, rcx);
        a.sub(rdx, __qword_ptr[Variables.ConsumedCount]);
        a.cmp(rdx, Variables.ReceiveBufferSize);
        a.jae(next);
        a.movzx(edx, cl);
        a.mov(__byte_ptr[rdx + Variables.ReceiveBuffer], al);
        a.inc(__qword_ptr[Variables.ReceivedCount]);
        a.jmp(next);

        a.Label(ref done);
        a.mov(edi, TaskState.WaitingForInput);
        a.xor(esi, esi);
        a.jmp(code.Of(ref code.WakeTasks));
    }

    private static void EmitRead(KernelCode code)
    {
        var a = code.Asm;
        var again = a.CreateLabel();
        var ready = a.CreateLabel();
        code.Function(ref code.ReadCharacter);
        a.Label(ref again);
        a.mov(rax, __qword_ptr[Variables.ConsumedCount]);
        a.cmp(rax, __qword_ptr[Variables.ReceivedCount]);
        a.jne(ready);
        a.mov(rcx, __qword_ptr[Variables.CurrentTask]);
        a.mov(__qword_ptr[rcx + TaskRecord.State], TaskState.WaitingForInput);
        a.mov(__qword_ptr[rcx + TaskRecord.WaitFor], 0);
        code.Call(ref code.Schedule);
        a.jmp(again);

        a.Label(ref ready);
        a.inc(__qword_ptr[Variables.ConsumedCount]);
        a.movzx(eax, al);
        a.movzx(eax, __byte_ptr[rax + Variables.ReceiveBuffer]);
        a.ret();
    }
}
