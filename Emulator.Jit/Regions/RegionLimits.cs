namespace Emulator.Jit.Regions;

/// <summary>How much one region may hold: RyuJIT gives up optimising very large methods.</summary>
/// <param name="Blocks">The most blocks.</param>
/// <param name="Instructions">The most guest instructions.</param>
public readonly record struct RegionLimits(int Blocks, int Instructions);
