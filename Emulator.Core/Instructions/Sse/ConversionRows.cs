using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.FloatingPoint;
using Emulator.Core.Instructions.Mmx;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>XMM destination, MMX source.</summary>
public readonly unsafe struct MmxSourceEncoding : IVectorEncoding
{
    public static bool Is256 => false;

    public static bool ChecksAlignment => false;

    public static bool TryBegin(CpuState* s) => MmxRegisters.TryBegin(s);

    public static void Enter(CpuState* s) => MmxRegisters.Enter(s);

    public static V Read(CpuState* s, int offset) => CpuState.Get<V>(s, offset);

    public static void Write(CpuState* s, int offset, V value) => LegacyEncoding.Write(s, offset, value);
}

/// <summary>MMX destination, XMM source.</summary>
public readonly unsafe struct MmxDestinationEncoding : IVectorEncoding
{
    public static bool Is256 => false;

    public static bool ChecksAlignment => true;

    public static bool TryBegin(CpuState* s) => MmxRegisters.TryBegin(s);

    public static void Enter(CpuState* s) => MmxRegisters.Enter(s);

    public static V Read(CpuState* s, int offset) => CpuState.Get<V>(s, offset);

    public static void Write(CpuState* s, int offset, V value) => MmxRegisters.Write(s, offset, value.AsUInt64().ToScalar());
}

/// <summary>A conversion of two integers in an MMX register or memory; from memory the x87 unit is left alone.</summary>
public sealed unsafe class FromMmxRow<TOperation> : VectorRow
    where TOperation : struct, IFloatOperation
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        VectorOperands.Order(instruction, op);
        return OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<FloatForm<TOperation, Part<ulong, ulong>, LegacyEncoding>>(context.Address)
            : &FloatForm<TOperation, Whole, MmxSourceEncoding>.Register;
    }
}

/// <summary>A conversion to two integers in an MMX register.</summary>
public sealed unsafe class ToMmxRow<TOperation, TShape> : VectorRow
    where TOperation : struct, IFloatOperation
    where TShape : struct, IOperandShape
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        VectorOperands.Order(instruction, op);
        return OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<FloatForm<TOperation, TShape, MmxDestinationEncoding>>(context.Address)
            : &FloatForm<TOperation, TShape, MmxDestinationEncoding>.Register;
    }
}

/// <summary>CVTSI2SS and CVTSI2SD: by the width of the integer.</summary>
public sealed unsafe class FromIntegerRow<TNarrow, TWide> : VectorRow, IVectorMeaningRow
    where TNarrow : struct, IFloatOperation
    where TWide : struct, IFloatOperation
{
    private readonly FloatRow<TNarrow, Part<uint, uint>> _narrow = new();
    private readonly FloatRow<TWide, Part<ulong, ulong>> _wide = new();

    /// <inheritdoc/>
    public bool ObeysMxcsr => true;

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => OperandBinder.WidthOf(instruction, instruction.OpCount - 1) == 8 ? _wide.MeaningOf(instruction) : _narrow.MeaningOf(instruction);

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => OperandBinder.WidthOf(instruction, instruction.OpCount - 1) == 8
            ? _wide.Bind(instruction, context, op)
            : _narrow.Bind(instruction, context, op);
}

/// <summary>Which rounding a conversion to an integer uses.</summary>
public interface IIntegerRounding
{
    /// <summary>The rounding mode.</summary>
    static abstract RoundingMode Mode(in FloatContext context);
}

/// <summary>MXCSR's.</summary>
public readonly struct CurrentRounding : IIntegerRounding
{
    public static RoundingMode Mode(in FloatContext context) => context.Rounding;
}

/// <summary>Toward zero.</summary>
public readonly struct Truncation : IIntegerRounding
{
    public static RoundingMode Mode(in FloatContext context) => RoundingMode.Zero;
}

/// <summary>Conversion to integers that can hold the result, where MXCSR rounds as the host does.</summary>
public static class IntegerRounding
{
    /// <summary>Whether a doubleword can.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsInRange32(double value) => value is > -2147483648.0 and < 2147483648.0;

    /// <summary>Whether a quadword can.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsInRange64(double value) => value is > -9223372036854775808.0 and < 9223372036854775808.0;

    /// <summary>The nearest integer, the even one of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double ToNearest(double value) => Math.Round(value);

    /// <summary>Whether there is no fraction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnneeded(double value) => Math.Truncate(value) == value;
}

