using Iced.Intel;
using static Emulator.Roms.Bios.BiosLayout;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Bios;

/// <summary>Where services go on when they do not simply return: waiting, and calling code of the guest.</summary>
internal static class Continuations
{
    /// <summary>The mouse script's place in the extended BIOS data area: a length, then pairs of an order and a byte.</summary>
    public const byte ScriptOffset = 0x40;

    private const byte SystemControlPort = 0x61;
    private const byte RefreshToggle = 0x10;
    private const byte SpeakerOff = 0xfc;
    private const byte KeyboardStatusPort = 0x64;
    private const byte KeyboardDataPort = 0x60;
    private const byte WriteToMouse = 0xd4;

    /// <summary>Places them.</summary>
    public static void Place(RomImage rom)
    {
        rom.Code(Iret, a => a.iret());
        rom.Code(FarReturn, a => a.retf());
        rom.Code(AfterOptionRom, a => BiosRom.Call(a, BiosService.OptionRomDone));
        rom.Code(WaitForKey, a => Wait(a, BiosService.KeyboardInput));
        rom.Code(WaitInMenu, a => Wait(a, BiosService.BootMenu));
        rom.Code(Halt, EmitHalt);
        rom.Code(WaitOnce, a =>
        {
            a.sti();
            a.hlt();
            a.iret();
        });
        rom.Code(Delay, a => EmitDelay(a, speaker: false));
        rom.Code(Beep, a => EmitDelay(a, speaker: true));
        rom.Code(MouseScript, EmitMouseScript);
    }

    private static void Wait(Assembler a, BiosService service)
    {
        a.sti();
        a.hlt();
        a.cli();
        BiosRom.Call(a, service);
    }

    private static void EmitHalt(Assembler a)
    {
        var again = a.CreateLabel();
        a.Label(ref again);
        a.sti();
        a.hlt();
        a.jmp(again);
    }

    // Port 61h bit 4 changes with every refresh of the memory.
    private static void EmitDelay(Assembler a, bool speaker)
    {
        var next = a.CreateLabel();
        a.sti();
        a.push(bp);
        a.mov(bp, sp);
        a.push(ax);
        a.mov(ah, 0);
        a.Label(ref next);
        a.@in(al, SystemControlPort);
        a.and(al, RefreshToggle);
        a.cmp(al, ah);
        a.je(next);
        a.mov(ah, al);
        a.sub(__dword_ptr[bp + 2], 1);
        a.jnz(next);
        if (speaker)
        {
            a.@in(al, SystemControlPort);
            a.and(al, SpeakerOff);
            a.@out(SystemControlPort, al);
        }

        a.pop(ax);
        a.pop(bp);
        a.add(sp, 4);
        a.iret();
    }

    // Orders: 0 sends the byte to the mouse, 1 puts what comes in its place. A byte that never comes ends the script.
    private static void EmitMouseScript(Assembler a)
    {
        var next = a.CreateLabel();
        var receive = a.CreateLabel();
        var poll = a.CreateLabel();
        var step = a.CreateLabel();
        var done = a.CreateLabel();
        a.push(ds);
        a.pusha();
        a.mov(ax, 0x40);
        a.mov(ds, ax);
        a.mov(ds, __word_ptr[0x0e]);
        a.mov(si, ScriptOffset + 1);
        a.mov(bl, __byte_ptr[ScriptOffset]);
        a.Label(ref next);
        a.sub(bl, 1);
        a.jc(done);
        a.cmp(__byte_ptr[si], 0);
        a.jne(receive);
        a.mov(al, unchecked((sbyte)WriteToMouse));
        a.@out(KeyboardStatusPort, al);
        a.mov(al, __byte_ptr[si + 1]);
        a.@out(KeyboardDataPort, al);
        a.jmp(step);
        a.Label(ref receive);
        a.xor(cx, cx);
        a.Label(ref poll);
        a.@in(al, KeyboardStatusPort);
        a.test(al, 1);
        a.loope(poll);
        a.jz(done);
        a.@in(al, KeyboardDataPort);
        a.mov(__byte_ptr[si + 1], al);
        a.mov(__byte_ptr[si], 2);
        a.Label(ref step);
        a.add(si, 2);
        a.jmp(next);
        a.Label(ref done);
        a.popa();
        a.pop(ds);
        BiosRom.Call(a, BiosService.MouseScriptDone);
    }
}
