using System.Buffers.Binary;
using System.Numerics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Examples;

/// <summary>
/// The examples of docs/adding-an-instruction.md: one instruction of registers alone, and one that reads memory. The product has
/// rows of its own for both.
/// </summary>
public static unsafe class ExampleInstructions
{
    /// <summary>Adds the family's rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Salc, new HandlerRow(&SetAlFromCarry));
        table.Add(Code.Movbe_r32_m32, new LoadSwappedRow());
        table.Add(Code.Movbe_r64_m64, new LoadSwappedRow());
    }

    /// <summary>SALC: AL becomes all ones if CF is set, else 0. No flag changes; nothing can fault.</summary>
    public static Op* SetAlFromCarry(CpuState* s, Op* op)
    {
        CpuState.Set(s, OperandBinder.OffsetOf(Register.AL), s->Flags.CF ? byte.MaxValue : (byte)0);
        return op + 1;
    }

    /// <summary>MOVBE register, memory: one handler for each width and way to the operand.</summary>
    private sealed class LoadSwappedRow : InstructionRow
    {
        /// <inheritdoc/>
        public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
            => HandlerPicker.WidthMemory<LoadSwapped>(OperandBinder.WidthOf(instruction, 0), context.Address);
    }

    private struct LoadSwapped : IWidthMemoryForm
    {
        public static Op* Execute<T, TAddress>(CpuState* s, Op* op)
            where T : unmanaged, IBinaryInteger<T>, IUnsignedNumber<T>
            where TAddress : struct, IAddress
        {
            if (!TAddress.TryGet(s, op, 0, sizeof(T), write: false, out var linear)
                || !GuestMemory.TryRead<T>(s, op->Segment, linear, out var value))
            {
                return Exits.Faulted(s, op);
            }

            var swapped = BinaryPrimitives.ReverseEndianness(ulong.CreateTruncating(value)) >> (64 - (8 * sizeof(T)));
            CpuState.Set(s, op->Destination, T.CreateTruncating(swapped));
            return op + 1;
        }
    }
}
