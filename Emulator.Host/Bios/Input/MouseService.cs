using Emulator.Core.Bus;
using Emulator.Devices;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Input;

/// <summary>
/// The PS/2 mouse: INT 15h, AH=C2h and INT 74h (IBM PS/2 BIOS Interface Technical Reference, pointing device interface). Bytes to and from the
/// mouse go by a script in the extended data area, which the ROM runs, because the mouse answers in its own time.
/// </summary>
internal sealed class MouseService(IoPortBus ports)
{
    private const byte Send = 0;
    private const byte Receive = 1;
    private const byte Received = 2;
    private const byte Acknowledged = 0xfa;
    private const byte PacketLengthMask = 0x07;
    private const byte HandlerSet = 0x80;
    private const byte Enabled = 0x80;
    private const byte ConfigRead = 0x20;
    private const byte ConfigWrite = 0x60;
    private const byte KeyboardOff = 0x10;
    private const byte MouseOff = 0x20;
    private const byte MouseInterrupt = 0x02;
    private const byte KeyboardInterrupt = 0x01;

    private static ReadOnlySpan<byte> SampleRates => [10, 20, 40, 60, 80, 100, 200];

    /// <summary>INT 15h, AH=C2h.</summary>
    public void Handle(BiosCall call)
    {
        byte status = 0;
        switch (call.AL)
        {
            case 0x00 when call.BH <= 1:
                Run(call, Send, call.BH == 1 ? (byte)0xf4 : (byte)0xf5, Receive, 0);
                return;
            case 0x01:
                Run(call, Send, 0xff, Receive, 0, Receive, 0, Receive, 0);
                return;
            case 0x02 when call.BH < SampleRates.Length:
                Run(call, Send, 0xf3, Receive, 0, Send, SampleRates[call.BH], Receive, 0);
                return;
            case 0x03 when call.BH <= 3:
                Run(call, Send, 0xe8, Receive, 0, Send, call.BH, Receive, 0);
                return;
            case 0x04:
                Run(call, Send, 0xf2, Receive, 0, Receive, 0);
                return;
            case 0x05 when call.BH is >= 1 and <= 8:
                call.Memory.Write(Extended(BiosData.MousePacketLength), (byte)((call.Memory.Read8(Extended(BiosData.MousePacketLength)) & HandlerSet) | (call.BH - 1)));
                Run(call, Send, 0xff, Receive, 0, Receive, 0, Receive, 0);
                return;
            case 0x06 when call.BH == 0:
                Run(call, Send, 0xe9, Receive, 0, Receive, 0, Receive, 0, Receive, 0);
                return;
            case 0x06 when call.BH <= 2:
                Run(call, Send, call.BH == 1 ? (byte)0xe6 : (byte)0xe7, Receive, 0);
                return;
            case 0x07:
                SetHandler(call);
                break;
            case 0x00 or 0x02 or 0x03 or 0x05 or 0x06:
                status = 2;
                break;
            default:
                status = 1;
                break;
        }

        call.AH = status;
        call.Carry = status != 0;
    }

    /// <summary>The script has run: the answers become registers.</summary>
    public void Finish(BiosCall call)
    {
        var memory = call.Memory;
        Configure(memory.Read8(Extended(BiosData.MouseRequest + 1)));
        var script = new byte[16];
        memory.Read(Extended(BiosData.MouseScript), script);
        var answers = new List<byte>();
        for (var i = 1; i + 1 < script.Length && i < 1 + (2 * script[0]); i += 2)
        {
            if (script[i] is Receive)
            {
                call.AH = 3;
                call.Carry = true;
                return;
            }

            if (script[i] == Received)
            {
                answers.Add(script[i + 1]);
            }
        }

        if (answers is not [Acknowledged, ..])
        {
            call.AH = answers is [0xfe, ..] ? (byte)4 : (byte)3;
            call.Carry = true;
            return;
        }

        Answer(call, answers);
        call.AH = 0;
        call.Carry = false;
    }

