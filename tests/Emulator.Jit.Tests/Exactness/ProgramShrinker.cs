using System.Text;

namespace Emulator.Jit.Tests.Exactness;

/// <summary>Makes a failing program smaller as long as it still fails.</summary>
internal static class ProgramShrinker
{
    private const int MostTries = 400;

    /// <summary>A smaller program that fails, perhaps in another way.</summary>
    public static RandomProgram Shrink(RandomProgram program, Func<RandomProgram, bool> fails)
    {
        var tries = 0;
        for (var progress = true; progress && tries < MostTries;)
        {
            progress = false;
            foreach (var candidate in Smaller(program))
            {
                if (++tries > MostTries)
                {
                    break;
                }

                if (fails(candidate))
                {
                    program = candidate;
                    progress = true;
                    break;
                }
            }
        }

        return program;
    }

    /// <summary>The program for people.</summary>
    public static string Describe(RandomProgram program)
    {
        var text = new StringBuilder();
        for (var i = 0; i < program.Blocks.Count; i++)
        {
            var block = program.Blocks[i];
            text.AppendLine($"{i}:{(block.Gap > 0 ? $" gap {block.Gap}" : "")}");
            foreach (var item in block.Items)
            {
                text.AppendLine(item.Kind is ItemKind.Plain or ItemKind.Repeated ? $"    {item.Instruction}  ({item.Instruction.Code})" : $"    {item.Kind} {item.A} {item.B} {item.C}");
            }

            text.AppendLine($"    -> {block.Ending} {block.Target} {block.Variant}");
        }

        return text.ToString();
    }

    private static IEnumerable<RandomProgram> Smaller(RandomProgram program)
    {
        for (var i = 0; i < program.Blocks.Count; i++)
        {
            var block = program.Blocks[i];
            if (block.Items.Count > 1)
            {
                yield return With(program, i, block with { Items = [] });
            }
        }

        for (var i = 0; i < program.Blocks.Count - 1; i++)
        {
            if (program.Blocks[i].Ending != EndingKind.Next)
            {
                yield return With(program, i, program.Blocks[i] with { Ending = EndingKind.Next });
            }
        }

        for (var i = 0; i < program.Blocks.Count; i++)
        {
            if (program.Blocks[i].Gap != 0)
            {
                yield return With(program, i, program.Blocks[i] with { Gap = 0 });
            }

            for (var item = 0; item < program.Blocks[i].Items.Count; item++)
            {
                yield return With(program, i, program.Blocks[i].Without(item));
            }
        }

        if (program.Blocks.Count > 2)
        {
            for (var i = program.Blocks.Count - 1; i > 0; i--)
            {
                var number = i;
                var blocks = program.Blocks.Where((_, index) => index != number).ToList();
                blocks[^1] = blocks[^1] with { Ending = EndingKind.Jump };
                yield return program with { Blocks = blocks };
            }
        }
    }

    private static RandomProgram With(RandomProgram program, int number, ProgramBlock block)
    {
        var blocks = program.Blocks.ToList();
        blocks[number] = block;
        return program with { Blocks = blocks };
    }
}
