using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Jit.Emit.Families;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>The last instruction of a block and where it leads.</summary>
internal sealed unsafe class EndingEmitter(EmitContext context, RegionEmitter region)
{
    private const int MostReturnSites = 16;

    private static readonly MethodInfo LookupMethod = typeof(RegionExits).GetMethod(nameof(RegionExits.Lookup))!;

    private CilWriter Cil => context.Cil;

    private PlannedBlock Block => context.Block;

    private Op* Last => Block.Ops + (Block.Count - 1);

    /// <summary>Writes the ending.</summary>
    public void Emit(BlockGraph.Ending ending)
    {
        var instruction = Block.Instructions[^1];
        switch (ending)
        {
            case BlockGraph.Ending.FallThrough:
                region.EmitEdge(Block.Next, Last + 1);
                return;
            case BlockGraph.Ending.Jump:
                region.EmitEdge(Block.Taken, Last);
                return;
            case BlockGraph.Ending.Conditional:
                EmitConditional(instruction);
                return;
            case BlockGraph.Ending.Call when context.FlatStackWidth == -instruction.StackPointerIncrement:
                PushReturnAddress(instruction);
                region.EmitEdge(Block.Taken, Last);
                return;
            case BlockGraph.Ending.Return when context.FlatStackWidth == ReturnWidth(instruction):
                EmitReturn(instruction);
                return;
            case BlockGraph.Ending.IndirectCall when context.FlatStackWidth == -instruction.StackPointerIncrement && TryEmitIndirect(instruction, isCall: true):
                return;
            case BlockGraph.Ending.IndirectJump when TryEmitIndirect(instruction, isCall: false):
                return;
            default:
                context.Flags.Settle();
                context.Exits.RunHandler(Last, Block.Handlers[^1]);
                return;
        }
    }

    private static int ReturnWidth(in Instruction instruction) => instruction.Code switch
    {
        Code.Retnq or Code.Retnq_imm16 => 8,
        Code.Retnd or Code.Retnd_imm16 => 4,
        _ => 2,
    };

    private void EmitConditional(in Instruction instruction)
    {
        var taken = Cil.DefineLabel();
        context.Flags.Test(instruction.ConditionCode);
        var pending = context.Flags.Pending;
        Cil.Branch(OpCodes.Brtrue, taken);
        region.EmitEdge(Block.Next, Last + 1);
        Cil.Mark(taken);
        context.Flags.Set(pending);
        region.EmitEdge(Block.Taken, Last);
    }

    private void PushReturnAddress(in Instruction instruction)
    {
        var width = context.FlatStackWidth;
        var value = context.Rent(width);
        context.PushRip(context.DistanceOf(instruction.NextIP));
        if (width < 8)
        {
            Cil.Op(OpCodes.Conv_U4);
        }

        Cil.Store(value);
        StackEmitters.PushValue(context, value, width);
        Cil.Return(value);
    }

    private void EmitReturn(in Instruction instruction)
    {
        var width = context.FlatStackWidth;
        var value = context.Rent(width);
        var target = Cil.Rent(typeof(ulong));
        StackEmitters.Peek(context, value, width);
        Cil.Load(value);
        Cil.Op(OpCodes.Conv_U8);
        Cil.Store(target);
        var release = width + (instruction.OpCount == 1 ? (int)instruction.GetImmediate(0) : 0);
        Go(target, ReturnSites(), () => StackEmitters.Release(context, release));
        Cil.Return(target);
        Cil.Return(value);
    }

    private PlannedBlock[] ReturnSites()
        => [.. context.Plan.Blocks
            .Where(block => block.Next is not null && (BlockGraph.EndingOf(block) is BlockGraph.Ending.Call && block.Taken is not null || block.Seen.Count != 0))
            .Select(block => block.Next!).Distinct().Take(MostReturnSites)];

    private bool TryEmitIndirect(in Instruction instruction, bool isCall)
    {
        var width = OperandBinder.WidthOf(instruction, 0);
        if (width != (context.Is64Bit ? 8 : 4) || (instruction.Op0Kind == OpKind.Memory && !context.Memory.IsFlat(instruction)))
        {
            return false;
        }

        var target = Cil.Rent(typeof(ulong));
        SourceOperand.TryPush(context, instruction, 0, width);
        Cil.Op(OpCodes.Conv_U8);
        Cil.Store(target);
        var next = instruction;
        Go(target, Block.Seen, () =>
        {
            if (isCall)
            {
                PushReturnAddress(next);
            }
        });
        Cil.Return(target);
        return true;
    }

    // To blocks of the region; else out of it. Where the processor has not been under the present translation, the interpreter checks and goes: nothing has
    // been done yet.
    private void Go(LocalBuilder target, IReadOnlyList<PlannedBlock> known, Action commit)
    {
        new TargetDispatch(context).Emit(target, known, block =>
        {
            commit();
            region.EmitEdge(block);
        });
        var found = Cil.Rent(typeof(ulong));
        context.Flags.Settle();
        Cil.State();
        Cil.Load(target);
        Cil.Call(LookupMethod);
        Cil.Store(found);
        Cil.Load(found);
        Cil.Branch(OpCodes.Brfalse, context.Exits.Before());
        commit();
        context.Exits.Enter(found, target);
        Cil.Return(found);
    }
}
