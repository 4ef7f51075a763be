using Emulator.Core.Bus;

namespace Emulator.Host.Bios.Board;

/// <summary>INT 14h and INT 17h: serial ports and printers (PC/AT Technical Reference, section 5).</summary>
internal sealed class SerialService(IoPortBus ports)
{
    private const byte TimedOut = 0x80;
    private const byte DataReady = 0x01;
    private const byte TransmitterEmpty = 0x20;
    private const byte DivisorAccess = 0x80;
    private const byte PrinterTimedOut = 0x01;

    private static ReadOnlySpan<ushort> Divisors => [1047, 768, 384, 192, 96, 48, 24, 12];

    /// <summary>INT 14h.</summary>
    public void Handle(BiosCall call)
    {
        var port = call.DX < 4 ? call.Memory.Read16(BiosData.SerialPorts + (2u * call.DX)) : (ushort)0;
        if (port == 0)
        {
            call.AH = TimedOut;
            return;
        }

        switch (call.AH)
        {
            case 0x00:
                SetLine(port, Divisors[call.AL >> 5], (byte)(call.AL & 0x1f));
                Status(call, port);
                break;
            case 0x01:
                Send(call, port);
                break;
            case 0x02:
                Receive(call, port);
                break;
            case 0x03:
                Status(call, port);
                break;
            default:
                call.AH = TimedOut;
                break;
        }
    }

    /// <summary>INT 17h: there is no printer.</summary>
    public static void HandlePrinter(BiosCall call)
    {
        if (call.AH <= 2)
        {
            call.AH = PrinterTimedOut;
        }
    }

    private void SetLine(ushort port, ushort divisor, byte control)
    {
        ports.Write((ushort)(port + 3), 1, (uint)(control | DivisorAccess));
        ports.Write(port, 1, (byte)divisor);
        ports.Write((ushort)(port + 1), 1, (uint)(divisor >> 8));
        ports.Write((ushort)(port + 3), 1, control);
        ports.Write((ushort)(port + 1), 1, 0);
    }

    private void Send(BiosCall call, ushort port)
    {
        ports.Write((ushort)(port + 4), 1, 0x03);
        if ((Line(port) & TransmitterEmpty) == 0)
        {
            call.AH = (byte)(Line(port) | TimedOut);
            return;
        }

        ports.Write(port, 1, call.AL);
        call.AH = (byte)(Line(port) & ~TimedOut);
    }

    private void Receive(BiosCall call, ushort port)
    {
        ports.Write((ushort)(port + 4), 1, 0x01);
        var line = Line(port);
        if ((line & DataReady) == 0)
        {
            call.AH = (byte)(line | TimedOut);
            return;
        }

        call.AL = (byte)ports.Read(port, 1);
        call.AH = (byte)(line & 0x1e);
    }

    private void Status(BiosCall call, ushort port)
    {
        call.AH = Line(port);
        call.AL = (byte)ports.Read((ushort)(port + 6), 1);
    }

    private byte Line(ushort port) => (byte)ports.Read((ushort)(port + 5), 1);
}
