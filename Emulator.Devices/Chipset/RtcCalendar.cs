namespace Emulator.Devices.Chipset;

/// <summary>
/// The ten time and alarm bytes of an MC146818 in the guest's format (Motorola MC146818A data sheet, "Time, calendar and alarm
/// locations"): BCD or binary, 12 or 24 hours. Values outside a field's range are brought into it.
/// </summary>
public static class RtcCalendar
{
    private const byte Pm = 0x80;

    /// <summary>Writes a moment into the time bytes, century included.</summary>
    public static void Store(Span<byte> cmos, DateTime time, bool binary, bool hours24)
    {
        cmos[RtcRegister.Seconds] = Encode(time.Second, binary);
        cmos[RtcRegister.Minutes] = Encode(time.Minute, binary);
        cmos[RtcRegister.Hours] = EncodeHour(time.Hour, binary, hours24);
        cmos[RtcRegister.DayOfWeek] = Encode((int)time.DayOfWeek + 1, binary);
        cmos[RtcRegister.DayOfMonth] = Encode(time.Day, binary);
        cmos[RtcRegister.Month] = Encode(time.Month, binary);
        cmos[RtcRegister.Year] = Encode(time.Year % 100, binary);
        cmos[RtcRegister.Century] = Encode(time.Year / 100, binary);
    }

    /// <summary>The moment that the time bytes mean.</summary>
    public static DateTime Fetch(ReadOnlySpan<byte> cmos, bool binary, bool hours24)
    {
        var century = Decode(cmos[RtcRegister.Century], binary);
        var year = (century * 100) + (Decode(cmos[RtcRegister.Year], binary) % 100);
        var month = Math.Clamp(Decode(cmos[RtcRegister.Month], binary), 1, 12);
        year = Math.Clamp(year, 1, 9600);
        var day = Math.Clamp(Decode(cmos[RtcRegister.DayOfMonth], binary), 1, DateTime.DaysInMonth(year, month));
        var hour = DecodeHour(cmos[RtcRegister.Hours], binary, hours24) % 24;
        var minute = Decode(cmos[RtcRegister.Minutes], binary) % 60;
        var second = Decode(cmos[RtcRegister.Seconds], binary) % 60;
        return new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
    }

    /// <summary>Whether the alarm bytes match a moment; a byte of 0xc0 or more matches anything.</summary>
    public static bool AlarmMatches(ReadOnlySpan<byte> cmos, DateTime time, bool binary, bool hours24)
    {
        return Matches(cmos[RtcRegister.SecondsAlarm], Encode(time.Second, binary))
            && Matches(cmos[RtcRegister.MinutesAlarm], Encode(time.Minute, binary))
            && Matches(cmos[RtcRegister.HoursAlarm], EncodeHour(time.Hour, binary, hours24));
    }

    private static bool Matches(byte alarm, byte value) => alarm >= 0xc0 || alarm == value;

    private static byte Encode(int value, bool binary) => (byte)(binary ? value : (value / 10 << 4) | (value % 10));

    private static int Decode(byte value, bool binary) => binary ? value : ((value >> 4) * 10) + (value & 15);

    private static byte EncodeHour(int hour, bool binary, bool hours24)
    {
        if (hours24)
        {
            return Encode(hour, binary);
        }

        var twelve = hour % 12 == 0 ? 12 : hour % 12;
        return (byte)(Encode(twelve, binary) | (hour >= 12 ? Pm : 0));
    }

    private static int DecodeHour(byte value, bool binary, bool hours24)
    {
        if (hours24)
        {
            return Decode(value, binary);
        }

        return (Decode((byte)(value & ~Pm), binary) % 12) + ((value & Pm) != 0 ? 12 : 0);
    }
}

/// <summary>Indices of the MC146818's registers and of the PC's use of its RAM.</summary>
public static class RtcRegister
{
    public const int Seconds = 0x00;
    public const int SecondsAlarm = 0x01;
    public const int Minutes = 0x02;
    public const int MinutesAlarm = 0x03;
    public const int Hours = 0x04;
    public const int HoursAlarm = 0x05;
    public const int DayOfWeek = 0x06;
    public const int DayOfMonth = 0x07;
    public const int Month = 0x08;
    public const int Year = 0x09;
    public const int A = 0x0a;
    public const int B = 0x0b;
    public const int C = 0x0c;
    public const int D = 0x0d;

    /// <summary>Equipment: FPU, PS/2 mouse, display, floppy drives.</summary>
    public const int Equipment = 0x14;

    /// <summary>KiB below 640 KiB, two bytes.</summary>
    public const int BaseMemory = 0x15;

    /// <summary>KiB above 1 MiB, two bytes.</summary>
    public const int ExtendedMemory = 0x17;

    /// <summary>The same, as found by the self-test.</summary>
    public const int ExtendedMemoryFound = 0x30;

    public const int Century = 0x32;

    /// <summary>64 KiB units above 16 MiB, two bytes.</summary>
    public const int MemoryAbove16M = 0x34;

    /// <summary>QEMU's third boot device, in the high nibble.</summary>
    public const int BootOrderThird = 0x38;

    /// <summary>QEMU's first and second boot device, low nibble first.</summary>
    public const int BootOrder = 0x3d;

    /// <summary>64 KiB units above 4 GiB, three bytes.</summary>
    public const int MemoryAbove4G = 0x5b;

    /// <summary>Processors beyond the first.</summary>
    public const int ProcessorCount = 0x5f;
}
