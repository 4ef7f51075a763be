using System.Numerics;
using Emulator.Core.Cpu;

namespace Emulator.Core.Tests.Flags;

/// <summary>LazyFlags against flags worked out bit by bit, as SDM Vol. 1, 3.4.3.1 defines them.</summary>
public sealed class LazyFlagsTests
{
    private const int RandomPairs = 4000;

    [Fact]
    public void Add_EveryByte_MatchesBitByBit()
    {
        for (var a = 0; a < 256; a++)
        {
            for (var b = 0; b < 256; b++)
            {
                CheckAdd((byte)a, (byte)b, false);
                CheckAdd((byte)a, (byte)b, true);
                CheckSubtract((byte)a, (byte)b, false);
                CheckSubtract((byte)a, (byte)b, true);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AddAndSubtract_WiderOperands_MatchBitByBit(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < RandomPairs; i++)
        {
            var (a, b, carry) = (Operand(random), Operand(random), random.Next(2) == 0);
            CheckAdd((ushort)a, (ushort)b, carry);
            CheckAdd((uint)a, (uint)b, carry);
            CheckAdd(a, b, carry);
            CheckSubtract((ushort)a, (ushort)b, carry);
            CheckSubtract((uint)a, (uint)b, carry);
            CheckSubtract(a, b, carry);
        }
    }

    [Fact]
    public void IncrementAndDecrement_AnyValue_KeepCarry()
    {
        var random = new Random(3);
        for (var i = 0; i < RandomPairs; i++)
        {
            CheckStep((byte)Operand(random), random);
            CheckStep((ushort)Operand(random), random);
            CheckStep((uint)Operand(random), random);
            CheckStep(Operand(random), random);
        }
    }

    [Fact]
    public void Logic_AnyResult_ClearsCarryOverflowAuxiliary()
    {
        var random = new Random(4);
        for (var i = 0; i < RandomPairs; i++)
        {
            var value = Operand(random);
            var flags = default(LazyFlags);
            flags.FromRflags((ulong)random.NextInt64());
            flags.SetLogic((ushort)value);
            Assert.Equal(ResultFlags(value & 0xffff, 16), flags.ToRflags());
        }
    }

    [Fact]
    public void Rflags_EveryCombination_RoundTripsAndReadsBack()
    {
        foreach (var value in Combinations())
        {
            var flags = default(LazyFlags);
            flags.FromRflags(value);
            Assert.Equal(value, flags.ToRflags());
            Assert.Equal((value & Rflags.CF) != 0, flags.CF);
            Assert.Equal((value & Rflags.PF) != 0, flags.PF);
            Assert.Equal((value & Rflags.AF) != 0, flags.AF);
            Assert.Equal((value & Rflags.ZF) != 0, flags.ZF);
            Assert.Equal((value & Rflags.SF) != 0, flags.SF);
            Assert.Equal((value & Rflags.OF) != 0, flags.OF);
            Assert.Equal(((value & Rflags.SF) != 0) != ((value & Rflags.OF) != 0), flags.Less);
        }
    }

    [Fact]
    public void SetOne_OnEveryCombination_LeavesTheOthers()
    {
        foreach (var value in Combinations())
        {
            foreach (var set in new[] { false, true })
            {
                Assert.Equal(With(value, Rflags.CF, set), Changed(value, (ref LazyFlags f) => f.SetCarry(set)));
                Assert.Equal(With(value, Rflags.ZF, set), Changed(value, (ref LazyFlags f) => f.SetZero(set)));
                foreach (var overflow in new[] { false, true })
                {
                    Assert.Equal(
                        With(With(value, Rflags.CF, set), Rflags.OF, overflow),
                        Changed(value, (ref LazyFlags f) => f.SetCarryAndOverflow(set, overflow)));
                }
            }
        }
    }

    [Fact]
    public void SetResult_AnyFlags_KeepsThemApart()
    {
        var random = new Random(5);
        for (var i = 0; i < RandomPairs; i++)
        {
            var value = Operand(random);
            var (c, o, a) = (random.Next(2) == 0, random.Next(2) == 0, random.Next(2) == 0);
            var flags = default(LazyFlags);
            flags.SetResult((uint)value, c, o, a);
            var expected = ResultFlags((uint)value, 32) | (c ? Rflags.CF : 0) | (o ? Rflags.OF : 0) | (a ? Rflags.AF : 0);
            Assert.Equal(expected, flags.ToRflags());
        }
    }

    [Fact]
    public void SetCarry_AfterArithmetic_KeepsTheArithmeticFlags()
    {
        var random = new Random(6);
        for (var i = 0; i < RandomPairs; i++)
        {
            var (a, b) = (Operand(random), Operand(random));
            var flags = default(LazyFlags);
            flags.SetAdd((uint)a, (uint)b, (uint)(a + b));
            var before = flags.ToRflags();
            flags.SetCarry((i & 1) != 0);
            Assert.Equal(With(before, Rflags.CF, (i & 1) != 0), flags.ToRflags());
        }
    }

    private delegate void Change(ref LazyFlags flags);

    private static ulong Changed(ulong value, Change change)
    {
        var flags = default(LazyFlags);
        flags.FromRflags(value);
        change(ref flags);
        return flags.ToRflags();
    }

    private static ulong With(ulong value, ulong flag, bool set) => set ? value | flag : value & ~flag;

    private static IEnumerable<ulong> Combinations()
    {
        for (var i = 0; i < 64; i++)
        {
            yield return ((i & 1) != 0 ? Rflags.CF : 0) | ((i & 2) != 0 ? Rflags.PF : 0) | ((i & 4) != 0 ? Rflags.AF : 0)
                | ((i & 8) != 0 ? Rflags.ZF : 0) | ((i & 16) != 0 ? Rflags.SF : 0) | ((i & 32) != 0 ? Rflags.OF : 0);
        }
    }

    // Near the ends of each width half of the time.
    private static ulong Operand(Random random)
    {
        var value = random.Next(4) switch
        {
            0 => 1ul << random.Next(64),
            1 => 0ul,
            2 => ulong.MaxValue >> random.Next(64),
            _ => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
        };
        return value + (ulong)random.Next(-2, 3);
    }

    private static unsafe void CheckAdd<T>(T a, T b, bool carry)
        where T : unmanaged, IBinaryInteger<T>
    {
        var width = sizeof(T) * 8;
        var (result, expected) = Add(ulong.CreateTruncating(a), ulong.CreateTruncating(b), carry, width);
        var flags = default(LazyFlags);
        flags.SetAdd(a, b, T.CreateTruncating(result));
        Assert.Equal(expected, flags.ToRflags());
        Assert.Equal(((expected & Rflags.SF) != 0) != ((expected & Rflags.OF) != 0), flags.Less);
    }

    // a - b - borrow is a + ~b + 1 - borrow, with every carry inverted.
    private static unsafe void CheckSubtract<T>(T a, T b, bool borrow)
        where T : unmanaged, IBinaryInteger<T>
    {
        var width = sizeof(T) * 8;
        var (result, inverted) = Add(ulong.CreateTruncating(a), ~ulong.CreateTruncating(b), !borrow, width);
        var expected = inverted ^ (Rflags.CF | Rflags.AF);
        var flags = default(LazyFlags);
        flags.SetSubtract(a, b, T.CreateTruncating(result));
        Assert.Equal(expected, flags.ToRflags());
    }

    private static unsafe void CheckStep<T>(T value, Random random)
        where T : unmanaged, IBinaryInteger<T>
    {
        var width = sizeof(T) * 8;
        var carry = random.Next(2) == 0;
        var flags = default(LazyFlags);
        flags.FromRflags(carry ? Rflags.CF : 0);
        var (up, upFlags) = Add(ulong.CreateTruncating(value), 1, false, width);
        flags.SetIncrement(T.CreateTruncating(up));
        Assert.Equal(With(upFlags, Rflags.CF, carry), flags.ToRflags());

        var (down, downFlags) = Add(ulong.CreateTruncating(value), ~1ul, true, width);
        flags.SetDecrement(T.CreateTruncating(down));
        Assert.Equal(With(downFlags ^ Rflags.AF, Rflags.CF, carry), flags.ToRflags());
    }

    // A ripple-carry adder.
    private static (ulong Result, ulong Flags) Add(ulong a, ulong b, bool carry, int width)
    {
        var result = 0ul;
        var auxiliary = false;
        var intoTop = false;
        for (var bit = 0; bit < width; bit++)
        {
            intoTop = carry;
            var ones = (((a >> bit) & 1) != 0 ? 1 : 0) + (((b >> bit) & 1) != 0 ? 1 : 0) + (carry ? 1 : 0);
            result |= (ulong)(ones & 1) << bit;
            carry = ones > 1;
            auxiliary = bit == 3 ? carry : auxiliary;
        }

        var flags = ResultFlags(result, width) | (carry ? Rflags.CF : 0) | (auxiliary ? Rflags.AF : 0)
            | (carry != intoTop ? Rflags.OF : 0);
        return (result, flags);
    }

    private static ulong ResultFlags(ulong result, int width)
    {
        var ones = 0;
        for (var bit = 0; bit < 8; bit++)
        {
            ones += (int)((result >> bit) & 1);
        }

        return (result == 0 ? Rflags.ZF : 0) | (((result >> (width - 1)) & 1) != 0 ? Rflags.SF : 0) | (ones % 2 == 0 ? Rflags.PF : 0);
    }
}
