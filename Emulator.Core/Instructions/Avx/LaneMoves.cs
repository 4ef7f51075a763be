using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Sse;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;
using W = System.Runtime.Intrinsics.Vector256<byte>;

namespace Emulator.Core.Instructions.Avx;

/// <summary>VBROADCASTSS and its kin: the low element everywhere.</summary>
public readonly struct Broadcast<T> : IVectorOperation
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Create(b.As<byte, T>().ToScalar()).AsByte();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Apply256<TSelf>(W a, W b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(b.GetLower().As<byte, T>().ToScalar()).AsByte();
}

/// <summary>VBROADCASTF128: the low lane in both.</summary>
public readonly struct BroadcastLane : IVectorOperation
{
    public static V Apply(V a, V b, byte i) => b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Apply256<TSelf>(W a, W b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(b.GetLower(), b.GetLower());
}

/// <summary>VINSERTF128: bit 0 selects the lane that the second source replaces.</summary>
public readonly struct InsertLane : IVectorOperation
{
    public static V Apply(V a, V b, byte i) => b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Apply256<TSelf>(W a, W b, byte i)
        where TSelf : struct, IVectorOperation
        => (i & 1) != 0 ? a.WithUpper(b.GetLower()) : a.WithLower(b.GetLower());
}

/// <summary>VPERM2F128: for each lane, bits 1:0 select one of four, bit 3 zeroes.</summary>
public readonly struct PermuteLanes : IVectorOperation
{
    public static V Apply(V a, V b, byte i) => b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Apply256<TSelf>(W a, W b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(Select(a, b, i), Select(a, b, i >> 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Select(W a, W b, int control)
    {
        if ((control & 8) != 0)
        {
            return V.Zero;
        }

        var source = (control & 2) != 0 ? b : a;
        return (control & 1) != 0 ? source.GetUpper() : source.GetLower();
    }
}

/// <summary>VPERMD and VPERMPS: the first source selects elements of the second.</summary>
public readonly struct Vpermd : IVectorOperation
{
    public static V Apply(V a, V b, byte i) => b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Apply256<TSelf>(W a, W b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Shuffle(b.AsUInt32(), a.AsUInt32() & Vector256.Create(7u)).AsByte();
}

/// <summary>VPERMQ and VPERMPD: the immediate selects quadwords.</summary>
public readonly struct Vpermq : IVectorOperation
{
    public static V Apply(V a, V b, byte i) => b;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Apply256<TSelf>(W a, W b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(
            b.AsUInt64().GetElement(i & 3),
            b.AsUInt64().GetElement((i >> 2) & 3),
            b.AsUInt64().GetElement((i >> 4) & 3),
            b.AsUInt64().GetElement(i >> 6)).AsByte();
}

/// <summary>VPERMILPS by a vector: the second source selects doublewords of the first.</summary>
public readonly struct Vpermilps : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Shuffle(a.AsUInt32(), b.AsUInt32() & Vector128.Create(3u)).AsByte();
}

/// <summary>VPERMILPD by a vector: bit 1 of each quadword selects.</summary>
public readonly struct Vpermilpd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i) => Vector128.Shuffle(a.AsUInt64(), (b.AsUInt64() >>> 1) & Vector128.Create(1ul)).AsByte();
}

/// <summary>VPERMILPD by the immediate.</summary>
public readonly struct VpermilpdImmediate : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
        => Vector128.Create(b.AsUInt64().GetElement(i & 1), b.AsUInt64().GetElement((i >> 1) & 1)).AsByte();

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static W Apply256<TSelf>(W a, W b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(Apply(default, b.GetLower(), i), Apply(default, b.GetUpper(), (byte)(i >> 2)));
}

/// <summary>What VEXTRACTF128 takes: bit 0 selects the lane.</summary>
public static class ExtractedLane
{
    /// <summary>The meaning.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Of(W source, byte i) => (i & 1) != 0 ? source.GetUpper() : source.GetLower();
}

/// <summary>VEXTRACTF128.</summary>
public readonly unsafe struct ExtractLaneForm : IMemoryForm
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
    {
        VexRegisters.Write(s, op->Destination, Lane(s, op));
        return op + 1;
    }

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
        => VectorMemory.TryWrite<TAddress, V>(s, op, aligned: false, Lane(s, op)) ? op + 1 : Exits.Faulted(s, op);

    private static V Lane(CpuState* s, Op* op) => ExtractedLane.Of(CpuState.Get<W>(s, op->Source), (byte)op->Immediate);
}

/// <summary>VEXTRACTF128.</summary>
public sealed unsafe class ExtractLaneRow : VectorRow, IVectorMeaningRow
{
    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction) => new(VectorMeaningKind.Lane, typeof(ExtractedLane), 16);

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => OperandBinder.HasMemoryOperand(instruction) ? HandlerPicker.Memory<ExtractLaneForm>(context.Address) : &ExtractLaneForm.Register;
}

/// <summary>VPERMILPS and VPERMILPD in both their forms.</summary>
public sealed unsafe class InLanePermuteRow<TByVector, TByImmediate> : InstructionRow, IVectorMeaningRow
    where TByVector : struct, IVectorOperation
    where TByImmediate : struct, IVectorOperation
{
    private readonly OperationRow<TByVector> _byVector = new();
    private readonly OperationRow<TByImmediate> _byImmediate = new();

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => instruction.GetOpKind(instruction.OpCount - 1) == OpKind.Immediate8 ? _byImmediate.MeaningOf(instruction) : _byVector.MeaningOf(instruction);

    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        => instruction.GetOpKind(instruction.OpCount - 1) == OpKind.Immediate8
            ? _byImmediate.Bind(instruction, context, op)
            : _byVector.Bind(instruction, context, op);
}

/// <summary>VZEROUPPER.</summary>
public sealed unsafe class ZeroUpperRow : VectorRow, IVectorMeaningRow
{
    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction) => new(VectorMeaningKind.ZeroUpper, typeof(LaneMoves), 0);

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op) => &Run;

    private static Op* Run(CpuState* s, Op* op)
    {
        LaneMoves.ZeroUpper(s, s->Is64Bit ? 16 : 8);
        return op + 1;
    }
}

