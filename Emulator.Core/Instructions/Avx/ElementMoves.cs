using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Sse;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.Avx;

/// <summary>Moves of the elements that a mask selects; the others are not accessed (SDM Vol. 2C, VMASKMOV, VPMASKMOV, VPGATHERDD).</summary>
public static class ElementMoves
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Vmaskmovps, new MaskedElementRow<uint>());
        table.Add(Mnemonic.Vpmaskmovd, new MaskedElementRow<uint>());
        table.Add(Mnemonic.Vmaskmovpd, new MaskedElementRow<ulong>());
        table.Add(Mnemonic.Vpmaskmovq, new MaskedElementRow<ulong>());
        table.Add(Mnemonic.Vpgatherdd, new GatherRow<int, uint>());
        table.Add(Mnemonic.Vgatherdps, new GatherRow<int, uint>());
        table.Add(Mnemonic.Vpgatherdq, new GatherRow<int, ulong>());
        table.Add(Mnemonic.Vgatherdpd, new GatherRow<int, ulong>());
        table.Add(Mnemonic.Vpgatherqd, new GatherRow<long, uint>());
        table.Add(Mnemonic.Vgatherqps, new GatherRow<long, uint>());
        table.Add(Mnemonic.Vpgatherqq, new GatherRow<long, ulong>());
        table.Add(Mnemonic.Vgatherqpd, new GatherRow<long, ulong>());
    }
}

/// <summary>VMASKMOVPS and its kin. OperandSize is the vector's size.</summary>
public sealed unsafe class MaskedElementRow<T> : VectorRow
    where T : unmanaged
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->OperandSize = (byte)(VectorOperands.KindOf(instruction) == VectorKind.Vex256 ? 32 : 16);
        return instruction.GetOpKind(0) == OpKind.Memory ? &Store : &Load;
    }

    private static Op* Load(CpuState* s, Op* op)
    {
        var result = stackalloc T[32 / sizeof(T)];
        new Span<byte>(result, 32).Clear();
        for (var i = 0; i < op->OperandSize / sizeof(T); i++)
        {
            if (IsSelected(s, op, i)
                && (!TryLocate(s, op, i, write: false, out var linear)
                    || !GuestMemory.TryRead(s, op->Segment, linear, out result[i])))
            {
                return Exits.Faulted(s, op);
            }
        }

        VexRegisters.Write(s, op->Destination, System.Runtime.Intrinsics.Vector256.Load((byte*)result));
        return op + 1;
    }

    // Source is the mask, Third the data. All is checked before anything is written.
    private static Op* Store(CpuState* s, Op* op)
    {
        var count = op->OperandSize / sizeof(T);
        for (var i = 0; i < count; i++)
        {
            if (IsSelected(s, op, i)
                && (!TryLocate(s, op, i, write: true, out var linear)
                    || !SlowMemory.Probe(s, op->Segment, linear, sizeof(T), write: true)))
            {
                return Exits.Faulted(s, op);
            }
        }

        for (var i = 0; i < count; i++)
        {
            if (IsSelected(s, op, i) && TryLocate(s, op, i, write: true, out var linear))
            {
                GuestMemory.TryWrite(s, op->Segment, linear, CpuState.Get<T>(s, op->Third + (i * sizeof(T))));
            }
        }

        return op + 1;
    }

    private static bool TryLocate(CpuState* s, Op* op, int i, bool write, out ulong linear)
    {
        var offset = EffectiveAddress.Wrap(op, EffectiveAddress.Offset64(s, op) + (ulong)(i * sizeof(T)));
        return SegmentAccess.TryLinearUnaligned(s, op->Segment, offset, sizeof(T), write, out linear);
    }

    private static bool IsSelected(CpuState* s, Op* op, int i) => (sbyte)CpuState.Get<byte>(s, op->Source + ((i + 1) * sizeof(T)) - 1) < 0;
}

/// <summary>
/// A gather: Source is the mask, Index the vector of indices, OperandSize the number of elements, Fourth the size that the vector has.
/// Elements are committed one by one, their mask cleared, so that a fault restarts where it was.
/// </summary>
public sealed unsafe class GatherRow<TIndex, T> : VectorRow
    where TIndex : unmanaged
    where T : unmanaged
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        var vector = VectorOperands.KindOf(instruction) == VectorKind.Vex256
            || instruction.MemoryIndex.IsYMM() ? 32 : 16;
        op->OperandSize = (byte)(vector / Math.Max(sizeof(TIndex), sizeof(T)));
        return &Gather;
    }

    private static Op* Gather(CpuState* s, Op* op)
    {
        for (var i = 0; i < op->OperandSize; i++)
        {
            if ((sbyte)CpuState.Get<byte>(s, op->Source + ((i + 1) * sizeof(T)) - 1) < 0)
            {
                var index = sizeof(TIndex) == 4
                    ? CpuState.Get<int>(s, op->Index + (i * 4))
                    : CpuState.Get<long>(s, op->Index + (i * 8));
                var offset = EffectiveAddress.Wrap(op, CpuState.Get<ulong>(s, op->Base) + ((ulong)index << op->Scale) + op->Displacement);
                if (!SegmentAccess.TryLinearUnaligned(s, op->Segment, offset, sizeof(T), write: false, out var linear)
                    || !GuestMemory.TryRead(s, op->Segment, linear, out T value))
                {
                    return Exits.Faulted(s, op);
                }

                *(T*)((byte*)s + op->Destination + (i * sizeof(T))) = value;
            }

            *(T*)((byte*)s + op->Source + (i * sizeof(T))) = default;
        }

        var written = op->OperandSize * sizeof(T);
        Clear(s, op->Destination, written);
        Clear(s, op->Source, 0);
        return op + 1;
    }

    private static void Clear(CpuState* s, int register, int from) => new Span<byte>((byte*)s + register + from, 64 - from).Clear();
}
