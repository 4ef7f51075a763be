using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Integer;

/// <summary>What the sorting workloads share: pseudo-random numbers before (generator in R9), and a hash of the sorted ones behind (in R8).</summary>
internal static class SortedNumbers
{
    private const uint Seed = 12345;
    private const uint Multiplier = 1_664_525;
    private const uint Increment = 1_013_904_223;

    /// <summary>Sets the generator and the hash.</summary>
    public static void EmitStart(Assembler a)
    {
        a.mov(r9d, Seed);
        a.xor(r8d, r8d);
    }

    /// <summary>Fills the array.</summary>
    public static void EmitFill(Assembler a, int array, int count)
    {
        var fill = a.CreateLabel();
        a.xor(ecx, ecx);
        a.Label(ref fill);
        a.imul(r9d, r9d, (int)Multiplier);
        a.add(r9d, (int)Increment);
        a.mov(__dword_ptr[(rcx * 4) + array], r9d);
        a.inc(ecx);
        a.cmp(ecx, count);
        a.jb(fill);
    }

    /// <summary>Folds the array into the hash.</summary>
    public static void EmitFold(Assembler a, int array, int count)
    {
        var fold = a.CreateLabel();
        a.xor(ecx, ecx);
        a.Label(ref fold);
        a.imul(r8, r8, 31);
        a.mov(eax, __dword_ptr[(rcx * 4) + array]);
        a.add(r8, rax);
        a.inc(ecx);
        a.cmp(ecx, count);
        a.jb(fold);
    }

    /// <summary>The hash that the guest must come to.</summary>
    public static ulong Reference(int units, int count)
    {
        var random = Seed;
        var hash = 0ul;
        var numbers = new uint[count];
        for (var unit = 0; unit < units; unit++)
        {
            for (var i = 0; i < count; i++)
            {
                random = (random * Multiplier) + Increment;
                numbers[i] = random;
            }

            Array.Sort(numbers);
            foreach (var number in numbers)
            {
                hash = (hash * 31) + number;
            }
        }

        return hash;
    }
}