    /// <summary>INT 74h: takes a byte; a full packet goes to the handler.</summary>
    public void Interrupt(BiosCall call)
    {
        call.Next = BiosLayout.MouseDone;
        var memory = call.Memory;
        var status = ports.Read(PcPlatform.KeyboardCommandPort, 1);
        if ((status & 0x21) != 0x21)
        {
            return;
        }

        var value = (byte)ports.Read(PcPlatform.KeyboardDataPort, 1);
        var length = memory.Read8(Extended(BiosData.MousePacketLength));
        if ((length & HandlerSet) == 0)
        {
            return;
        }

        var index = memory.Read8(Extended(BiosData.MouseIndex)) & PacketLengthMask;
        memory.Write(Extended(BiosData.MousePacket + (uint)index), value);
        if (index < (length & PacketLengthMask))
        {
            memory.Replace8(Extended(BiosData.MouseIndex), PacketLengthMask, index + 1);
            return;
        }

        memory.Replace8(Extended(BiosData.MouseIndex), PacketLengthMask, 0);
        var handler = memory.Read32(Extended(BiosData.MouseHandler));
        if ((length & PacketLengthMask) == 2)
        {
            for (var i = 0u; i < 3; i++)
            {
                call.Push(memory.Read8(Extended(BiosData.MousePacket + i)));
            }
        }
        else
        {
            for (var i = 0u; i < 3; i++)
            {
                call.Push(memory.Read16(Extended(BiosData.MousePacket + (2 * i))));
            }
        }

        call.Push(0);
        call.FarCall((ushort)(handler >> 16), (ushort)handler, BiosLayout.MouseAfterHandler);
    }

    private static uint Extended(uint offset) => BiosData.InExtended(offset);

    // Interrupts of the controller are off while the script runs.
    private void Run(BiosCall call, params ReadOnlySpan<byte> script)
    {
        var memory = call.Memory;
        ports.Write(PcPlatform.KeyboardCommandPort, 1, ConfigRead);
        var config = (byte)ports.Read(PcPlatform.KeyboardDataPort, 1);
        memory.Write(Extended(BiosData.MouseRequest), call.AL);
        memory.Write(Extended(BiosData.MouseRequest + 1), config);
        memory.Write(Extended(BiosData.MouseRequest + 2), call.BH);
        memory.Write(Extended(BiosData.MouseScript), (byte)(script.Length / 2));
        memory.Write(Extended(BiosData.MouseScript + 1), script);
        Configure((byte)((config | KeyboardOff) & ~(MouseOff | MouseInterrupt | KeyboardInterrupt)));
        call.Next = BiosLayout.MouseScript;
    }

    private void Configure(byte value)
    {
        ports.Write(PcPlatform.KeyboardCommandPort, 1, ConfigWrite);
        ports.Write(PcPlatform.KeyboardDataPort, 1, value);
    }

    private void Answer(BiosCall call, List<byte> answers)
    {
        var memory = call.Memory;
        var config = memory.Read8(Extended(BiosData.MouseRequest + 1));
        switch (memory.Read8(Extended(BiosData.MouseRequest)))
        {
            case 0x00:
                var enable = memory.Read8(Extended(BiosData.MouseRequest + 2)) == 1;
                memory.Write(Extended(BiosData.MouseIndex), enable ? Enabled : (byte)0);
                Configure((byte)(enable ? (config | MouseInterrupt) & ~MouseOff : config & ~MouseInterrupt));
                break;
            case 0x01 or 0x05 when answers.Count >= 3:
                memory.Replace8(Extended(BiosData.MouseIndex), PacketLengthMask, 0);
                call.BL = answers[1];
                call.BH = answers[2];
                break;
            case 0x04 when answers.Count >= 2:
                call.BH = answers[1];
                break;
            case 0x06 when answers.Count >= 4:
                (call.BL, call.CL, call.DL) = (answers[1], answers[2], answers[3]);
                break;
            default:
                break;
        }
    }

    private static void SetHandler(BiosCall call)
    {
        var memory = call.Memory;
        memory.Write(Extended(BiosData.MouseHandler), call.BX | ((uint)call.ES << 16));
        var set = call.ES != 0 || call.BX != 0;
        memory.Replace8(Extended(BiosData.MousePacketLength), HandlerSet, set ? HandlerSet : 0);
    }
}
