using System.Numerics;
using System.Reflection.Emit;
using Emulator.Jit.Regions;

namespace Emulator.Jit.Emit;

/// <summary>
/// Leads a computed target to whichever of a few blocks of the region it is: by comparing one after the other, or, for more of them, by a jump table over bits
/// in which they differ.
/// </summary>
internal sealed class TargetDispatch(EmitContext context)
{
    // As many comparisons cost no more than the jump.
    private const int MostComparisons = 3;
    private const int MostBits = 6;
    private const int MostShift = 12;

    private CilWriter Cil => context.Cil;

    /// <summary>Writes a way for each of the blocks; what follows is for every other target.</summary>
    /// <param name="target">The instruction pointer to go to.</param>
    /// <param name="blocks">The blocks, the likeliest first.</param>
    /// <param name="arrive">Goes on to a block.</param>
    public void Emit(LocalBuilder target, IReadOnlyList<PlannedBlock> blocks, Action<PlannedBlock> arrive)
    {
        var pending = context.Flags.Pending;
        var probed = context.Memory.Probed;
        var other = Cil.DefineLabel();
        var hash = blocks.Count > MostComparisons ? FindHash(blocks) : null;
        var ways = blocks.Take(hash is null ? MostComparisons : blocks.Count).Select(block => (Block: block, Label: Cil.DefineLabel())).ToArray();
        if (hash is { } found)
        {
            EmitTable(target, found.Shift, found.Bits, ways, other);
        }

        foreach (var (block, label) in ways)
        {
            var next = hash is null ? Cil.DefineLabel() : other;
            Cil.Mark(label);
            Cil.Load(target);
            context.PushRip(context.DistanceOf(block.Rip));
            Cil.Branch(OpCodes.Bne_Un, next);
            arrive(block);
            context.Flags.Set(pending);
            context.Memory.Resume(probed);
            if (hash is null)
            {
                Cil.Mark(next);
            }
        }

        Cil.Mark(other);
    }

    private void EmitTable(LocalBuilder target, int shift, int bits, (PlannedBlock Block, Label Label)[] ways, Label other)
    {
        var table = new Label[1 << bits];
        Array.Fill(table, other);
        foreach (var (block, label) in ways)
        {
            table[Slot(block, shift, bits)] = label;
        }

        Cil.Load(target);
        Cil.Load(context.RipBase);
        Cil.Op(OpCodes.Sub);
        Cil.Int(shift);
        Cil.Op(OpCodes.Shr_Un);
        Cil.Op(OpCodes.Conv_I4);
        Cil.Int(table.Length - 1);
        Cil.Op(OpCodes.And);
        Cil.Switch(table);
        Cil.Branch(OpCodes.Br, other);
    }

    // The fewest bits in which the distances of all blocks from the entry differ.
    private (int Shift, int Bits)? FindHash(IReadOnlyList<PlannedBlock> blocks)
    {
        for (var bits = 32 - BitOperations.LeadingZeroCount((uint)blocks.Count - 1); bits <= MostBits; bits++)
        {
            for (var shift = 0; shift <= MostShift; shift++)
            {
                if (blocks.Select(block => Slot(block, shift, bits)).Distinct().Count() == blocks.Count)
                {
                    return (shift, bits);
                }
            }
        }

        return null;
    }

    private int Slot(PlannedBlock block, int shift, int bits) => (int)((ulong)context.DistanceOf(block.Rip) >> shift) & ((1 << bits) - 1);
}
