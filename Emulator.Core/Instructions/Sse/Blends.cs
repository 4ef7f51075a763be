using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>PBLENDW.</summary>
public readonly struct Pblendw : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var bits = Vector128.Create((ushort)1, 2, 4, 8, 16, 32, 64, 128);
        return Vector128.ConditionalSelect(Vector128.Equals(Vector128.Create((ushort)i) & bits, bits).AsByte(), b, a);
    }
}

/// <summary>BLENDPS and VPBLENDD.</summary>
public readonly struct Blendps : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var bits = Vector128.Create(1u, 2, 4, 8);
        return Vector128.ConditionalSelect(Vector128.Equals(Vector128.Create((uint)i) & bits, bits).AsByte(), b, a);
    }

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(Apply(a.GetLower(), b.GetLower(), i), Apply(a.GetUpper(), b.GetUpper(), (byte)(i >> 4)));
}

/// <summary>BLENDPD.</summary>
public readonly struct Blendpd : IVectorOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, byte i)
    {
        var bits = Vector128.Create(1ul, 2);
        return Vector128.ConditionalSelect(Vector128.Equals(Vector128.Create((ulong)i) & bits, bits).AsByte(), b, a);
    }

    /// <inheritdoc/>
    public static Vector256<byte> Apply256<TSelf>(Vector256<byte> a, Vector256<byte> b, byte i)
        where TSelf : struct, IVectorOperation
        => Vector256.Create(Apply(a.GetLower(), b.GetLower(), i), Apply(a.GetUpper(), b.GetUpper(), (byte)(i >> 2)));
}

/// <summary>The meaning of an instruction that makes a vector of three.</summary>
public interface ITernaryOperation
{
    /// <summary>The meaning.</summary>
    static abstract V Apply(V a, V b, V c);
}

/// <summary>PBLENDVB: bytes of <c>b</c> where the mask byte is negative.</summary>
public readonly struct Pblendvb : ITernaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, V c) => Vector128.ConditionalSelect(Vector128.LessThan(c.AsSByte(), Vector128<sbyte>.Zero).AsByte(), b, a);
}

/// <summary>BLENDVPS.</summary>
public readonly struct Blendvps : ITernaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, V c) => Vector128.ConditionalSelect(Vector128.LessThan(c.AsInt32(), Vector128<int>.Zero).AsByte(), b, a);
}

/// <summary>BLENDVPD.</summary>
public readonly struct Blendvpd : ITernaryOperation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V a, V b, V c) => Vector128.ConditionalSelect(Vector128.LessThan(c.AsInt64(), Vector128<long>.Zero).AsByte(), b, a);
}

/// <summary>The 256-bit form: each lane for itself.</summary>
public static class WideTernary<TOperation>
    where TOperation : struct, ITernaryOperation
{
    /// <inheritdoc cref="ITernaryOperation.Apply"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Apply(Vector256<byte> a, Vector256<byte> b, Vector256<byte> c)
        => Vector256.Create(TOperation.Apply(a.GetLower(), b.GetLower(), c.GetLower()), TOperation.Apply(a.GetUpper(), b.GetUpper(), c.GetUpper()));
}

/// <summary>An <see cref="ITernaryOperation"/> whose third source is the register in <see cref="Op.Fourth"/>.</summary>
public readonly unsafe struct TernaryForm<TOperation, TShape, TEncoding> : IMemoryForm
    where TOperation : struct, ITernaryOperation
    where TShape : struct, IOperandShape
    where TEncoding : struct, IVectorEncoding
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
    {
        if (TEncoding.Is256)
        {
            Finish(s, op, CpuState.Get<Vector256<byte>>(s, op->Third));
        }
        else
        {
            Finish(s, op, CpuState.Get<V>(s, op->Third));
        }

        return op + 1;
    }

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (TEncoding.Is256)
        {
            if (!TShape.TryMemory256<TAddress, TEncoding>(s, op, out var wide))
            {
                return Exits.Faulted(s, op);
            }

            Finish(s, op, wide);
        }
        else
        {
            if (!TShape.TryMemory<TAddress, TEncoding>(s, op, out var b))
            {
                return Exits.Faulted(s, op);
            }

            Finish(s, op, b);
        }

        return op + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(CpuState* s, Op* op, V b)
        => TEncoding.Write(s, op->Destination, TOperation.Apply(CpuState.Get<V>(s, op->Source), b, CpuState.Get<V>(s, op->Fourth)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(CpuState* s, Op* op, Vector256<byte> b)
    {
        var a = CpuState.Get<Vector256<byte>>(s, op->Source);
        var c = CpuState.Get<Vector256<byte>>(s, op->Fourth);
        VexRegisters.Write(
            s,
            op->Destination,
            WideTernary<TOperation>.Apply(a, b, c));
    }
}

/// <summary>A variable blend: the mask is XMM0 in legacy encoding, a fourth register in VEX.</summary>
public sealed unsafe class VariableBlendRow<TOperation, TShape> : VectorRow, IVectorMeaningRow
    where TOperation : struct, ITernaryOperation
    where TShape : struct, IOperandShape
{
    private static readonly ushort Xmm0 = (ushort)Marshal.OffsetOf<CpuState>(nameof(CpuState.Vectors));

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
    {
        var kind = VectorOperands.KindOf(instruction);
        return new VectorMeaning(VectorMeaningKind.Ternary, typeof(TOperation), TShape.Size(kind == VectorKind.Vex256), TShape.IsAligned(kind == VectorKind.Legacy));
    }

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        if (instruction.Encoding == EncodingKind.Legacy)
        {
            op->Third = op->Source;
            op->Source = op->Destination;
            op->Fourth = Xmm0;
            return Pick<LegacyEncoding>(instruction, context);
        }

        op->Fourth = OperandBinder.OffsetOf(instruction.GetOpRegister(3));
        return VectorOperands.KindOf(instruction) == VectorKind.Vex256
            ? Pick<Vex256Encoding>(instruction, context)
            : Pick<Vex128Encoding>(instruction, context);
    }

    private static delegate*<CpuState*, Op*, Op*> Pick<TEncoding>(in Instruction instruction, DecodeContext context)
        where TEncoding : struct, IVectorEncoding
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<TernaryForm<TOperation, TShape, TEncoding>>(context.Address)
            : &TernaryForm<TOperation, TShape, TEncoding>.Register;
}

/// <summary>Blends (SDM Vol. 2A and 2B).</summary>
public static class Blends
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Pblendw, Mnemonic.Vpblendw, new OperationRow<Pblendw>());
        Add(table, Mnemonic.Blendps, Mnemonic.Vblendps, new OperationRow<Blendps>());
        Add(table, Mnemonic.Blendpd, Mnemonic.Vblendpd, new OperationRow<Blendpd>());
        table.Add(Mnemonic.Vpblendd, new OperationRow<Blendps>());
        Add(table, Mnemonic.Pblendvb, Mnemonic.Vpblendvb, new VariableBlendRow<Pblendvb, Whole>());
        Add(table, Mnemonic.Blendvps, Mnemonic.Vblendvps, new VariableBlendRow<Blendvps, Whole>());
        Add(table, Mnemonic.Blendvpd, Mnemonic.Vblendvpd, new VariableBlendRow<Blendvpd, Whole>());
    }

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
