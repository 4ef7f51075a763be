namespace Emulator.Devices.Chipset;

/// <summary>Which way a DMA channel's transfers go (8237A, mode register bits 3:2).</summary>
public enum DmaDirection
{
    /// <summary>Nothing is moved, but transfers are counted.</summary>
    Verify = 0,

    /// <summary>From the device to memory.</summary>
    ToMemory = 1,

    /// <summary>From memory to the device.</summary>
    FromMemory = 2,

    /// <summary>Reserved: nothing happens.</summary>
    Illegal = 3,
}

/// <summary>A device on a DMA channel. It is called while it asks for transfers, at once when the channel lets it.</summary>
public interface IDmaClient
{
    /// <summary>
    /// Gives bytes, as many as it has and as fit; 0 ends the burst. In a verify transfer the bytes go nowhere.
    /// </summary>
    int Give(Span<byte> destination);

    /// <summary>Takes bytes; returns how many it wanted. 0 ends the burst.</summary>
    int Take(ReadOnlySpan<byte> source);

    /// <summary>The channel has reached its terminal count (TC).</summary>
    void EndOfProcess();
}
