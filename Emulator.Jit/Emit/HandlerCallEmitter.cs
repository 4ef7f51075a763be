using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Jit.Analysis;
using Emulator.Jit.Runtime;
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
    public void Emit(in Instruction instruction)
    {
        if (FlagNeeds.Touches(instruction))
        {
            context.Flags.Settle();
        }

        var registers = context.Use.Of(instruction);
        var vectors = context.Use.VectorsOf(instruction);
        context.Registers.Store(registers.Used);
        context.Vectors.Store(vectors.Used);
        context.StoreRetired();
        context.StoreBlockRip();
        Cil.State();
        Cil.Pointer((nint)context.CurrentOp);
        Cil.Pointer(context.Block.Handlers[context.Index]);
        Cil.CallHandler();
        context.Memory.Forget();
        var next = Cil.Rent(typeof(ulong));
        Cil.Store(next);
        context.Registers.Load(registers.Written);
        context.Vectors.Load(vectors.Written);
        Cil.Load(next);
        Cil.Branch(OpCodes.Brfalse, context.Exits.Left());
        Cil.Return(next);
        context.Floats.After(instruction);
        if (MayWriteMemory(instruction))
        {
            context.Exits.Note(RegionExit.After, context.Site);
            Cil.Pointer((nint)(&context.Guard->Stale));
            Cil.Op(OpCodes.Ldind_I4);
            Cil.Branch(OpCodes.Brtrue, context.Exits.Leave());
        }
    }

    // Ports and other devices may write anywhere by DMA.
    private static bool MayWriteMemory(in Instruction instruction)
        => OperandBinder.HasMemoryOperand(instruction) || instruction.StackPointerIncrement != 0 || instruction.IsStringInstruction
            || instruction.Mnemonic is Mnemonic.In or Mnemonic.Out or Mnemonic.Maskmovdqu or Mnemonic.Maskmovq or Mnemonic.Enter;
}
