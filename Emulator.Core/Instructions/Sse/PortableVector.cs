using System.Runtime.Intrinsics;

namespace Emulator.Core.Instructions.Sse;

/// <summary>What the packed integer instructions compute, for hosts that have no such instruction.</summary>
public static unsafe class PortableVector
{
    public static Vector128<byte> AverageByte(Vector128<byte> a, Vector128<byte> b) => (a | b) - ((a ^ b) >>> 1);

    public static Vector128<ushort> AverageUInt16(Vector128<ushort> a, Vector128<ushort> b) => (a | b) - ((a ^ b) >>> 1);

    /// <summary>The magnitude; the most negative value stays as it is.</summary>
    public static Vector128<T> Abs<T>(Vector128<T> value)
        where T : unmanaged
        => Vector128.ConditionalSelect(Vector128.LessThan(value, Vector128<T>.Zero), -value, value);

    /// <summary><paramref name="a"/> negated, zeroed or kept by the sign of <paramref name="b"/>.</summary>
    public static Vector128<T> Sign<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged
        => Vector128.ConditionalSelect(Vector128.LessThan(b, Vector128<T>.Zero), -a, a) & ~Vector128.Equals(b, Vector128<T>.Zero);

    public static Vector128<short> MultiplyHigh(Vector128<short> a, Vector128<short> b)
        => Vector128.Narrow(
            (Vector128.WidenLower(a) * Vector128.WidenLower(b)) >> 16,
            (Vector128.WidenUpper(a) * Vector128.WidenUpper(b)) >> 16);

    public static Vector128<ushort> MultiplyHigh(Vector128<ushort> a, Vector128<ushort> b)
        => Vector128.Narrow(
            (Vector128.WidenLower(a) * Vector128.WidenLower(b)) >>> 16,
            (Vector128.WidenUpper(a) * Vector128.WidenUpper(b)) >>> 16);

    /// <summary>Bits 16:1 of the product's bits 31:14 plus one.</summary>
    public static Vector128<short> MultiplyHighRound(Vector128<short> a, Vector128<short> b)
        => Vector128.Narrow(
            (((Vector128.WidenLower(a) * Vector128.WidenLower(b)) >> 14) + Vector128<int>.One) >> 1,
            (((Vector128.WidenUpper(a) * Vector128.WidenUpper(b)) >> 14) + Vector128<int>.One) >> 1);

    public static Vector128<ulong> MultiplyEven(Vector128<uint> a, Vector128<uint> b)
        => Vector128.Create((ulong)a[0] * b[0], (ulong)a[2] * b[2]);

    public static Vector128<long> MultiplyEven(Vector128<int> a, Vector128<int> b)
        => Vector128.Create((long)a[0] * b[0], (long)a[2] * b[2]);

    public static Vector128<int> MultiplyAdd(Vector128<short> a, Vector128<short> b)
    {
        Vector128<int> result = default;
        for (var i = 0; i < 4; i++)
        {
            ((int*)&result)[i] = (a[2 * i] * b[2 * i]) + (a[(2 * i) + 1] * b[(2 * i) + 1]);
        }

        return result;
    }

    public static Vector128<short> MultiplyAdd(Vector128<byte> a, Vector128<sbyte> b)
    {
        Vector128<short> result = default;
        for (var i = 0; i < 8; i++)
        {
            ((short*)&result)[i] = Saturate((a[2 * i] * b[2 * i]) + (a[(2 * i) + 1] * b[(2 * i) + 1]));
        }

        return result;
    }

    public static Vector128<ulong> SumAbsoluteDifferences(Vector128<byte> a, Vector128<byte> b)
    {
        Vector128<ulong> result = default;
        for (var i = 0; i < 16; i++)
        {
            ((ulong*)&result)[i / 8] += (ulong)Math.Abs(a[i] - b[i]);
        }

        return result;
    }

    /// <summary>MPSADBW: the four bytes of <paramref name="b"/> that bits 1:0 select against eight places of <paramref name="a"/> (bit 2).</summary>
    public static Vector128<byte> MultipleSumAbsoluteDifferences(Vector128<byte> a, Vector128<byte> b, byte selector)
    {
        Vector128<ushort> result = default;
        var first = (selector & 4) != 0 ? 4 : 0;
        var second = (selector & 3) * 4;
        for (var i = 0; i < 8; i++)
        {
            for (var j = 0; j < 4; j++)
            {
                ((ushort*)&result)[i] += (ushort)Math.Abs(a[first + i + j] - b[second + j]);
            }
        }

        return result.AsByte();
    }

