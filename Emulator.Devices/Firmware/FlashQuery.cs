using System.Numerics;

namespace Emulator.Devices.Firmware;

/// <summary>
/// The query table of a flash chip (JEDEC JESD68.01, 2; Intel StrataFlash 290667, 9.2): command set, voltages, times, geometry. Read one byte
/// at each address.
/// </summary>
internal sealed class FlashQuery
{
    private const int PrimaryTable = 0x31;

    private readonly byte[] _table = new byte[0x40];

    /// <summary>Builds the table of a chip with blocks of one size.</summary>
    public FlashQuery(int length, int blockLength, int bufferLength)
    {
        var blocks = (length / blockLength) - 1;
        var pages = blockLength / 256;
        Put(0x10, (byte)'Q', (byte)'R', (byte)'Y', 0x01, 0x00, PrimaryTable, 0x00, 0, 0, 0, 0);

        // Vcc 4.5 to 5.5 V, no Vpp; times of a word, a buffer and a block as powers of two, and how many times as long they may take.
        Put(0x1b, 0x45, 0x55, 0x00, 0x00, 0x07, 0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00);
        Put(0x27, (byte)BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)length)), 0x00, 0x00, (byte)BitOperations.Log2((uint)bufferLength), 0x00, 0x01);
        Put(0x2d, (byte)blocks, (byte)(blocks >> 8), (byte)pages, (byte)(pages >> 8));
        Put(PrimaryTable, (byte)'P', (byte)'R', (byte)'I', (byte)'1', (byte)'0');
    }

    /// <summary>A byte of the table; zero outside of it.</summary>
    public byte this[int address] => (uint)address < (uint)_table.Length ? _table[address] : (byte)0;

    private void Put(int address, params ReadOnlySpan<byte> bytes) => bytes.CopyTo(_table.AsSpan(address));
}
