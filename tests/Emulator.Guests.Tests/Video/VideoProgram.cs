using System.Buffers.Binary;

namespace Emulator.Guests.Tests.Video;

/// <summary>
/// A Multiboot program, written step by step, that programs a display adapter, draws, says so on the first serial port and stops.
/// </summary>
internal sealed class VideoProgram
{
    /// <summary>What the program writes to the serial port when its picture stands.</summary>
    public const string Done = "drawn\n";

    private const uint LoadAddress = 0x100000;
    private const uint HeaderLength = 32;
    private const uint Magic = 0x1bad_b002;
    private const uint AddressFields = 0x10000;
    private const int SerialPort = 0x3f8;
    private const int DisplayBar0 = unchecked((int)0x8000_1010);

    private readonly List<byte> _code = [];
    private readonly List<byte> _data = [];
    private readonly List<(int At, int Offset)> _fixups = [];

    /// <summary>Writes a byte to a port.</summary>
    public VideoProgram Out(int port, int value) => Port(port).Code(0xb0, (byte)value, 0xee);

    /// <summary>Writes a word to a port: an index register with its data register.</summary>
    public VideoProgram Index(int port, int index, int value) => Out16(port, index | (value << 8));

    /// <summary>Writes a word to a port.</summary>
    public VideoProgram Out16(int port, int value) => Port(port).Code(0x66, 0xb8, (byte)value, (byte)(value >> 8), 0x66, 0xef);

    /// <summary>Reads a byte from a port.</summary>
    public VideoProgram In(int port) => Port(port).Code(0xec);

    /// <summary>Reads a byte from memory, which loads the latches.</summary>
    public VideoProgram Load(uint address) => Code(0xa0).Immediate(address);

    /// <summary>Copies bytes to an address.</summary>
    public VideoProgram Copy(uint address, ReadOnlySpan<byte> bytes) => Code(0xbf).Immediate(address).CopyToEdi(bytes);

    /// <summary>Copies bytes to an offset in the PCI adapter's frame buffer.</summary>
    public VideoProgram CopyToFrameBuffer(uint offset, ReadOnlySpan<byte> bytes)
        => Code(0xb8).Immediate(unchecked((uint)DisplayBar0)).Port(0xcf8).Code(0xef).Port(0xcfc).Code(0xed)
            .Code(0x83, 0xe0, 0xf0)
            .Code(0x05).Immediate(offset)
            .Code(0x89, 0xc7)
            .CopyToEdi(bytes);

    /// <summary>The program's image, which stops when its picture stands.</summary>
    public byte[] Image() => Image([0xfa, 0xf4, 0xeb, 0xfd]);

    /// <summary>The program's image, which goes on with other code, for any address, when its picture stands.</summary>
    public byte[] Image(ReadOnlySpan<byte> next)
    {
        foreach (var letter in Done)
        {
            Out(SerialPort, letter);
        }

        Code(next);
        var image = new byte[(int)HeaderLength + _code.Count + _data.Count];
        var end = LoadAddress + (uint)image.Length;
        uint[] header = [Magic, AddressFields, unchecked(0u - Magic - AddressFields), LoadAddress, LoadAddress, end, end, LoadAddress + HeaderLength];
        for (var i = 0; i < header.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(4 * i), header[i]);
        }

        _code.CopyTo(image, (int)HeaderLength);
        _data.CopyTo(image, (int)HeaderLength + _code.Count);
        foreach (var (at, offset) in _fixups)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan((int)HeaderLength + at), LoadAddress + HeaderLength + (uint)(_code.Count + offset));
        }

        return image;
    }

    private VideoProgram Port(int port) => Code(0x66, 0xba, (byte)port, (byte)(port >> 8));

    private VideoProgram CopyToEdi(ReadOnlySpan<byte> bytes)
    {
        Code(0xbe);
        _fixups.Add((_code.Count, _data.Count));
        _data.AddRange(bytes);
        return Immediate(0).Code(0xb9).Immediate((uint)bytes.Length).Code(0xfc, 0xf3, 0xa4);
    }

    private VideoProgram Immediate(uint value) => Code((byte)value, (byte)(value >> 8), (byte)(value >> 16), (byte)(value >> 24));

    private VideoProgram Code(params ReadOnlySpan<byte> bytes)
    {
        _code.AddRange(bytes);
        return this;
    }
}
