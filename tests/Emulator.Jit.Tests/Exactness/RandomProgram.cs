using Iced.Intel;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>What an item of a random program is.</summary>
internal enum ItemKind
{
    /// <summary>One instruction of the pool.</summary>
    Plain,

    /// <summary>A repeated string instruction with a small count.</summary>
    Repeated,

    /// <summary>RBX, RSI or RDI is set to an address of data.</summary>
    Point,

    /// <summary>R15 is set to a small index.</summary>
    Index,

    /// <summary>A store into a block's code.</summary>
    Patch,

    /// <summary>The same by REP MOVSB.</summary>
    PatchByString,

    /// <summary>A push, and a pop.</summary>
    Push,
    Pop,

    /// <summary>The program goes to the other page tables, or back.</summary>
    SwitchTables,

    /// <summary>A page of code is mapped to the copy, or back, with INVLPG.</summary>
    Remap,

    /// <summary>TF is set.</summary>
    Trap,

    /// <summary>A breakpoint on a block or on data.</summary>
    Breakpoint,

    /// <summary>STI or CLI.</summary>
    InterruptFlag,

    /// <summary>The page that its fault maps is taken away.</summary>
    TakeLazyPage,
}

/// <summary>An item, which emits the same whatever stands beside it.</summary>
internal sealed record ProgramItem(ItemKind Kind, Instruction Instruction, int A, int B, int C);

/// <summary>How a block of a random program ends.</summary>
internal enum EndingKind
{
    Next,
    Jump,
    Conditional,
    Counted,
    Loop,
    Call,
    Return,
    ThroughTable,
    CallThroughTable,
    ToAlias,
}

/// <summary>A block of a random program.</summary>
internal sealed record ProgramBlock(IReadOnlyList<ProgramItem> Items, EndingKind Ending, int Target, int Variant, int Gap)
{
    /// <summary>A copy with other items.</summary>
    public ProgramBlock Without(int item) => this with { Items = [.. Items.Where((_, index) => index != item)] };
}

/// <summary>A random program: everything that decides its bytes.</summary>
internal sealed record RandomProgram(int Bitness, IReadOnlyList<ProgramBlock> Blocks)
{
    private const int PointChoices = 3;

    /// <summary>The program of a seed.</summary>
    public static RandomProgram Create(int bitness, InstructionPool pool, Random random)
    {
        var count = random.Next(3, 10);
        var spread = random.Next(3) == 0;
        var wild = random.Next(2) == 0;
        var blocks = new List<ProgramBlock>();
        for (var i = 0; i < count; i++)
        {
            var items = Enumerable.Range(0, random.Next(1, 9)).Select(_ => Item(bitness, pool, random, count, wild)).ToList();
            var gap = spread && random.Next(2) == 0 ? random.Next(1, 0x1800) : 0;
            blocks.Add(new ProgramBlock(items, Ending(random, i, count), random.Next(count), random.Next(1 << 16), gap));
        }

        return new RandomProgram(bitness, blocks);
    }

    private static EndingKind Ending(Random random, int index, int count)
        => index == count - 1 ? EndingKind.Jump : random.Next(20) switch
        {
            < 3 => EndingKind.Next,
            < 5 => EndingKind.Jump,
            < 9 => EndingKind.Conditional,
            < 12 => EndingKind.Counted,
            12 => EndingKind.Loop,
            < 15 => EndingKind.Call,
            < 17 => EndingKind.Return,
            17 => EndingKind.ThroughTable,
            18 => EndingKind.CallThroughTable,
            _ => EndingKind.ToAlias,
        };

    private static ProgramItem Item(int bitness, InstructionPool pool, Random random, int blocks, bool wild)
    {
        var kind = random.Next(wild ? 60 : 48) switch
        {
            < 34 => ItemKind.Plain,
            < 36 => ItemKind.Repeated,
            < 41 => ItemKind.Point,
            < 42 => ItemKind.Index,
            < 45 => ItemKind.Push,
            < 48 => ItemKind.Pop,
            < 51 => ItemKind.Patch,
            51 => ItemKind.PatchByString,
            52 => ItemKind.SwitchTables,
            53 => ItemKind.Remap,
            54 => ItemKind.Trap,
            55 or 56 => ItemKind.Breakpoint,
            57 => ItemKind.InterruptFlag,
            _ => ItemKind.TakeLazyPage,
        };
        var instruction = default(Instruction);
        while (kind is ItemKind.Plain or ItemKind.Repeated)
        {
            instruction = pool.Next(random);
            var repeats = instruction.HasRepPrefix || instruction.HasRepnePrefix;
            if (repeats == (kind == ItemKind.Repeated) && IsEncodable(bitness, instruction))
            {
                break;
            }
        }

        return new ProgramItem(kind, instruction, random.Next(kind == ItemKind.Point ? PointChoices : blocks), random.Next(), random.Next());
    }

    private static bool IsEncodable(int bitness, in Instruction instruction)
        => Encoder.Create(bitness, new StreamCodeWriter(Stream.Null)).TryEncode(instruction, TestLayout.Code, out _, out _);
}
