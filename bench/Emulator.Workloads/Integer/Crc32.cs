using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Integer;

/// <summary>The CRC-32 of IEEE 802.3 by a table of 256 words: loads that depend on each other, byte by byte.</summary>
public sealed class Crc32 : Workload
{
    private const int Table = Data;
    private const int Buffer = Data + 0x1000;
    private const int Length = 4096;
    private const uint Polynomial = 0xedb8_8320;

    /// <inheritdoc/>
    public override string Name => "crc32";

    /// <inheritdoc/>
    public override string Unit => "4 KiB";

    /// <inheritdoc/>
    public override int RoundUnits => 100;

    /// <inheritdoc/>
    public override void Load(Span<byte> ram)
    {
        for (var i = 0; i < 256; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(ram[(Table + (i * 4))..], Step((uint)i, 0));
        }

        for (var i = 0; i < Length; i++)
        {
            ram[Buffer + i] = Byte(i);
        }
    }

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var next = a.CreateLabel();
        a.mov(eax, uint.MaxValue);
        a.Label(ref pass);
        a.mov(esi, Buffer);
        a.mov(ecx, Length);
        a.Label(ref next);
        a.movzx(edx, __byte_ptr[rsi]);
        a.xor(dl, al);
        a.shr(eax, 8);
        a.xor(eax, __dword_ptr[(rdx * 4) + Table]);
        a.inc(rsi);
        a.dec(ecx);
        a.jne(next);
        a.dec(rdi);
        a.jne(pass);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var crc = uint.MaxValue;
        for (var unit = 0; unit < units; unit++)
        {
            for (var i = 0; i < Length; i++)
            {
                crc = Step(crc, Byte(i));
            }
        }

        return crc;
    }

    private static byte Byte(int index) => (byte)((index * 7) + (index >> 8));

    // Bit by bit, without the table that the guest uses.
    private static uint Step(uint crc, byte value)
    {
        crc ^= value;
        for (var bit = 0; bit < 8; bit++)
        {
            crc = (crc & 1) != 0 ? (crc >> 1) ^ Polynomial : crc >> 1;
        }

        return crc;
    }
}
