namespace Emulator.Devices.Serial;

/// <summary>Register offsets and bits of the PC16550D, by its data sheet's names (table 2).</summary>
internal static class UartRegister
{
    public const int Data = 0;
    public const int InterruptEnable = 1;
    public const int InterruptIdentity = 2;
    public const int FifoControl = 2;
    public const int LineControl = 3;
    public const int ModemControl = 4;
    public const int LineStatus = 5;
    public const int ModemStatus = 6;
    public const int Scratch = 7;

    public const byte IerReceivedData = 0x01;
    public const byte IerTransmitterEmpty = 0x02;
    public const byte IerLineStatus = 0x04;
    public const byte IerModemStatus = 0x08;
    public const byte IerMask = 0x0f;

    public const byte IirNone = 0x01;
    public const byte IirModemStatus = 0x00;
    public const byte IirTransmitterEmpty = 0x02;
    public const byte IirReceivedData = 0x04;
    public const byte IirLineStatus = 0x06;
    public const byte IirCharacterTimeout = 0x0c;
    public const byte IirFifosEnabled = 0xc0;

    public const byte FcrEnable = 0x01;
    public const byte FcrResetReceiver = 0x02;

    public const byte LcrBreak = 0x40;
    public const byte LcrDivisorLatch = 0x80;

    public const byte McrDtr = 0x01;
    public const byte McrRts = 0x02;
    public const byte McrOut1 = 0x04;
    public const byte McrOut2 = 0x08;
    public const byte McrLoop = 0x10;
    public const byte McrMask = 0x1f;

    public const byte LsrDataReady = 0x01;
    public const byte LsrOverrun = 0x02;
    public const byte LsrParity = 0x04;
    public const byte LsrFraming = 0x08;
    public const byte LsrBreak = 0x10;
    public const byte LsrHoldingEmpty = 0x20;
    public const byte LsrTransmitterEmpty = 0x40;
    public const byte LsrFifoError = 0x80;
    public const byte LsrCharacterErrors = LsrParity | LsrFraming | LsrBreak;

    public const byte MsrDeltaRing = 0x04;
    public const byte MsrCts = 0x10;
    public const byte MsrDsr = 0x20;
    public const byte MsrRing = 0x40;
    public const byte MsrDcd = 0x80;
}
