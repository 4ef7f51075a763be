using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Board;

/// <summary>
/// INT 15h, AH=53h and APM's entries in protected mode (APM BIOS interface 1.2): connections of all three kinds, to idle and to turn the machine off.
/// There are no events and no other states. Nothing asks whether it was connected.
/// </summary>
internal sealed class PowerService(Action powerOff)
{
    private const ushort Version12 = 0x0102;
    private const ushort Signature = 0x504d;
    private const ushort Supports16And32 = 0x0003;
    private const ushort WholeSegment = 0xfff0;
    private const ushort AllDevices = 0x0001;
    private const ushort Off = 0x0003;
    private const byte NoEvent = 0x80;
    private const byte Unsupported = 0x0c;

    /// <summary>Answers a call; AL is the function.</summary>
    public void Handle(BiosCall call)
    {
        call.Carry = false;
        switch (call.AL)
        {
            case 0x00:
                (call.AX, call.BX, call.CX) = (Version12, Signature, Supports16And32);
                break;
            case 0x01 or 0x04 or 0x06 or 0x08 or 0x0d or 0x0f:
                break;
            case 0x02:
                (call.AX, call.BX, call.CX) = (BiosLayout.Segment, BiosLayout.ApmEntry16, BiosLayout.Segment);
                call.SI = call.DI = WholeSegment;
                break;
            case 0x03:
                (call.AX, call.EBX, call.CX, call.DX) = (BiosLayout.Segment, BiosLayout.ApmEntry32, BiosLayout.Segment, BiosLayout.Segment);
                call.ESI = WholeSegment | ((uint)WholeSegment << 16);
                call.DI = WholeSegment;
                break;
            case 0x05:
                call.Next = BiosLayout.WaitOnce;
                break;
            case 0x07:
                if (call is { BX: AllDevices, CX: Off })
                {
                    powerOff();
                }

                break;
            case 0x0a:
                (call.BX, call.CX, call.DX) = (0x01ff, 0x80ff, 0xffff);
                break;
            case 0x0b:
                Fail(call, NoEvent);
                break;
            case 0x0e:
                call.AX = Math.Min(call.CX, Version12);
                break;
            case 0x10:
                call.BL = 0;
                call.CX = 0;
                break;
            default:
                Fail(call, Unsupported);
                break;
        }
    }

    private static void Fail(BiosCall call, byte code)
    {
        call.AH = code;
        call.Carry = true;
    }
}
