using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Jit.Analysis;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>
/// An instruction without an emitter: its handler is called as the interpreter would. It finds in the state what it uses, and the registers that it wrote are
/// loaded again; if it leaves, so does the region.
/// </summary>
internal sealed unsafe class HandlerCallEmitter(EmitContext context)
{
    private CilWriter Cil => context.Cil;

    /// <summary>Writes the call.</summary>
    public void Emit(in Instruction instruction, (uint Used, uint Written) registers)
    {
        if (FlagNeeds.Touches(instruction))
        {
            context.Flags.Settle();
        }

        context.Registers.Store(registers.Used);
        context.StoreRetired();
        context.StoreBlockRip();
        var op = context.CurrentOp;
        Cil.State();
        Cil.Pointer((nint)op);
        Cil.Pointer(context.Block.Handlers[context.Index]);
        Cil.CallHandler();
        var next = Cil.Rent(typeof(ulong));
        Cil.Store(next);
        context.Registers.Load(registers.Written);
        Cil.Load(next);
        Cil.Branch(OpCodes.Brfalse, context.Exits.Left());
        Cil.Return(next);
        if (MayWriteMemory(instruction))
        {
            context.Exits.NoteSite(context.Site);
            Cil.Pointer((nint)(&context.Guard->Stale));
            Cil.Op(OpCodes.Ldind_I4);
            Cil.Branch(OpCodes.Brtrue, context.Exits.After());
        }
    }

    // Ports and other devices may write anywhere by DMA.
    private static bool MayWriteMemory(in Instruction instruction)
        => OperandBinder.HasMemoryOperand(instruction) || instruction.StackPointerIncrement != 0 || instruction.IsStringInstruction
            || instruction.Mnemonic is Mnemonic.In or Mnemonic.Out or Mnemonic.Maskmovdqu or Mnemonic.Maskmovq or Mnemonic.Enter;
}
