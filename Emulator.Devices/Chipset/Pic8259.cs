using Emulator.Core.Snapshots;

namespace Emulator.Devices.Chipset;

/// <summary>
/// One 8259A interrupt controller in 8086 mode (Intel 8259A data sheet, order 231468). Edge or level sense is per input by the
/// ELCR, as in the PIIX3, which ignores ICW1.LTIM. An edge stays latched in the IRR until it is acknowledged.
/// </summary>
public sealed class Pic8259
{
    private const byte Icw1Mark = 0x10;
    private const byte Icw1Single = 0x02;
    private const byte Icw1NeedsIcw4 = 0x01;
    private const byte Icw4SpecialFullyNested = 0x10;
    private const byte Icw4AutoEoi = 0x02;
    private const byte Ocw3Mark = 0x08;

    private enum Expecting : byte
    {
        Ocw,
        Icw2,
        Icw3,
        Icw4,
    }

    private byte _lines;
    private byte _lowest = 7;
    private Expecting _expecting;
    private byte _icw1;
    private bool _readIsr;
    private bool _poll;
    private bool _specialMask;
    private bool _autoEoi;
    private bool _rotateOnAutoEoi;
    private bool _specialFullyNested;

    /// <summary>Interrupt request register.</summary>
    public byte Irr { get; private set; }

    /// <summary>In-service register.</summary>
    public byte Isr { get; private set; }

    /// <summary>Interrupt mask register.</summary>
    public byte Imr { get; private set; }

    /// <summary>Edge/level control register: a set bit makes the input level-sensitive.</summary>
    public byte Elcr { get; private set; }

    /// <summary>The vector of input 0 (ICW2).</summary>
    public byte VectorBase { get; private set; }

    /// <summary>The slave's inputs at this chip (ICW3 of a master), as wired.</summary>
    public byte CascadeInputs { get; init; }

    /// <summary>The INT output.</summary>
    public bool Int => Highest() >= 0;

    /// <summary>Sets an input's level.</summary>
    public void SetInput(int input, bool level)
    {
        var bit = (byte)(1 << input);
        if (!level)
        {
            _lines &= (byte)~bit;
            Irr &= (byte)~(bit & (Elcr | CascadeInputs));
        }
        else if ((_lines & bit) == 0)
        {
            _lines |= bit;
            Irr |= bit;
        }
    }

    /// <summary>Sets the edge/level control register.</summary>
    public void SetElcr(byte value)
    {
        Elcr = value;
        Irr = (byte)((Irr & ~value) | (_lines & value));
    }

    /// <summary>The INTA sequence: the input acknowledged; 7 without a request is the spurious interrupt, which sets no ISR bit.</summary>
    public int Acknowledge(out bool spurious)
    {
        var input = Highest();
        spurious = input < 0;
        if (spurious)
        {
            return 7;
        }

        var bit = (byte)(1 << input);
        Irr &= (byte)~(bit & ~(Elcr & _lines));
        if (!_autoEoi)
        {
            Isr |= bit;
        }
        else if (_rotateOnAutoEoi)
        {
            _lowest = (byte)input;
        }

        return input;
    }

    /// <summary>Reads a register: A0 = 0 is IRR, ISR or the poll word, A0 = 1 the mask.</summary>
    public byte Read(int a0)
    {
        if (_poll)
        {
            _poll = false;
            var input = Acknowledge(out var spurious);
            return spurious ? (byte)0 : (byte)(0x80 | input);
        }

        return a0 != 0 ? Imr : _readIsr ? Isr : Irr;
    }

    /// <summary>Writes a command (A0 = 0: ICW1, OCW2, OCW3) or data word (A0 = 1: ICW2-4, OCW1).</summary>
    public void Write(int a0, byte value)
    {
        if (a0 == 0)
        {
            if ((value & Icw1Mark) != 0)
            {
                Initialise(value);
            }
            else if ((value & Ocw3Mark) != 0)
            {
                WriteOcw3(value);
            }
            else
            {
                WriteOcw2(value);
            }
        }
        else
        {
            WriteData(value);
        }
    }

    /// <summary>Power-on: nothing requested, in service or masked.</summary>
    public void Reset()
    {
        Irr = Isr = Imr = Elcr = VectorBase = 0;
        _lines = 0;
        _lowest = 7;
        _expecting = Expecting.Ocw;
        _icw1 = 0;
        _readIsr = _poll = _specialMask = _autoEoi = _rotateOnAutoEoi = _specialFullyNested = false;
    }

    /// <summary>Writes the chip's state.</summary>
    public void Save(StateWriter writer)
    {
        writer.Write(Irr);
        writer.Write(Isr);
        writer.Write(Imr);
        writer.Write(Elcr);
        writer.Write(VectorBase);
        writer.Write(_lines);
        writer.Write(_lowest);
        writer.Write((byte)_expecting);
        writer.Write(_icw1);
        writer.Write(_readIsr);
        writer.Write(_poll);
        writer.Write(_specialMask);
        writer.Write(_autoEoi);
        writer.Write(_rotateOnAutoEoi);
        writer.Write(_specialFullyNested);
    }

