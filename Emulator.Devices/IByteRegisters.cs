namespace Emulator.Devices;

/// <summary>Registers of a byte each, read in any width.</summary>
internal interface IByteRegisters
{
    /// <summary>Reads one.</summary>
    byte ReadByte(int offset);
}

/// <summary>Wide reads of <see cref="IByteRegisters"/>.</summary>
internal static class ByteRegisters
{
    /// <summary>Reads up to eight, the first in the lowest bits.</summary>
    public static ulong Read<T>(T registers, ulong offset, int size)
        where T : IByteRegisters
    {
        var value = 0ul;
        for (var i = 0; i < size; i++)
        {
            value |= (ulong)registers.ReadByte((int)offset + i) << (8 * i);
        }

        return value;
    }
}