    /// <summary>The least word, and at bits 18:16 its first place.</summary>
    public static Vector128<ushort> MinHorizontal(Vector128<ushort> value)
    {
        var place = 0;
        for (var i = 1; i < 8; i++)
        {
            place = value[i] < value[place] ? i : place;
        }

        return Vector128.Create(value[place], (ushort)place, 0, 0, 0, 0, 0, 0);
    }

    public static Vector128<T> HorizontalAdd<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged
        => Even(a, b) + Odd(a, b);

    public static Vector128<T> HorizontalSubtract<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged
        => Even(a, b) - Odd(a, b);

    public static Vector128<short> HorizontalAddSaturate(Vector128<short> a, Vector128<short> b)
        => Vector128.AddSaturate(Even(a, b), Odd(a, b));

    public static Vector128<short> HorizontalSubtractSaturate(Vector128<short> a, Vector128<short> b)
        => Vector128.SubtractSaturate(Even(a, b), Odd(a, b));

    /// <summary>The elements at even places, of <paramref name="a"/> then of <paramref name="b"/>.</summary>
    public static Vector128<T> Even<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged
        => Every(a, b, 0);

    /// <summary>The elements at odd places.</summary>
    public static Vector128<T> Odd<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged
        => Every(a, b, 1);

    public static Vector128<T> UnpackLow<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged
        => Interleave(a, b, 0);

    public static Vector128<T> UnpackHigh<T>(Vector128<T> a, Vector128<T> b)
        where T : unmanaged
        => Interleave(a, b, Vector128<T>.Count / 2);

    public static Vector128<sbyte> PackSigned(Vector128<short> a, Vector128<short> b)
        => Vector128.Narrow(Clamp(a, (short)sbyte.MinValue, (short)sbyte.MaxValue), Clamp(b, (short)sbyte.MinValue, (short)sbyte.MaxValue));

    public static Vector128<short> PackSigned(Vector128<int> a, Vector128<int> b)
        => Vector128.Narrow(Clamp(a, (int)short.MinValue, (int)short.MaxValue), Clamp(b, (int)short.MinValue, (int)short.MaxValue));

    public static Vector128<byte> PackUnsigned(Vector128<short> a, Vector128<short> b)
        => Vector128.Narrow(Clamp(a, (short)0, (short)byte.MaxValue).AsUInt16(), Clamp(b, (short)0, (short)byte.MaxValue).AsUInt16());

    public static Vector128<ushort> PackUnsigned(Vector128<int> a, Vector128<int> b)
        => Vector128.Narrow(Clamp(a, 0, (int)ushort.MaxValue).AsUInt32(), Clamp(b, 0, (int)ushort.MaxValue).AsUInt32());

    /// <summary>Shuffle indices that PSHUFLW's immediate means.</summary>
    public static Vector128<ushort> LowWords(byte order)
        => Vector128.Create((ushort)(order & 3), (ushort)((order >> 2) & 3), (ushort)((order >> 4) & 3), (ushort)(order >> 6), 4, 5, 6, 7);

    /// <summary>Shuffle indices that PSHUFHW's immediate means.</summary>
    public static Vector128<ushort> HighWords(byte order)
        => Vector128.Create(
            0, 1, 2, 3, (ushort)(4 + (order & 3)), (ushort)(4 + ((order >> 2) & 3)), (ushort)(4 + ((order >> 4) & 3)), (ushort)(4 + (order >> 6)));

    private static short Saturate(int value) => (short)Math.Clamp(value, short.MinValue, short.MaxValue);

    private static Vector128<T> Clamp<T>(Vector128<T> value, T low, T high)
        where T : unmanaged
        => Vector128.Min(Vector128.Max(value, Vector128.Create(low)), Vector128.Create(high));

    private static Vector128<T> Every<T>(Vector128<T> a, Vector128<T> b, int first)
        where T : unmanaged
    {
        Vector128<T> result = default;
        var half = Vector128<T>.Count / 2;
        for (var i = 0; i < half; i++)
        {
            ((T*)&result)[i] = a[(2 * i) + first];
            ((T*)&result)[half + i] = b[(2 * i) + first];
        }

        return result;
    }

    private static Vector128<T> Interleave<T>(Vector128<T> a, Vector128<T> b, int first)
        where T : unmanaged
    {
        Vector128<T> result = default;
        for (var i = 0; i < Vector128<T>.Count / 2; i++)
        {
            ((T*)&result)[2 * i] = a[first + i];
            ((T*)&result)[(2 * i) + 1] = b[first + i];
        }

        return result;
    }
}
