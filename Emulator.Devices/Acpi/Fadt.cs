namespace Emulator.Devices.Acpi;

/// <summary>The fixed ACPI description table (ACPI 6.5, 5.2.9).</summary>
internal static class Fadt
{
    public const byte Revision = 6;

    private const byte DesktopProfile = 1;
    private const ushort SciIrq = 9;
    private const ushort NoCState = 0xfff;
    private const byte CenturyRegister = 0x32;
    private const ushort ResetPort = 0xcf9;
    private const byte ResetValue = 0x0f;

    // Offsets in the PM block and the registers' lengths (82371AB data sheet 290562, 7.1).
    private const byte EventLength = 4;
    private const byte ControlOffset = 4;
    private const byte ControlLength = 2;
    private const byte TimerOffset = 8;
    private const byte TimerLength = 4;

    // IAPC_BOOT_ARCH: legacy devices, 8042.
    private const ushort BootArchitecture = 3;

    // WBINVD, PROC_C1, no sleep button as fixed hardware, RTC wake not fixed, RESET_REG_SUP, USE_PLATFORM_CLOCK.
    private const uint Flags = 1 << 0 | 1 << 2 | 1 << 5 | 1 << 6 | 1 << 10 | 1 << 15;

    /// <summary>The table's contents behind the header.</summary>
    public static byte[] Build(AcpiOptions options, uint facs, uint dsdt)
    {
        var writer = new TableWriter().UInt32(facs).UInt32(dsdt);
        WriteLegacyFields(writer, options);
        writer
            .UInt32(Flags)
            .Address(AddressSpace.Io, width: 8, accessSize: 1, ResetPort)
            .UInt8(ResetValue)
            .UInt16(0)
            .UInt8(0)
            .UInt64(0)
            .UInt64(dsdt);
        WriteExtendedAddresses(writer, options);
        return writer.UInt64(0).ToArray();
    }

    private static void WriteLegacyFields(TableWriter writer, AcpiOptions options) => writer
        .UInt8(0)
        .UInt8(DesktopProfile)
        .UInt16(SciIrq)
        .UInt32(AcpiPorts.SmiCommandPort)
        .UInt8(AcpiPorts.AcpiEnableCommand)
        .UInt8(AcpiPorts.AcpiDisableCommand)
        .UInt8(0) // S4BIOS_REQ
        .UInt8(0) // PSTATE_CNT
        .UInt32(options.PmBase)
        .UInt32(0)
        .UInt32((uint)(options.PmBase + ControlOffset))
        .UInt32(0)
        .UInt32(0)
        .UInt32((uint)(options.PmBase + TimerOffset))
        .UInt32(options.GpeBase)
        .UInt32(0)
        .UInt8(EventLength)
        .UInt8(ControlLength)
        .UInt8(0)
        .UInt8(TimerLength)
        .UInt8(options.GpeLength)
        .UInt8(0)
        .UInt8(0)
        .UInt8(0) // CST_CNT
        .UInt16(NoCState)
        .UInt16(NoCState)
        .Zeros(4) // FLUSH_SIZE, FLUSH_STRIDE
        .Zeros(2) // DUTY_OFFSET, DUTY_WIDTH
        .UInt8(0) // DAY_ALRM
        .UInt8(0) // MON_ALRM
        .UInt8(CenturyRegister)
        .UInt16(BootArchitecture)
        .UInt8(0);

    // The X_ fields, and sleep control and status registers, which only hardware-reduced machines have.
    private static void WriteExtendedAddresses(TableWriter writer, AcpiOptions options) => writer
        .Address(AddressSpace.Io, EventLength * 8, accessSize: 2, options.PmBase)
        .Zeros(12)
        .Address(AddressSpace.Io, ControlLength * 8, accessSize: 2, (ulong)(options.PmBase + ControlOffset))
        .Zeros(12)
        .Zeros(12)
        .Address(AddressSpace.Io, TimerLength * 8, accessSize: 3, (ulong)(options.PmBase + TimerOffset))
        .Address(AddressSpace.Io, (byte)(options.GpeLength * 8), accessSize: 1, options.GpeBase)
        .Zeros(12)
        .Zeros(12)
        .Zeros(12);
}