/// <summary>Broadcasts, permutations and lane moves of AVX and AVX2, VZEROALL and VZEROUPPER (SDM Vol. 2C).</summary>
public static unsafe class LaneMoves
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Vzeroupper, new ZeroUpperRow());
        table.Add(Mnemonic.Vzeroall, new PlainVectorRow(&ZeroAll));
        table.Add(Mnemonic.Vbroadcastss, new OperationRow<Broadcast<uint>, Part<uint, uint>>());
        table.Add(Mnemonic.Vbroadcastsd, new OperationRow<Broadcast<ulong>, Part<ulong, ulong>>());
        table.Add(Mnemonic.Vbroadcastf128, new OperationRow<BroadcastLane, Part<V, V>>());
        table.Add(Mnemonic.Vbroadcasti128, new OperationRow<BroadcastLane, Part<V, V>>());
        table.Add(Mnemonic.Vpbroadcastb, new OperationRow<Broadcast<byte>, Part<byte, byte>>());
        table.Add(Mnemonic.Vpbroadcastw, new OperationRow<Broadcast<ushort>, Part<ushort, ushort>>());
        table.Add(Mnemonic.Vpbroadcastd, new OperationRow<Broadcast<uint>, Part<uint, uint>>());
        table.Add(Mnemonic.Vpbroadcastq, new OperationRow<Broadcast<ulong>, Part<ulong, ulong>>());
        table.Add(Mnemonic.Vinsertf128, new OperationRow<InsertLane, Part<V, V>>());
        table.Add(Mnemonic.Vinserti128, new OperationRow<InsertLane, Part<V, V>>());
        table.Add(Mnemonic.Vextractf128, new ExtractLaneRow());
        table.Add(Mnemonic.Vextracti128, new ExtractLaneRow());
        table.Add(Mnemonic.Vperm2f128, new OperationRow<PermuteLanes>());
        table.Add(Mnemonic.Vperm2i128, new OperationRow<PermuteLanes>());
        table.Add(Mnemonic.Vpermd, new OperationRow<Vpermd>());
        table.Add(Mnemonic.Vpermps, new OperationRow<Vpermd>());
        table.Add(Mnemonic.Vpermq, new OperationRow<Vpermq>());
        table.Add(Mnemonic.Vpermpd, new OperationRow<Vpermq>());
        table.Add(Mnemonic.Vpermilps, new InLanePermuteRow<Vpermilps, Pshufd>());
        table.Add(Mnemonic.Vpermilpd, new InLanePermuteRow<Vpermilpd, VpermilpdImmediate>());
    }

    /// <summary>Zeroes all but the low 128 bits of the first registers: each in two stores.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ZeroUpper(CpuState* s, int registers)
    {
        for (var register = (V*)&s->Vectors; registers > 0; registers--, register += 4)
        {
            register[1] = default;
            *(W*)(register + 2) = default;
        }
    }

    private static Op* ZeroAll(CpuState* s, Op* op)
    {
        Unsafe.InitBlockUnaligned(&s->Vectors, 0, (uint)((s->Is64Bit ? 16 : 8) * 64));
        return op + 1;
    }
}
