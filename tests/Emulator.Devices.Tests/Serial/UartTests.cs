namespace Emulator.Devices.Tests.Serial;

public sealed class UartTests : IDisposable
{
    private const int Port = 0x3f8;
    private readonly MachineRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private Devices.Serial.Uart16550 Uart => _rig.Legacy.Uarts[0]!;

    private bool Irq => _rig.Legacy.Router.Level(4);

    private int In(int register) => _rig.In(Port + register);

    private void Out(int register, int value) => _rig.Out(Port + register, value);

    // The driver has opened the port: RTS is up.
    private void Send(string text)
    {
        Out(4, In(4) | 0x02);
        foreach (var character in text)
        {
            Uart.Receive((byte)character);
        }
    }

    [Fact]
    public void Input_BeforeThePortIsOpened_WaitsForTheDriver()
    {
        Out(3, 3);
        Uart.Receive((byte)'a');
        Uart.Receive((byte)'b');
        _rig.Advance(1_000_000);
        Assert.Equal(0, In(5) & 1);
        Out(2, 0x07);
        _ = In(0);
        Out(4, 0x0b);
        _rig.Advance(1_000_000);
        Assert.Equal(1, In(5) & 1);
        Assert.Equal('a', In(0));
        _rig.Advance(1_000_000);
        Assert.Equal('b', In(0));
    }

    [Fact]
    public void Input_ToADriverThatOnlyPolls_Comes()
    {
        Out(3, 3);
        Uart.Receive((byte)'a');
        for (var i = 0; i < 100; i++)
        {
            _rig.Advance(100_000);
            if ((In(5) & 1) != 0)
            {
                break;
            }

            _ = In(5);
            Out(0, '.');
        }

        Assert.Equal('a', In(0));
    }

    // The steps of Linux's 8250 driver that tell a 16550A from its relatives.
    [Fact]
    public void Autoconfig_OfLinux_Finds16550A()
    {
        Out(1, 0);
        Assert.Equal(0, In(1) & 0x0f);
        Out(1, 0x0f);
        Assert.Equal(0x0f, In(1));
        Out(1, 0);
        Out(4, 0x1a);
        Assert.Equal(0x90, In(6) & 0xf0);
        Out(4, 0);
        Out(2, 0x01);
        Assert.Equal(3, In(2) >> 6);
        Out(3, 0x80);
        Assert.NotEqual(0, In(2));
        Out(2, 0x21);
        Assert.Equal(6, In(2) >> 5);
        Out(3, 0);
        Out(7, 0xa5);
        Assert.Equal(0xa5, In(7));
        Out(1, 0x40);
        Assert.Equal(0, In(1) & 0x40);
    }

    [Fact]
    public void Divisor_BehindDlab_ReadsBackAndDoesNotTouchIer()
    {
        Out(1, 0x05);
        Out(3, 0x83);
        Out(0, 0x34);
        Out(1, 0x12);
        Assert.Equal(0x34, In(0));
        Assert.Equal(0x12, In(1));
        Out(3, 0x03);
        Assert.Equal(0x05, In(1));
    }

    [Fact]
    public void TransmitterInterrupt_OnEnable_ComesAndIirReadClearsIt()
    {
        Out(1, 0x02);
        Assert.True(Irq);
        Assert.Equal(0x02, In(2) & 0x0f);
        Assert.False(Irq);
        Assert.Equal(0x01, In(2) & 0x0f);
        Out(1, 0x00);
        Out(1, 0x02);
        Assert.Equal(0x02, In(2) & 0x0f);
    }

    [Fact]
    public void TransmitterInterrupt_AfterEachWrite_IsANewEdge()
    {
        _rig.InitialisePics();
        Out(1, 0x02);
        _rig.Legacy.Pic.Acknowledge();
        _rig.Out(0x20, 0x20);
        Out(0, 'a');
        Assert.True(_rig.Legacy.Pic.Intr);
        Assert.Equal(0x24, _rig.Legacy.Pic.Acknowledge());
        Assert.Equal(0x02, In(2) & 0x0f);
        Assert.Equal(0x60, In(5));
    }

    [Fact]
    public void Transmit_ManyCharacters_ReachesTheHostInFewCalls()
    {
        for (var i = 0; i < 100; i++)
        {
            Out(0, 'x');
        }

        Assert.Empty(_rig.SerialOutput);
        _rig.Advance(1_000_000);
        Assert.Equal(new string('x', 100), _rig.SerialText);
        Assert.Equal(1, _rig.Transmissions);
        Assert.Equal(long.MaxValue, _rig.Scheduler.NextDue);
    }

