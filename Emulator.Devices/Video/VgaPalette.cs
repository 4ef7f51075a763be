namespace Emulator.Devices.Video;

/// <summary>
/// The colours that pixels stand for: through the attribute controller's palette, colour select and plane enable registers (IBM VGA
/// Technical Reference, "Attribute controller registers"), then through the DAC.
/// </summary>
internal sealed class VgaPalette
{
    private readonly uint[] _sixteen = new uint[16];
    private readonly uint[] _all = new uint[256];

    /// <summary>Colours of pixels of four bits.</summary>
    public ReadOnlySpan<uint> Sixteen => _sixteen;

    /// <summary>Colours of pixels of eight bits.</summary>
    public ReadOnlySpan<uint> All => _all;

    /// <summary>Reads the registers.</summary>
    public void Update(VgaRegisters registers)
    {
        var select = registers.Attribute(0x14);
        var replaces = (registers.Attribute(0x10) & 0x80) != 0;
        for (var i = 0; i < _sixteen.Length; i++)
        {
            var entry = registers.Attribute(i & registers.Attribute(0x12));
            var colour = replaces ? ((select & 0x0f) << 4) | (entry & 0x0f) : ((select & 0x0c) << 4) | (entry & 0x3f);
            _sixteen[i] = registers.Dac.Shown(colour);
        }

        for (var i = 0; i < _all.Length; i++)
        {
            _all[i] = registers.Dac.Shown(i);
        }
    }
}
