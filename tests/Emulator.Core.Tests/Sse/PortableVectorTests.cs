using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Emulator.Core.Instructions.Crypto;
using Emulator.Core.Instructions.Sse;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Tests.Sse;

/// <summary>What hosts without an instruction compute instead, against the host's instruction.</summary>
public sealed class PortableVectorTests
{
    private const int Rounds = 2000;

    public static bool HasOriginals => Sse41.IsSupported && Ssse3.IsSupported;

    public static bool HasAes => Aes.IsSupported && System.Runtime.Intrinsics.X86.Pclmulqdq.IsSupported;

    [Fact(Skip = "the host has no SSE4.1", SkipUnless = nameof(HasOriginals))]
    public void PortableIntegers_OfRandomValues_EqualTheHosts()
    {
        foreach (var (a, b) in Pairs())
        {
            Same(Sse2.Average(a, b), PortableVector.AverageByte(a, b));
            Same(Sse2.Average(a.AsUInt16(), b.AsUInt16()), PortableVector.AverageUInt16(a.AsUInt16(), b.AsUInt16()));
            Same(Sse2.MultiplyHigh(a.AsInt16(), b.AsInt16()), PortableVector.MultiplyHigh(a.AsInt16(), b.AsInt16()));
            Same(Sse2.MultiplyHigh(a.AsUInt16(), b.AsUInt16()), PortableVector.MultiplyHigh(a.AsUInt16(), b.AsUInt16()));
            Same(Ssse3.MultiplyHighRoundScale(a.AsInt16(), b.AsInt16()), PortableVector.MultiplyHighRound(a.AsInt16(), b.AsInt16()));
            Same(Sse2.Multiply(a.AsUInt32(), b.AsUInt32()), PortableVector.MultiplyEven(a.AsUInt32(), b.AsUInt32()));
            Same(Sse41.Multiply(a.AsInt32(), b.AsInt32()), PortableVector.MultiplyEven(a.AsInt32(), b.AsInt32()));
            Same(Sse2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()), PortableVector.MultiplyAdd(a.AsInt16(), b.AsInt16()));
            Same(Ssse3.MultiplyAddAdjacent(a, b.AsSByte()), PortableVector.MultiplyAdd(a, b.AsSByte()));
            Same(Sse2.SumAbsoluteDifferences(a, b).AsUInt64(), PortableVector.SumAbsoluteDifferences(a, b));
            Same(Sse41.MinHorizontal(a.AsUInt16()), PortableVector.MinHorizontal(a.AsUInt16()));
            Same(Ssse3.Sign(a.AsSByte(), b.AsSByte()), PortableVector.Sign(a.AsSByte(), b.AsSByte()));
            Same(Ssse3.Abs(a.AsInt16()).AsInt16(), PortableVector.Abs(a.AsInt16()));
            Same(Sse41.MultipleSumAbsoluteDifferences(a, b, 5).AsByte(), PortableVector.MultipleSumAbsoluteDifferences(a, b, 5));
        }
    }

    [Fact(Skip = "the host has no SSE4.1", SkipUnless = nameof(HasOriginals))]
    public void PortableArrangements_OfRandomValues_EqualTheHosts()
    {
        foreach (var (a, b) in Pairs())
        {
            Same(Ssse3.HorizontalAdd(a.AsInt16(), b.AsInt16()), PortableVector.HorizontalAdd(a.AsInt16(), b.AsInt16()));
            Same(Ssse3.HorizontalAddSaturate(a.AsInt16(), b.AsInt16()), PortableVector.HorizontalAddSaturate(a.AsInt16(), b.AsInt16()));
            Same(Ssse3.HorizontalSubtract(a.AsInt32(), b.AsInt32()), PortableVector.HorizontalSubtract(a.AsInt32(), b.AsInt32()));
            Same(Ssse3.HorizontalSubtractSaturate(a.AsInt16(), b.AsInt16()), PortableVector.HorizontalSubtractSaturate(a.AsInt16(), b.AsInt16()));
            Same(Sse2.UnpackLow(a, b), PortableVector.UnpackLow(a, b));
            Same(Sse2.UnpackHigh(a.AsUInt16(), b.AsUInt16()), PortableVector.UnpackHigh(a.AsUInt16(), b.AsUInt16()));
            Same(Sse2.PackSignedSaturate(a.AsInt16(), b.AsInt16()), PortableVector.PackSigned(a.AsInt16(), b.AsInt16()));
            Same(Sse2.PackSignedSaturate(a.AsInt32(), b.AsInt32()), PortableVector.PackSigned(a.AsInt32(), b.AsInt32()));
            Same(Sse2.PackUnsignedSaturate(a.AsInt16(), b.AsInt16()), PortableVector.PackUnsigned(a.AsInt16(), b.AsInt16()));
            Same(Sse41.PackUnsignedSaturate(a.AsInt32(), b.AsInt32()), PortableVector.PackUnsigned(a.AsInt32(), b.AsInt32()));
        }
    }

    [Fact(Skip = "the host has no AES instructions", SkipUnless = nameof(HasAes))]
    public void PortableAes_OfRandomValues_EqualsTheHosts()
    {
        foreach (var (a, b) in Pairs().Take(200))
        {
            Same(Aes.Encrypt(a, b), AesInstructions.Encrypt(a, mix: true) ^ b);
            Same(Aes.EncryptLast(a, b), AesInstructions.Encrypt(a, mix: false) ^ b);
            Same(Aes.Decrypt(a, b), AesInstructions.Decrypt(a, mix: true) ^ b);
            Same(Aes.DecryptLast(a, b), AesInstructions.Decrypt(a, mix: false) ^ b);
            Same(Aes.InverseMixColumns(a), AesInstructions.InverseMix(a));
            Same(
                System.Runtime.Intrinsics.X86.Pclmulqdq.CarrylessMultiply(a.AsUInt64(), b.AsUInt64(), 0x10).AsByte(),
                AesInstructions.CarrylessMultiply(a.AsUInt64().GetElement(0), b.AsUInt64().GetElement(1)));
        }
    }

    [Fact]
    public void Approximations_OfRandomValues_KeepTheManualsBound()
    {
        var random = new Random(7);
        for (var i = 0; i < Rounds; i++)
        {
            var value = (float)Math.Pow(2, (random.NextDouble() * 120) - 60);
            Assert.True(Math.Abs((Approximations.Reciprocal(value) * (double)value) - 1) <= 1.5 / 4096);
            Assert.True(Math.Abs((Approximations.ReciprocalSquareRoot(value) * Math.Sqrt(value)) - 1) <= 1.5 / 4096);
            var vector = Vector128.Create(value).AsByte();
            Assert.True(Math.Abs((Rcpps.Apply(default, vector, 0).AsSingle().ToScalar() * (double)value) - 1) <= 1.5 / 4096);
        }

        Assert.Equal(float.NegativeInfinity, Approximations.Reciprocal(-float.Epsilon));
        Assert.Equal(float.NegativeInfinity, Approximations.ReciprocalSquareRoot(-0f));
    }

    // Bytes at the edges of the signed and unsigned ranges, among random ones.
    private static IEnumerable<(V A, V B)> Pairs()
    {
        var random = new Random(1);
        var a = new byte[16];
        var b = new byte[16];
        ReadOnlyMemory<byte> edges = new byte[] { 0, 1, 0x7f, 0x80, 0xff };
        for (var round = 0; round < Rounds; round++)
        {
            random.NextBytes(a);
            random.NextBytes(b);
            for (var i = 0; i < 16 && round % 2 == 0; i++)
            {
                a[i] = edges.Span[random.Next(5)];
                b[i] = edges.Span[random.Next(5)];
            }

            yield return (Vector128.Create(a), Vector128.Create(b));
        }
    }

    private static void Same<T>(Vector128<T> expected, Vector128<T> actual)
        where T : unmanaged
        => Assert.Equal(expected, actual);
}
