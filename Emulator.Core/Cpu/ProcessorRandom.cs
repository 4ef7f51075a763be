using System.Security.Cryptography;

namespace Emulator.Core.Cpu;

/// <summary>The source of RDRAND and RDSEED.</summary>
public sealed unsafe partial class Processor
{
    private ulong _randomState;

    /// <summary>
    /// 64 random bits: the host's cryptographic generator, or, when virtual time does not follow the host, a sequence that each run repeats.
    /// </summary>
    public ulong NextRandom()
    {
        if (Wiring.Clock.FollowsHost)
        {
            ulong value;
            RandomNumberGenerator.Fill(new Span<byte>(&value, sizeof(ulong)));
            return value;
        }

        // SplitMix64.
        _randomState += 0x9e37_79b9_7f4a_7c15;
        var mixed = (_randomState ^ (_randomState >> 30)) * 0xbf58_476d_1ce4_e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d0_49bb_1331_11eb;
        return mixed ^ (mixed >> 31);
    }
}
