namespace Emulator.Devices.Tests.Storage;

/// <summary>A driver of the floppy controller and of DMA channel 2.</summary>
internal sealed class FloppyHost(MachineRig rig)
{
    public const int Buffer = 0x2_0000;
    private const int MotorOn = 0x1c;
    private const int Mfm = 0x40;

    /// <summary>Main status register.</summary>
    public int Status => rig.In(0x3f4);

    public int DigitalInput => rig.In(0x3f7);

    /// <summary>Brings the controller out of reset and takes the four interrupts of its polling.</summary>
    public FloppyHost Start(int rate)
    {
        rig.Out(0x3f2, 0);
        rig.Out(0x3f2, MotorOn);
        Wait();
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal([0xc0 | i, 0], Ask(2, 0x08));
        }

        rig.Out(0x3f7, rate);
        Command(0x03, 0xdf, 0x02);
        return this;
    }

    public void Wait() => rig.Advance(MachineRig.Second / 10);

    public void Command(params ReadOnlySpan<int> bytes)
    {
        foreach (var value in bytes)
        {
            Assert.Equal(0x80, Status & 0xc0);
            rig.Out(0x3f5, value);
        }

        rig.Scheduler.RunDue();
    }

    /// <summary>Takes a result of so many bytes.</summary>
    public int[] Result(int count)
    {
        var result = new int[count];
        for (var i = 0; i < count; i++)
        {
            Assert.Equal(0xd0, Status & 0xf0);
            result[i] = rig.In(0x3f5);
        }

        Assert.Equal(0x80, Status & 0xf0);
        return result;
    }

    public int[] Ask(int count, params ReadOnlySpan<int> bytes)
    {
        Command(bytes);
        return Result(count);
    }

    public void Seek(int track, int head = 0)
    {
        Command(0x0f, head << 2, track);
        Wait();
        Assert.Equal([0x20 | (head << 2), track], Ask(2, 0x08));
    }

    /// <summary>Programs channel 2: mode 46h reads the diskette into memory, 4Ah writes it.</summary>
    public void Dma(int mode, int length, int address = Buffer)
    {
        rig.Out(0x0a, 6);
        rig.Out(0x0c, 0);
        rig.Out(0x0b, mode);
        rig.Out(0x04, address & 0xff);
        rig.Out(0x04, address >> 8 & 0xff);
        rig.Out(0x81, address >> 16);
        rig.Out(0x05, (length - 1) & 0xff);
        rig.Out(0x05, (length - 1) >> 8);
        rig.Out(0x0a, 2);
    }

    /// <summary>A command that moves sectors of the track where the heads stand.</summary>
    public int[] Move(int command, int track, int head, int sector, int last, int drive = 0)
        => Ask(7, command | Mfm, (head << 2) | drive, track, head, sector, 2, last, 0x1b, 0xff);

    public byte[] Memory(int length, int address = Buffer)
    {
        var data = new byte[length];
        rig.Memory.Read((ulong)address, data);
        return data;
    }
}
