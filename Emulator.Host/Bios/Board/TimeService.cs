using Emulator.Devices;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Board;

/// <summary>INT 1Ah up to AH=07h, and INT 70h: the count of ticks and the real-time clock (PC/AT Technical Reference, section 5).</summary>
internal sealed class TimeService(BiosBoard board, SystemService system)
{
    private const int Seconds = 0x00;
    private const int AlarmSeconds = 0x01;
    private const int Minutes = 0x02;
    private const int AlarmMinutes = 0x03;
    private const int Hours = 0x04;
    private const int AlarmHours = 0x05;
    private const int Day = 0x07;
    private const int Month = 0x08;
    private const int Year = 0x09;
    private const int StatusA = 0x0a;
    private const int StatusB = 0x0b;
    private const int StatusC = 0x0c;
    private const int Century = 0x32;
    private const byte UpdateInProgress = 0x80;
    private const byte Set = 0x80;
    private const byte AlarmEnable = 0x20;
    private const byte PeriodicFlag = 0x40;
    private const byte AlarmFlag = 0x20;
    private const byte DaylightSaving = 0x01;
    private const byte EndOfInterrupt = 0x20;
    private const int PeriodMicroseconds = 976;
    private const double TicksPerSecond = 1193182.0 / 65536;

    /// <summary>Answers a call; false when there is no such function here.</summary>
    public bool TryHandle(BiosCall call)
    {
        var memory = call.Memory;
        switch (call.AH)
        {
            case 0x00:
                call.CX = memory.Read16(BiosData.Ticks + 2);
                call.DX = memory.Read16(BiosData.Ticks);
                call.AL = memory.Read8(BiosData.Days);
                memory.Write<byte>(BiosData.Days, 0);
                break;
            case 0x01:
                memory.Write(BiosData.Ticks, call.DX | ((uint)call.CX << 16));
                memory.Write<byte>(BiosData.Days, 0);
                break;
            case 0x02:
                (call.CH, call.CL, call.DH) = (board.ReadCmos(Hours), board.ReadCmos(Minutes), board.ReadCmos(Seconds));
                call.DL = (byte)(board.ReadCmos(StatusB) & DaylightSaving);
                break;
            case 0x03:
                board.WriteCmos(StatusB, (byte)(board.ReadCmos(StatusB) | Set));
                (int Register, byte Value)[] time = [(Hours, call.CH), (Minutes, call.CL), (Seconds, call.DH)];
                Store(time, (byte)((board.ReadCmos(StatusB) & ~DaylightSaving) | (call.DL & DaylightSaving)));
                break;
            case 0x04:
                (call.CH, call.CL, call.DH, call.DL) = (board.ReadCmos(Century), board.ReadCmos(Year), board.ReadCmos(Month), board.ReadCmos(Day));
                break;
            case 0x05:
                board.WriteCmos(StatusB, (byte)(board.ReadCmos(StatusB) | Set));
                (int Register, byte Value)[] date = [(Century, call.CH), (Year, call.CL), (Month, call.DH), (Day, call.DL)];
                Store(date, board.ReadCmos(StatusB));
                break;
            case 0x06:
                if ((board.ReadCmos(StatusB) & AlarmEnable) != 0)
                {
                    call.Carry = true;
                    return true;
                }

                (int Register, byte Value)[] alarm = [(AlarmHours, call.CH), (AlarmMinutes, call.CL), (AlarmSeconds, call.DH)];
                Store(alarm, (byte)(board.ReadCmos(StatusB) | AlarmEnable));
                var mask = (ushort)(PcPlatform.SlavePicPort + 1);
                board.Ports.Write(mask, 1, board.Ports.Read(mask, 1) & ~1u);
                break;
            case 0x07:
                board.WriteCmos(StatusB, (byte)(board.ReadCmos(StatusB) & ~AlarmEnable));
                break;
            default:
                return false;
        }

        if (call.AH is >= 0x02 and <= 0x07)
        {
            call.AL = call.AH is 0x02 ? call.CH : call.AL;
            call.AH = 0;
        }

        call.Carry = false;
        return true;
    }

    /// <summary>INT 70h: counts periods, calls INT 4Ah for an alarm.</summary>
    public void Interrupt(BiosCall call)
    {
        var flags = board.ReadCmos(StatusC);
        board.Ports.Write(PcPlatform.SlavePicPort, 1, EndOfInterrupt);
        board.Ports.Write(PcPlatform.MasterPicPort, 1, EndOfInterrupt);
        if ((flags & PeriodicFlag) != 0)
        {
            system.Tick(call.Memory, PeriodMicroseconds);
        }

        if ((flags & AlarmFlag) != 0 && (board.ReadCmos(StatusB) & AlarmEnable) != 0)
        {
            call.Interrupt(0x4a, BiosLayout.Iret);
        }
    }

    /// <summary>Ticks since midnight by the clock.</summary>
    public uint TicksNow()
    {
        for (var i = 0; i < 4 && (board.ReadCmos(StatusA) & UpdateInProgress) != 0; i++)
        {
        }

        var seconds = (FromBcd(board.ReadCmos(Hours)) * 3600) + (FromBcd(board.ReadCmos(Minutes)) * 60) + FromBcd(board.ReadCmos(Seconds));
        return (uint)(seconds * TicksPerSecond);
    }

    private static int FromBcd(byte value) => ((value >> 4) * 10) + (value & 15);

    private void Store(ReadOnlySpan<(int Register, byte Value)> values, byte statusB)
    {
        foreach (var (register, value) in values)
        {
            board.WriteCmos(register, value);
        }

        board.WriteCmos(StatusB, (byte)(statusB & ~Set));
    }
}
