using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Instructions.Sse;
using Iced.Intel;
using static System.Numerics.BitOperations;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Crypto;

/// <summary>SHA1RNDS4: four rounds on A, B, C, D (from the top); E is already in the message words.</summary>
public readonly struct Sha1rnds4 : IVectorOperation
{
    private static ReadOnlySpan<uint> Constants => [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6];

    public static V Apply(V a, V b, byte i)
    {
        var state = a.AsUInt32();
        var words = b.AsUInt32() + Vector128.Create(Constants[i & 3]);
        var (w, x, y, z) = (state.GetElement(3), state.GetElement(2), state.GetElement(1), state.GetElement(0));

        // Each round's result takes the place of E; names turn instead of values.
        var e = Mix(x, y, z, i) + RotateLeft(w, 5) + words.GetElement(3);
        x = RotateLeft(x, 30);
        z += Mix(w, x, y, i) + RotateLeft(e, 5) + words.GetElement(2);
        w = RotateLeft(w, 30);
        y += Mix(e, w, x, i) + RotateLeft(z, 5) + words.GetElement(1);
        e = RotateLeft(e, 30);
        x += Mix(z, e, w, i) + RotateLeft(y, 5) + words.GetElement(0);
        z = RotateLeft(z, 30);
        return Vector128.Create(e, z, y, x).AsByte();
    }

    private static uint Mix(uint x, uint y, uint z, byte i) => (i & 3) switch
    {
        0 => (x & y) ^ (~x & z),
        2 => (x & y) ^ (x & z) ^ (y & z),
        _ => x ^ y ^ z,
    };
}

/// <summary>SHA1NEXTE: E of the next rounds, added to the top message word.</summary>
public readonly struct Sha1nexte : IVectorOperation
{
    public static V Apply(V a, V b, byte i)
        => b.AsUInt32().WithElement(3, b.AsUInt32().GetElement(3) + RotateLeft(a.AsUInt32().GetElement(3), 30)).AsByte();
}

/// <summary>SHA1MSG1.</summary>
public readonly struct Sha1msg1 : IVectorOperation
{
    public static V Apply(V a, V b, byte i)
        => a ^ Vector128.Create(b.AsUInt64().GetElement(1), a.AsUInt64().GetElement(0)).AsByte();
}

/// <summary>SHA1MSG2.</summary>
public readonly struct Sha1msg2 : IVectorOperation
{
    public static V Apply(V a, V b, byte i)
    {
        var (x, y) = (a.AsUInt32(), b.AsUInt32());
        var w16 = RotateLeft(x.GetElement(3) ^ y.GetElement(2), 1);
        var w17 = RotateLeft(x.GetElement(2) ^ y.GetElement(1), 1);
        var w18 = RotateLeft(x.GetElement(1) ^ y.GetElement(0), 1);
        return Vector128.Create(RotateLeft(x.GetElement(0) ^ w16, 1), w18, w17, w16).AsByte();
    }
}

/// <summary>SHA256MSG1.</summary>
public readonly struct Sha256msg1 : IVectorOperation
{
    public static V Apply(V a, V b, byte i)
    {
        var x = a.AsUInt32();
        return Vector128.Create(
            x.GetElement(0) + Sigma0(x.GetElement(1)),
            x.GetElement(1) + Sigma0(x.GetElement(2)),
            x.GetElement(2) + Sigma0(x.GetElement(3)),
            x.GetElement(3) + Sigma0(b.AsUInt32().GetElement(0))).AsByte();
    }

    private static uint Sigma0(uint w) => RotateRight(w, 7) ^ RotateRight(w, 18) ^ (w >> 3);
}

/// <summary>SHA256MSG2.</summary>
public readonly struct Sha256msg2 : IVectorOperation
{
    public static V Apply(V a, V b, byte i)
    {
        var (x, y) = (a.AsUInt32(), b.AsUInt32());
        var w16 = x.GetElement(0) + Sigma1(y.GetElement(2));
        var w17 = x.GetElement(1) + Sigma1(y.GetElement(3));
        return Vector128.Create(w16, w17, x.GetElement(2) + Sigma1(w16), x.GetElement(3) + Sigma1(w17)).AsByte();
    }

    private static uint Sigma1(uint w) => RotateRight(w, 17) ^ RotateRight(w, 19) ^ (w >> 10);
}

/// <summary>SHA256RNDS2: two rounds; the first source holds C, D, G, H, the second A, B, E, F, XMM0 the message words with constants.</summary>
public readonly struct Sha256rnds2 : ITernaryOperation
{
    public static V Apply(V a, V b, V c)
    {
        var (cdgh, abef) = (a.AsUInt32(), b.AsUInt32());
        var (wa, wb, wc, wd) = (abef.GetElement(3), abef.GetElement(2), cdgh.GetElement(3), cdgh.GetElement(2));
        var (we, wf, wg, wh) = (abef.GetElement(1), abef.GetElement(0), cdgh.GetElement(1), cdgh.GetElement(0));
        Round(wa, wb, wc, ref wd, we, wf, wg, ref wh, c.AsUInt32().GetElement(0));
        Round(wh, wa, wb, ref wc, wd, we, wf, ref wg, c.AsUInt32().GetElement(1));
        return Vector128.Create(wd, wc, wh, wg).AsByte();
    }

    // D becomes the next E, H the next A.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(uint a, uint b, uint c, ref uint d, uint e, uint f, uint g, ref uint h, uint word)
    {
        h += (RotateRight(e, 6) ^ RotateRight(e, 11) ^ RotateRight(e, 25)) + ((e & f) ^ (~e & g)) + word;
        d += h;
        h += (RotateRight(a, 2) ^ RotateRight(a, 13) ^ RotateRight(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    }
}

/// <summary>The SHA extensions (SDM Vol. 2B, SHA1MSG1 to SHA256RNDS2). Processors let their memory operands be misaligned.</summary>
public static class ShaInstructions
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Sha1rnds4, new OperationRow<Sha1rnds4, WholeUnaligned>());
        table.Add(Mnemonic.Sha1nexte, new OperationRow<Sha1nexte, WholeUnaligned>());
        table.Add(Mnemonic.Sha1msg1, new OperationRow<Sha1msg1, WholeUnaligned>());
        table.Add(Mnemonic.Sha1msg2, new OperationRow<Sha1msg2, WholeUnaligned>());
        table.Add(Mnemonic.Sha256msg1, new OperationRow<Sha256msg1, WholeUnaligned>());
        table.Add(Mnemonic.Sha256msg2, new OperationRow<Sha256msg2, WholeUnaligned>());
        table.Add(Mnemonic.Sha256rnds2, new VariableBlendRow<Sha256rnds2, WholeUnaligned>());
    }
}