    /// <summary>Reads back what <see cref="Save"/> wrote.</summary>
    public void Load(StateReader reader)
    {
        Irr = reader.ReadByte();
        Isr = reader.ReadByte();
        Imr = reader.ReadByte();
        Elcr = reader.ReadByte();
        VectorBase = reader.ReadByte();
        _lines = reader.ReadByte();
        _lowest = (byte)(reader.ReadByte() & 7);
        _expecting = (Expecting)(reader.ReadByte() & 3);
        _icw1 = reader.ReadByte();
        _readIsr = reader.ReadBoolean();
        _poll = reader.ReadBoolean();
        _specialMask = reader.ReadBoolean();
        _autoEoi = reader.ReadBoolean();
        _rotateOnAutoEoi = reader.ReadBoolean();
        _specialFullyNested = reader.ReadBoolean();
    }

    // ICW1 resets the edge sense: an input that is high already makes no request until it falls and rises again.
    private void Initialise(byte icw1)
    {
        _icw1 = icw1;
        _expecting = Expecting.Icw2;
        Irr = (byte)(_lines & (Elcr | CascadeInputs));
        Isr = 0;
        Imr = 0;
        _lowest = 7;
        _readIsr = _poll = _specialMask = _rotateOnAutoEoi = false;
        if ((icw1 & Icw1NeedsIcw4) == 0)
        {
            _autoEoi = _specialFullyNested = false;
        }
    }

    private void WriteData(byte value)
    {
        switch (_expecting)
        {
            case Expecting.Icw2:
                VectorBase = (byte)(value & 0xf8);
                _expecting = (_icw1 & Icw1Single) == 0 ? Expecting.Icw3 : AfterIcw3();
                break;
            case Expecting.Icw3:
                // The cascade is wired by the board; its programmed copy changes nothing.
                _expecting = AfterIcw3();
                break;
            case Expecting.Icw4:
                _autoEoi = (value & Icw4AutoEoi) != 0;
                _specialFullyNested = (value & Icw4SpecialFullyNested) != 0;
                _expecting = Expecting.Ocw;
                break;
            default:
                Imr = value;
                break;
        }
    }

    private Expecting AfterIcw3() => (_icw1 & Icw1NeedsIcw4) != 0 ? Expecting.Icw4 : Expecting.Ocw;

    private void WriteOcw2(byte value)
    {
        var level = value & 7;
        switch (value >> 5)
        {
            case 0b001:
                EndOfInterrupt(HighestInService(), rotate: false);
                break;
            case 0b011:
                EndOfInterrupt(level, rotate: false);
                break;
            case 0b101:
                EndOfInterrupt(HighestInService(), rotate: true);
                break;
            case 0b111:
                EndOfInterrupt(level, rotate: true);
                break;
            case 0b100:
                _rotateOnAutoEoi = true;
                break;
            case 0b000:
                _rotateOnAutoEoi = false;
                break;
            case 0b110:
                _lowest = (byte)level;
                break;
            default:
                break;
        }
    }

    private void EndOfInterrupt(int input, bool rotate)
    {
        if (input < 0)
        {
            return;
        }

        Isr &= (byte)~(1 << input);
        if (rotate)
        {
            _lowest = (byte)input;
        }
    }

    private void WriteOcw3(byte value)
    {
        _poll |= (value & 4) != 0;
        if ((value & 2) != 0)
        {
            _readIsr = (value & 1) != 0;
        }

        if ((value & 0x40) != 0)
        {
            _specialMask = (value & 0x20) != 0;
        }
    }

    // A non-specific EOI clears the highest-priority bit, but none that the special mask mode hides.
    private int HighestInService()
    {
        var candidates = _specialMask ? Isr & ~Imr : Isr;
        for (var i = 1; i <= 8; i++)
        {
            var input = (_lowest + i) & 7;
            if ((candidates & (1 << input)) != 0)
            {
                return input;
            }
        }

        return -1;
    }

    // The input that INT asks for; -1 for none. Fully nested: only above what is in service.
    private int Highest()
    {
        var requests = Irr & ~Imr;
        if (requests == 0)
        {
            return -1;
        }

        var blockers = _specialMask ? Isr & ~Imr : Isr;
        for (var i = 1; i <= 8; i++)
        {
            var input = (_lowest + i) & 7;
            var bit = 1 << input;
            if ((blockers & bit) != 0)
            {
                // In the special fully nested mode a slave in service may interrupt again.
                return _specialFullyNested && (CascadeInputs & bit & requests) != 0 ? input : -1;
            }

            if ((requests & bit) != 0)
            {
                return input;
            }
        }

        return -1;
    }
}
