using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>Which bits PTEST and its kin look at.</summary>
public interface ITestedBits
{
    /// <summary>The mask for a lane.</summary>
    static abstract V Mask { get; }
}

/// <summary>PTEST: all bits.</summary>
public readonly struct AllBits : ITestedBits
{
    public static V Mask => V.AllBitsSet;
}

/// <summary>VTESTPS: the signs of floats.</summary>
public readonly struct FloatSigns : ITestedBits
{
    public static V Mask => Vector128.Create(0x8000_0000u).AsByte();
}

/// <summary>VTESTPD: the signs of doubles.</summary>
public readonly struct DoubleSigns : ITestedBits
{
    public static V Mask => Vector128.Create(0x8000_0000_0000_0000ul).AsByte();
}

/// <summary>The flags of PTEST and its kin.</summary>
public static unsafe class VectorTest
{
    /// <summary>Sets them for a bit mask of 128 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set<TBits>(CpuState* s, V a, V b)
        where TBits : struct, ITestedBits
        => Set(s, a & b & TBits.Mask, ~a & b & TBits.Mask);

    /// <summary>ZF when the first is zero, CF when the second is; the others clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(CpuState* s, V both, V second) => s->Flags.SetZeroAndCarry(both == V.Zero, second == V.Zero);
}

/// <summary>ZF when the AND is zero, CF when the AND with the first source inverted is; the other flags clear.</summary>
public readonly unsafe struct TestForm<TBits, TEncoding> : IMemoryForm
    where TBits : struct, ITestedBits
    where TEncoding : struct, IVectorEncoding
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
    {
        if (TEncoding.Is256)
        {
            Finish(s, op, CpuState.Get<Vector256<byte>>(s, op->Source));
        }
        else
        {
            Finish(s, op, CpuState.Get<V>(s, op->Source));
        }

        return op + 1;
    }

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (TEncoding.Is256)
        {
            if (!Whole.TryMemory256<TAddress, TEncoding>(s, op, out var wide))
            {
                return Exits.Faulted(s, op);
            }

            Finish(s, op, wide);
        }
        else
        {
            if (!Whole.TryMemory<TAddress, TEncoding>(s, op, out var b))
            {
                return Exits.Faulted(s, op);
            }

            Finish(s, op, b);
        }

        return op + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(CpuState* s, Op* op, V b)
    {
        VectorTest.Set<TBits>(s, CpuState.Get<V>(s, op->Destination), b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(CpuState* s, Op* op, Vector256<byte> b)
    {
        var a = CpuState.Get<Vector256<byte>>(s, op->Destination);
        var both = a & b;
        var second = ~a & b;
        VectorTest.Set(s, (both.GetLower() | both.GetUpper()) & TBits.Mask, (second.GetLower() | second.GetUpper()) & TBits.Mask);
    }
}

/// <summary>PTEST, VTESTPS and VTESTPD.</summary>
public sealed unsafe class TestRow<TBits> : VectorRow, IVectorMeaningRow
    where TBits : struct, ITestedBits
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => VectorOperands.KindOf(instruction) switch
        {
            VectorKind.Legacy => Pick<LegacyEncoding>(instruction, context),
            VectorKind.Vex256 => Pick<Vex256Encoding>(instruction, context),
            _ => Pick<Vex128Encoding>(instruction, context),
        };

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => VectorOperands.KindOf(instruction) switch
        {
            VectorKind.Vex256 => null,
            var kind => new VectorMeaning(VectorMeaningKind.Test, typeof(TBits), 16, kind == VectorKind.Legacy),
        };

    private static delegate*<CpuState*, Op*, Op*> Pick<TEncoding>(in Instruction instruction, DecodeContext context)
        where TEncoding : struct, IVectorEncoding
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<TestForm<TBits, TEncoding>>(context.Address)
            : &TestForm<TBits, TEncoding>.Register;
}

/// <summary>Tests of vectors (SDM Vol. 2B, PTEST; Vol. 2C, VTESTPD).</summary>
public static class VectorTests
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Ptest, new TestRow<AllBits>());
        table.Add(Mnemonic.Vptest, new TestRow<AllBits>());
        table.Add(Mnemonic.Vtestps, new TestRow<FloatSigns>());
        table.Add(Mnemonic.Vtestpd, new TestRow<DoubleSigns>());
    }
}
