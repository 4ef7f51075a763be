using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>
/// The AT's two cascaded 8259A (Intel 8259A data sheet) with the edge/level control registers of the 82371SB (PIIX3, 2.5.2.3):
/// inputs 0-7 at the master, 8-15 at the slave, the slave's INT at the master's input 2.
/// </summary>
public sealed class PicPair : IDevice, IInterruptSink, IPortHandler
{
    // Inputs 0, 1, 2, 8 and 13 are always edge-sensitive.
    private const byte MasterElcrMask = 0xf8;
    private const byte SlaveElcrMask = 0xde;

    private bool _output;

    /// <summary>Claims the ports of both chips and the ELCR.</summary>
    public PicPair(IoPortBus ports)
    {
        ports.Claim("pic.master", PcPlatform.MasterPicPort, 2, this);
        ports.Claim("pic.slave", PcPlatform.SlavePicPort, 2, new SlavePorts(this));
        ports.Claim("pic.elcr", PcPlatform.ElcrPort, 2, new ElcrPorts(this));
    }

    /// <inheritdoc/>
    public string StateName => "pic";

    /// <inheritdoc/>
    public int StateVersion => 1;

    /// <summary>The chip at 0x20.</summary>
    public Pic8259 Master { get; } = new() { CascadeInputs = 1 << PcPlatform.CascadeIrq };

    /// <summary>The chip at 0xa0.</summary>
    public Pic8259 Slave { get; } = new();

    /// <summary>Told the level of the master's INT whenever it changes: the CPU's INTR pin, or LINT0 of its local APIC.</summary>
    public Action<bool>? IntrChanged { get; set; }

    /// <summary>The master's INT level.</summary>
    public bool Intr => _output;

    /// <summary>Sets ISA interrupt line 0-15. Line 2 is the cascade and has no pin.</summary>
    public void SetLine(int line, bool level)
    {
        if (line == PcPlatform.CascadeIrq || (uint)line > 15)
        {
            return;
        }

        (line < 8 ? Master : Slave).SetInput(line & 7, level);
        Update();
    }

    /// <summary>The INTA cycles: the vector of the interrupt acknowledged, spurious 7 or 15 included.</summary>
    public byte Acknowledge()
    {
        var input = Master.Acknowledge(out var spurious);
        var vector = Master.VectorBase | input;
        if (!spurious && input == PcPlatform.CascadeIrq)
        {
            vector = Slave.VectorBase | Slave.Acknowledge(out _);

            // The slave drops INT at the acknowledge, so that a further request is a new edge at the master.
            Master.SetInput(PcPlatform.CascadeIrq, false);
        }

        Update();
        return (byte)vector;
    }

    /// <inheritdoc/>
    public uint ReadPort(ushort offset, int size) => Read(Master, offset, size);

    /// <inheritdoc/>
    public void WritePort(ushort offset, int size, uint value) => Write(Master, offset, size, value);

    /// <inheritdoc/>
    public void Reset()
    {
        Master.Reset();
        Slave.Reset();
        _output = false;
        IntrChanged?.Invoke(false);
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        Master.Save(writer);
        Slave.Save(writer);
        writer.Write(_output);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        Master.Load(reader);
        Slave.Load(reader);
        _output = reader.ReadBoolean();
    }

    private uint Read(Pic8259 chip, int offset, int size)
    {
        uint value = chip.Read(offset);
        if (size == 2)
        {
            value |= (uint)chip.Read(1) << 8;
        }

        Update();
        return value;
    }

    private void Write(Pic8259 chip, int offset, int size, uint value)
    {
        chip.Write(offset, (byte)value);
        if (size == 2)
        {
            chip.Write(1, (byte)(value >> 8));
        }

        Update();
    }

    private void Update()
    {
        Master.SetInput(PcPlatform.CascadeIrq, Slave.Int);
        var output = Master.Int;
        if (output != _output)
        {
            _output = output;
            IntrChanged?.Invoke(output);
        }
    }

    private sealed class SlavePorts(PicPair pair) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => pair.Read(pair.Slave, offset, size);

        public void WritePort(ushort offset, int size, uint value) => pair.Write(pair.Slave, offset, size, value);
    }

    private sealed class ElcrPorts(PicPair pair) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size)
        {
            var both = pair.Master.Elcr | (uint)pair.Slave.Elcr << 8;
            return both >> (8 * offset);
        }

        public void WritePort(ushort offset, int size, uint value)
        {
            if (offset == 0)
            {
                pair.Master.SetElcr((byte)(value & MasterElcrMask));
            }

            if (offset + size > 1)
            {
                pair.Slave.SetElcr((byte)((value >> (8 * (1 - offset))) & SlaveElcrMask));
            }

            pair.Update();
        }
    }
}
