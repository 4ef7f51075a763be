using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Sse;

/// <summary>MASKMOVDQU and MASKMOVQ: bytes of the first register whose mask byte is negative go to DS:rDI (SDM Vol. 2B).</summary>
public static unsafe class MaskedMoves
{
    private static readonly ushort RdiOffset = (ushort)Marshal.OffsetOf<CpuState>(nameof(CpuState.Rdi));

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Maskmovdqu, new MaskedMoveRow());
        table.Add(Mnemonic.Vmaskmovdqu, new MaskedMoveRow());
        table.Add(Mnemonic.Maskmovq, new MaskedMoveRow());
    }

    /// <summary>Gives the op the implicit memory operand. The operands stand in Source and Third.</summary>
    internal static void BindOperand(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->Base = RdiOffset;
        op->AddressSize = (byte)(instruction.GetOpKind(0) switch
        {
            OpKind.MemorySegRDI => 8,
            OpKind.MemorySegEDI => 4,
            _ => 2,
        });
        context.Address = AddressKind.Checked;
    }
}

/// <summary>A masked move of 8 or 16 bytes.</summary>
public sealed unsafe class MaskedMoveRow : VectorRow
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        MaskedMoves.BindOperand(instruction, context, op);
        return instruction.Mnemonic == Mnemonic.Maskmovq
            ? &MaskedMoveForm<MmxEncoding>.Run
            : &MaskedMoveForm<LegacyEncoding>.Run;
    }
}

/// <summary>The handler of the masked moves. The whole operand must be writable, as processors want it, whatever the mask.</summary>
public readonly unsafe struct MaskedMoveForm<TEncoding>
    where TEncoding : struct, IVectorEncoding
{
    // Also the alignment that #AC asks for.
    private const int HalfSize = 8;

    /// <summary>Runs the op.</summary>
    public static Op* Run(CpuState* s, Op* op)
    {
        if (!TEncoding.TryBegin(s))
        {
            return X87.X87Unit.Refuse(s, op);
        }

        // MASKMOVQ leaves x87 state even when it faults.
        TEncoding.Enter(s);
        var bytes = TEncoding.Read(s, op->Source);
        var mask = Vector128.ExtractMostSignificantBits(TEncoding.Read(s, op->Third));
        var size = typeof(TEncoding) == typeof(MmxEncoding) ? 8 : 16;
        if (!CheckedAddress.TryGet(s, op, 0, HalfSize, write: true, out var start)
            || !CheckedAddress.TryGet(s, op, (ulong)(size - HalfSize), HalfSize, write: true, out _)
            || !SlowMemory.Probe(s, op->Segment, start, size, write: true))
        {
            return Exits.Faulted(s, op);
        }

        for (var pending = mask; pending != 0; pending &= pending - 1)
        {
            if (TryLocate(s, op, pending, out var linear))
            {
                GuestMemory.TryWrite(s, op->Segment, linear, bytes.GetElement(System.Numerics.BitOperations.TrailingZeroCount(pending)));
            }
        }

        return op + 1;
    }

    private static bool TryLocate(CpuState* s, Op* op, uint pending, out ulong linear)
        => CheckedAddress.TryGet(s, op, (ulong)System.Numerics.BitOperations.TrailingZeroCount(pending), 1, write: true, out linear);
}
