namespace Emulator.Core.Bus;

/// <summary>
/// A device's answer to I/O-port accesses. Called on the machine's thread only; must not block, must not throw,
/// whatever the guest sends.
/// </summary>
public interface IPortHandler
{
    /// <summary>Reads <paramref name="size"/> (1, 2 or 4) bytes at <paramref name="offset"/> from the start of the claimed range.</summary>
    uint ReadPort(ushort offset, int size);

    /// <summary>Writes <paramref name="size"/> (1, 2 or 4) bytes at <paramref name="offset"/> from the start of the claimed range.</summary>
    void WritePort(ushort offset, int size, uint value);
}

/// <summary>
/// A device's answer to accesses of its memory window. Called on the machine's thread only; must not block, must not throw.
/// Accesses never cross the window's end; they may be unaligned.
/// </summary>
public interface IMmioHandler
{
    /// <summary>Reads <paramref name="size"/> (1, 2, 4 or 8) bytes at <paramref name="offset"/> from the window's start.</summary>
    ulong ReadMmio(ulong offset, int size);

    /// <summary>Writes <paramref name="size"/> (1, 2, 4 or 8) bytes at <paramref name="offset"/> from the window's start.</summary>
    void WriteMmio(ulong offset, int size, ulong value);
}