    [Theory]
    [InlineData(0x01, 1)]
    [InlineData(0x41, 4)]
    [InlineData(0x81, 8)]
    [InlineData(0xc1, 14)]
    public void ReceiverInterrupt_AtTheTriggerLevel_IsRaised(int fifoControl, int level)
    {
        Out(3, 3);
        Out(2, fifoControl);
        Out(1, 0x01);
        Out(4, 0x10);
        for (var i = 1; i < level; i++)
        {
            Out(0, i);
            Assert.False(Irq);
        }

        Out(0, level);
        Assert.True(Irq);
        Assert.Equal(0xc4, In(2));
        Assert.Equal(1, In(0));
        Assert.Equal(0xc1, In(2));
    }

    [Fact]
    public void CharacterTimeout_BelowTheTrigger_ComesAfterFourCharacters()
    {
        Out(3, 3);
        Out(2, 0xc1);
        Out(1, 0x01);
        Send("ab");
        _rig.Advance(1_000_000);
        Assert.False(Irq);
        _rig.Advance(6_000_000);
        Assert.True(Irq);
        Assert.Equal(0xcc, In(2));
        Assert.Equal('a', In(0));
        Assert.False(Irq);
        _rig.Advance(6_000_000);
        Assert.Equal(0xcc, In(2));
        Assert.Equal('b', In(0));
        Assert.Equal(0xc1, In(2));
    }

    [Fact]
    public void Receive_MoreThanTheFifo_LosesNothing()
    {
        Out(3, 3);
        Out(2, 0x01);
        var sent = string.Concat(Enumerable.Range(0, 300).Select(i => (char)('0' + (i % 70))));
        Send(sent);
        var received = string.Empty;
        for (var i = 0; i < 100; i++)
        {
            _rig.Advance(2_000_000);
            while ((In(5) & 1) != 0)
            {
                received += (char)In(0);
            }
        }

        Assert.Equal(sent, received);
    }

    [Fact]
    public void Receive_BeyondTheQueue_IsRefused()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Uart.Receive(1);
        }

        Assert.False(Uart.CanReceive);
    }

    [Theory]
    [InlineData(0x00, 1, 2)]
    [InlineData(0x01, 16, 1)]
    public void Overrun_InLoopback_SetsOeOnce(int fifoControl, int capacity, int first)
    {
        Out(3, 3);
        Out(2, fifoControl);
        Out(4, 0x10);
        Out(1, 0x04);
        for (var i = 1; i <= capacity; i++)
        {
            Out(0, i);
        }

        Assert.Equal(0x61, In(5));
        Out(0, capacity + 1);
        Assert.True(Irq);
        Assert.Equal(0x06, In(2) & 0x0f);
        Assert.Equal(0x63, In(5));
        Assert.False(Irq);
        Assert.Equal(0x61, In(5));
        Assert.Equal(first, In(0));
        Assert.Empty(_rig.SerialOutput);
    }

    [Fact]
    public void Break_FromTheHost_IsReportedWithItsCharacter()
    {
        Out(3, 3);
        Out(2, 0x01);
        Out(1, 0x04);
        Uart.ReceiveBreak();
        _rig.Advance(1_000_000);
        Assert.True(Irq);
        Assert.Equal(0xf9, In(5));
        Assert.Equal(0x61, In(5));
        Assert.Equal(0, In(0));
    }

    [Fact]
    public void ModemDeltas_InLoopback_FollowTheOutputs()
    {
        Out(4, 0x10);
        In(6);
        Out(1, 0x08);
        Out(4, 0x1f);
        Assert.True(Irq);
        Assert.Equal(0x00, In(2) & 0x0f);
        Assert.Equal(0xfb, In(6));
        Assert.Equal(0xf0, In(6));
        Out(4, 0x1b);
        Assert.Equal(0xb4, In(6));
        Out(4, 0x10);
        Assert.Equal(0x0b, In(6));
    }

    [Fact]
    public void ModemStatus_OutsideLoopback_ShowsAConnectedLine()
    {
        Assert.Equal(0xb0, In(6));
        Uart.SetModemInputs(cts: false, dsr: true, ring: true, dcd: true);
        Assert.Equal(0xe1, In(6));
    }

    [Fact]
    public void FifoReset_WithBytesWaiting_ClearsTheReceiver()
    {
        Out(2, 0x01);
        Out(4, 0x10);
        Out(0, 1);
        Out(2, 0x03);
        Assert.Equal(0x60, In(5));
    }

    [Fact]
    public void Com3_SharesItsLine_WithoutLoweringCom1()
    {
        Out(1, 0x02);
        _rig.Out(0x3e8 + 1, 0x02);
        Assert.Equal(0x02, _rig.In(0x3e8 + 2) & 0x0f);
        Assert.True(Irq);
        Assert.Equal(0xff, _rig.In(0x2f8 + 5));
    }
}
