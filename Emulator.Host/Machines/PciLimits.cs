using Emulator.Host.Boot;

namespace Emulator.Host.Machines;

/// <summary>What PCI devices may have of the address space.</summary>
internal static class PciLimits
{
    /// <summary>The largest expansion ROM: 24 bits of its address lie in the register.</summary>
    public const int LargestRom = 16 << 20;

    private const uint LowestWindow = 0xc000_0000;
    private const uint WindowAboveRam = 0xe000_0000;

    /// <summary>The first address below 4 GiB for memory windows.</summary>
    public static uint WindowStart(RamLayout layout) => layout.Below4G > LowestWindow ? WindowAboveRam : LowestWindow;
}
