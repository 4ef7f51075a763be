namespace Emulator.Conformance.Tests.Cases;

/// <summary>SplitMix64: the same numbers from the same seed on every .NET version, so that a printed seed stays good.</summary>
public sealed class CaseRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>64 random bits.</summary>
    public ulong Next()
    {
        _state += 0x9e37_79b9_7f4a_7c15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)((Next() >> 33) % (uint)bound);

    /// <summary>True once in <paramref name="times"/>.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    /// <summary>One of the values.</summary>
    public T Of<T>(ReadOnlySpan<T> values) => values[Below(values.Length)];

    /// <summary>A seed for the case with the given number.</summary>
    public static ulong SeedOf(ulong runSeed, long number) => new CaseRandom(runSeed ^ ((ulong)number * 0xd6e8_feb8_6659_fd93)).Next();
}
