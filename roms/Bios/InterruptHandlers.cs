using Iced.Intel;
using static Emulator.Roms.Bios.BiosLayout;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Bios;

/// <summary>
/// The handlers of hardware interrupts, as the PC/AT's BIOS has them (PC/AT Technical Reference, section 5): what they count and
/// acknowledge is in the BIOS data area at 0040h.
/// </summary>
internal static class InterruptHandlers
{
    private const ushort DataArea = 0x40;
    private const byte MasterPic = 0x20;
    private const byte SlavePic = 0xa0;
    private const byte EndOfInterrupt = 0x20;
    private const int TicksInADay = 0x1800b0;

    /// <summary>Places them.</summary>
    public static void Place(RomImage rom)
    {
        rom.Code(BiosLayout.Timer, EmitTimer);
        rom.Code(Keyboard, EmitKeyboard);
        rom.Code(KeyboardDone, EmitKeyboardDone);
        rom.Code(PauseLoop, EmitPauseLoop);
        rom.Code(MouseInterrupt, EmitMouse);
        rom.Code(MouseAfterHandler, a =>
        {
            a.add(sp, 8);
            a.jmp((ulong)MouseDone);
        });
        rom.Code(MouseDone, EmitMouseDone);
        rom.Code(DisketteInterrupt, a => Flag(a, 0x3e, 0x80, slave: false));
        rom.Code(HardDiskInterrupt, a => Flag(a, 0x8e, 0xff, slave: true));
        rom.Code(NonMaskable, a => a.iret());
        rom.Code(MasterInterrupt, a => Acknowledge(a, slave: false));
        rom.Code(SlaveInterrupt, a => Acknowledge(a, slave: true));
        rom.Code(RedirectInterrupt, a =>
        {
            a.push(ax);
            End(a, SlavePic);
            a.pop(ax);
            a.@int(0x0a);
            a.iret();
        });
        rom.Code(CoprocessorInterrupt, a =>
        {
            a.push(ax);
            a.mov(al, 0);
            a.@out(0xf0, al);
            End(a, SlavePic);
            End(a, MasterPic);
            a.pop(ax);
            a.@int(2);
            a.iret();
        });
    }

    private static void End(Assembler a, byte port)
    {
        a.mov(al, EndOfInterrupt);
        a.@out(port, al);
    }

    private static void Acknowledge(Assembler a, bool slave)
    {
        a.push(ax);
        if (slave)
        {
            End(a, SlavePic);
        }

        End(a, MasterPic);
        a.pop(ax);
        a.iret();
    }

    private static void Flag(Assembler a, int offset, byte bits, bool slave)
    {
        a.push(ds);
        a.push(DataArea);
        a.pop(ds);
        a.or(__byte_ptr[offset], unchecked((sbyte)bits));
        a.pop(ds);
        Acknowledge(a, slave);
    }

    // Counts ticks and days, turns the diskettes' motors off in time, calls INT 1Ch.
    private static void EmitTimer(Assembler a)
    {
        var sameDay = a.CreateLabel();
        var motors = a.CreateLabel();
        a.push(ds);
        a.push(ax);
        a.push(dx);
        a.push(DataArea);
        a.pop(ds);
        a.inc(__dword_ptr[0x6c]);
        a.cmp(__dword_ptr[0x6c], TicksInADay);
        a.jb(sameDay);
        a.mov(__dword_ptr[0x6c], 0);
        a.inc(__byte_ptr[0x70]);
        a.Label(ref sameDay);
        a.cmp(__byte_ptr[0x40], 0);
        a.je(motors);
        a.dec(__byte_ptr[0x40]);
        a.jnz(motors);
        a.and(__byte_ptr[0x3f], unchecked((sbyte)0xf0));
        a.mov(al, 0x0c);
        a.mov(dx, 0x3f2);
        a.@out(dx, al);
        a.Label(ref motors);
        a.@int(0x1c);
        a.cli();
        End(a, MasterPic);
        a.pop(dx);
        a.pop(ax);
        a.pop(ds);
        a.iret();
    }

    // INT 15h, AH=4Fh may change the byte or take it away.
    private static void EmitKeyboard(Assembler a)
    {
        a.pusha();
        a.push(ds);
        a.push(es);
        a.cld();
        a.@in(al, 0x60);
        a.mov(ah, 0x4f);
        a.stc();
        a.@int(0x15);
        a.jnc((ulong)KeyboardDone);
        BiosRom.Call(a, BiosService.Keyboard);
    }

    private static void EmitKeyboardDone(Assembler a)
    {
        a.cli();
        End(a, MasterPic);
        a.pop(es);
        a.pop(ds);
        a.popa();
        a.iret();
    }

    private static void EmitPauseLoop(Assembler a)
    {
        var again = a.CreateLabel();
        End(a, MasterPic);
        a.push(DataArea);
        a.pop(ds);
        a.Label(ref again);
        a.sti();
        a.hlt();
        a.test(__byte_ptr[0x18], 8);
        a.jnz(again);
        a.pop(es);
        a.pop(ds);
        a.popa();
        a.iret();
    }

    private static void EmitMouse(Assembler a)
    {
        a.pushad();
        a.push(ds);
        a.push(es);
        a.cld();
        BiosRom.Call(a, BiosService.Mouse);
    }

    private static void EmitMouseDone(Assembler a)
    {
        a.cli();
        End(a, SlavePic);
        End(a, MasterPic);
        a.pop(es);
        a.pop(ds);
        a.popad();
        a.iret();
    }
}
