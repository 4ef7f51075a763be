using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Jit.Analysis;
using Iced.Intel;
using Label = System.Reflection.Emit.Label;

namespace Emulator.Jit.Emit;

/// <summary>
/// An instruction without an emitter: its handler is called as the interpreter would. It finds in the state what it uses, and the registers that it wrote are
/// loaded again; if it leaves, so does the region.
/// </summary>
internal sealed unsafe class HandlerCallEmitter(EmitContext context)
{
    private CilWriter Cil => context.Cil;

    /// <summary>Writes the call.</summary>
    public void Emit(in Instruction instruction)
    {
        if (FlagNeeds.Touches(instruction))
        {
            context.Flags.Settle();
        }

        Prepare(instruction)();
    }

    /// <summary>
    /// What writes the call of the current instruction's handler, later. Pending flags stay pending: if the handler leaves they are computed then.
    /// </summary>
    public Action Prepare(in Instruction instruction)
    {
        var registers = context.Use.Of(instruction);
        var vectors = context.Use.VectorsOf(instruction);
        var op = (nint)context.CurrentOp;
        var handler = context.Block.Handlers[context.Index];
        var block = context.Block;
        var site = context.Site;
        var left = context.Exits.Left();
        Label? after = MayWriteMemory(instruction) ? context.Exits.After() : null;
        return () =>
        {
            context.Registers.Store(registers.Used);
            context.Vectors.Store(vectors.Used);
            context.StoreRetired();
            context.StoreBlockRip(block);
            Cil.State();
            Cil.Pointer(op);
            Cil.Pointer(handler);
            Cil.CallHandler();
            var next = Cil.Rent(typeof(ulong));
            Cil.Store(next);
            context.Registers.Load(registers.Written);
            context.Vectors.Load(vectors.Written);
            Cil.Load(next);
            Cil.Branch(OpCodes.Brfalse, left);
            Cil.Return(next);
            if (after is { } changed)
            {
                context.Exits.NoteSite(site);
                Cil.Pointer((nint)(&context.Guard->Stale));
                Cil.Op(OpCodes.Ldind_I4);
                Cil.Branch(OpCodes.Brtrue, changed);
            }
        };
    }

    // Ports and other devices may write anywhere by DMA.
    private static bool MayWriteMemory(in Instruction instruction)
        => OperandBinder.HasMemoryOperand(instruction) || instruction.StackPointerIncrement != 0 || instruction.IsStringInstruction
            || instruction.Mnemonic is Mnemonic.In or Mnemonic.Out or Mnemonic.Maskmovdqu or Mnemonic.Maskmovq or Mnemonic.Enter;
}
