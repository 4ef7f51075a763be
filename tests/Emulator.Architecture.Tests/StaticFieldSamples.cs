using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Emulator.Architecture.Tests;

/// <summary>Fields on which <see cref="StaticStateTests"/> proves its rule. Those that are allowed are called Good.</summary>
internal static class StaticFieldSamples
{
    public static readonly int GoodNumber = Environment.ProcessorCount;
    public static readonly FrozenDictionary<string, int> GoodDictionary = new Dictionary<string, int> { ["a"] = 1 }.ToFrozenDictionary();
    public static readonly ImmutableArray<string> GoodImmutableArray = ["a"];
    public static readonly IReadOnlyList<Point> GoodView = [new(1, "a")];
    public static readonly IReadOnlyList<Cell> BadViewOfCells = [new()];
    public static readonly Point GoodRecord = new(1, "a");
    public static readonly Func<int, int> GoodDelegate = Math.Abs;
    public static readonly List<int> BadList = [];
    public static readonly int[] BadSharedArray = [1];
    public static readonly Lock BadLock = new();
    public static readonly Cell BadClass = new();
    private static readonly int[] GoodTable = [1, 2, 3];
    private static readonly int[] BadTable = [1, 2, 3];
    private static readonly List<int>[] BadTableOfLists = [[]];
    private static int BadCounter;

    public static int Read(int index) => GoodTable[index] + BadTable[index] + BadTableOfLists[0].Count + BadCounter;

    public static void Write(int index)
    {
        BadTable[index] = index;
        BadCounter++;
    }

    internal sealed record Point(int X, string Name);

    internal sealed class Cell
    {
        public int Value { get; set; }
    }
}