/// <summary>CVTSS2SI and its kin: <typeparamref name="T"/> (uint or ulong) holds the float's bits.</summary>
public readonly unsafe struct ToIntegerForm<T, TInteger, TRounding> : IMemoryForm
    where T : unmanaged
    where TInteger : unmanaged
    where TRounding : struct, IIntegerRounding
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
        => TryConvert(s, op, CpuState.Get<T>(s, op->Source)) ? op + 1 : Exits.Faulted(s, op);

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
        => VectorMemory.TryRead<TAddress, T>(s, op, aligned: false, out var value) && TryConvert(s, op, value) ? op + 1 : Exits.Faulted(s, op);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryConvert(CpuState* s, Op* op, T operand)
    {
        if (Mxcsr.AllowsUnrounded(s))
        {
            var value = sizeof(T) == 4 ? *(float*)&operand : *(double*)&operand;
            var integral = typeof(TRounding) == typeof(Truncation) ? value : IntegerRounding.ToNearest(value);
            if ((Mxcsr.AllowsFast(s, isExact: false) || IntegerRounding.IsUnneeded(value))
                && (sizeof(TInteger) == 4 ? IntegerRounding.IsInRange32(integral) : IntegerRounding.IsInRange64(integral)))
            {
                Write(s, op, sizeof(TInteger) == 4 ? (int)integral : (long)integral);
                return true;
            }
        }

        return TryConvertExactly(s, op, operand);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool TryConvertExactly(CpuState* s, Op* op, T operand)
    {
        var context = FloatContext.FromMxcsr(s->Mxcsr);
        var mode = TRounding.Mode(context);
        long value;
        if (sizeof(T) == 4)
        {
            var bits = *(uint*)&operand;
            value = sizeof(TInteger) == 4 ? Float32.ToInt32(bits, mode, ref context) : Float32.ToInt64(bits, mode, ref context);
        }
        else
        {
            var bits = *(ulong*)&operand;
            value = sizeof(TInteger) == 4 ? Float64.ToInt32(bits, mode, ref context) : Float64.ToInt64(bits, mode, ref context);
        }

        if (!Mxcsr.TryCommit(s, ref context))
        {
            return false;
        }

        Write(s, op, value);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(CpuState* s, Op* op, long value)
    {
        if (sizeof(TInteger) == 4)
        {
            CpuState.Set(s, op->Destination, (uint)value);
        }
        else
        {
            CpuState.Set(s, op->Destination, (ulong)value);
        }
    }
}

/// <summary>CVTSS2SI and its kin: by the width of the integer.</summary>
public sealed unsafe class ToIntegerRow<T, TRounding> : VectorRow, IVectorMeaningRow
    where T : unmanaged
    where TRounding : struct, IIntegerRounding
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => OperandBinder.WidthOf(instruction, 0) == 8 ? Pick<ulong>(instruction, context) : Pick<uint>(instruction, context);

    /// <inheritdoc/>
    public bool ObeysMxcsr => true;

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => new(VectorMeaningKind.ToInteger, typeof(TRounding), sizeof(T));

    private static delegate*<CpuState*, Op*, Op*> Pick<TInteger>(in Instruction instruction, DecodeContext context)
        where TInteger : unmanaged
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<ToIntegerForm<T, TInteger, TRounding>>(context.Address)
            : &ToIntegerForm<T, TInteger, TRounding>.Register;
}

/// <summary>Conversions between integers and floating point, and between precisions (SDM Vol. 2A, CVTDQ2PD to CVTTSS2SI).</summary>
public static class ConversionRows
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Cvtdq2ps, Mnemonic.Vcvtdq2ps, new FloatRow<Cvtdq2ps, Whole>());
        Add(table, Mnemonic.Cvtdq2pd, Mnemonic.Vcvtdq2pd, new FloatRow<Cvtdq2pd, Part<ulong, V>>());
        Add(table, Mnemonic.Cvtps2dq, Mnemonic.Vcvtps2dq, new FloatRow<Cvtps2dq, Whole>());
        Add(table, Mnemonic.Cvttps2dq, Mnemonic.Vcvttps2dq, new FloatRow<Cvttps2dq, Whole>());
        Add(table, Mnemonic.Cvtpd2dq, Mnemonic.Vcvtpd2dq, new FloatRow<Cvtpd2dq, Whole>());
        Add(table, Mnemonic.Cvttpd2dq, Mnemonic.Vcvttpd2dq, new FloatRow<Cvttpd2dq, Whole>());
        Add(table, Mnemonic.Cvtps2pd, Mnemonic.Vcvtps2pd, new FloatRow<Cvtps2pd, Part<ulong, V>>());
        Add(table, Mnemonic.Cvtpd2ps, Mnemonic.Vcvtpd2ps, new FloatRow<Cvtpd2ps, Whole>());
        Add(table, Mnemonic.Cvtss2sd, Mnemonic.Vcvtss2sd, new FloatRow<Cvtss2sd, Part<uint, uint>>());
        Add(table, Mnemonic.Cvtsd2ss, Mnemonic.Vcvtsd2ss, new FloatRow<Cvtsd2ss, Part<ulong, ulong>>());
        Add(table, Mnemonic.Cvtsi2ss, Mnemonic.Vcvtsi2ss, new FromIntegerRow<Cvtsi2ss32, Cvtsi2ss64>());
        Add(table, Mnemonic.Cvtsi2sd, Mnemonic.Vcvtsi2sd, new FromIntegerRow<Cvtsi2sd32, Cvtsi2sd64>());
        Add(table, Mnemonic.Cvtss2si, Mnemonic.Vcvtss2si, new ToIntegerRow<uint, CurrentRounding>());
        Add(table, Mnemonic.Cvtsd2si, Mnemonic.Vcvtsd2si, new ToIntegerRow<ulong, CurrentRounding>());
        Add(table, Mnemonic.Cvttss2si, Mnemonic.Vcvttss2si, new ToIntegerRow<uint, Truncation>());
        Add(table, Mnemonic.Cvttsd2si, Mnemonic.Vcvttsd2si, new ToIntegerRow<ulong, Truncation>());
        table.Add(Mnemonic.Cvtpi2ps, new FromMmxRow<Cvtpi2ps>());
        table.Add(Mnemonic.Cvtpi2pd, new FromMmxRow<Cvtdq2pd>());
        table.Add(Mnemonic.Cvtps2pi, new ToMmxRow<Cvtps2pi, Part<ulong, ulong>>());
        table.Add(Mnemonic.Cvttps2pi, new ToMmxRow<Cvttps2pi, Part<ulong, ulong>>());
        table.Add(Mnemonic.Cvtpd2pi, new ToMmxRow<Cvtpd2dq, Whole>());
        table.Add(Mnemonic.Cvttpd2pi, new ToMmxRow<Cvttpd2dq, Whole>());
    }

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
