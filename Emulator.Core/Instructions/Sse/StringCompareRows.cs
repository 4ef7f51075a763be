using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Sse;

/// <summary>Where the strings' lengths come from.</summary>
public unsafe interface IStringLengths
{
    /// <summary>The lengths in elements.</summary>
    static abstract (int First, int Second) Get(CpuState* s, Op* op, V first, V second);
}

/// <summary>EAX and EDX (or with REX.W RAX and RDX), their magnitude, at most the number of elements.</summary>
public readonly unsafe struct ExplicitLengths : IStringLengths
{
    /// <inheritdoc/>
    public static (int First, int Second) Get(CpuState* s, Op* op, V first, V second)
        => op->OperandSize == 8
            ? (Saturate((long)s->Rax), Saturate((long)s->Rdx))
            : (Saturate((int)s->Rax), Saturate((int)s->Rdx));

    private static int Saturate(long value) => value is < -16 or > 16 ? 16 : (int)Math.Abs(value);
}

/// <summary>Up to the first zero element.</summary>
public readonly unsafe struct ImplicitLengths : IStringLengths
{
    /// <inheritdoc/>
    public static (int First, int Second) Get(CpuState* s, Op* op, V first, V second)
        => (StringCompare.ImplicitLength(first, (byte)op->Immediate), StringCompare.ImplicitLength(second, (byte)op->Immediate));
}

/// <summary>Where the result goes.</summary>
public unsafe interface IStringResult
{
    /// <summary>Writes it.</summary>
    static abstract void Write(CpuState* s, Op* op, in StringCompare comparison);
}

/// <summary>An index in ECX.</summary>
public readonly unsafe struct IndexResult : IStringResult
{
    /// <inheritdoc/>
    public static void Write(CpuState* s, Op* op, in StringCompare comparison) => s->Rcx = comparison.Index((byte)op->Immediate);
}

/// <summary>A mask in XMM0.</summary>
public readonly unsafe struct MaskResult<TEncoding> : IStringResult
    where TEncoding : struct, IVectorEncoding
{
    /// <inheritdoc/>
    public static void Write(CpuState* s, Op* op, in StringCompare comparison)
        => TEncoding.Write(s, (int)((byte*)&s->Vectors - (byte*)s), comparison.Expand((byte)op->Immediate));
}

/// <summary>A string comparison. The memory operand need not be aligned.</summary>
public readonly unsafe struct StringCompareForm<TLengths, TResult> : IMemoryForm
    where TLengths : struct, IStringLengths
    where TResult : struct, IStringResult
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op) => Finish(s, op, CpuState.Get<V>(s, op->Source));

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
        => VectorMemory.TryRead<TAddress, V>(s, op, aligned: false, out var second) ? Finish(s, op, second) : Exits.Faulted(s, op);

    private static Op* Finish(CpuState* s, Op* op, V second)
    {
        var first = CpuState.Get<V>(s, op->Destination);
        var (length1, length2) = TLengths.Get(s, op, first, second);
        var comparison = new StringCompare(first, second, length1, length2, (byte)op->Immediate);
        TResult.Write(s, op, comparison);
        s->Flags.FromRflags(comparison.Flags);
        return op + 1;
    }
}

/// <summary>PCMPESTRI and its kin.</summary>
public sealed unsafe class StringCompareRow<TLengths, TResult> : VectorRow
    where TLengths : struct, IStringLengths
    where TResult : struct, IStringResult
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->OperandSize = (byte)(IsWide(instruction.Code) ? 8 : 4);
        return OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<StringCompareForm<TLengths, TResult>>(context.Address)
            : &StringCompareForm<TLengths, TResult>.Register;
    }

    private static bool IsWide(Code code)
        => code is Code.Pcmpestri64_xmm_xmmm128_imm8 or Code.Pcmpestrm64_xmm_xmmm128_imm8
            or Code.VEX_Vpcmpestri64_xmm_xmmm128_imm8 or Code.VEX_Vpcmpestrm64_xmm_xmmm128_imm8;
}

/// <summary>String comparisons of SSE4.2.</summary>
public static class StringCompareRows
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        AddAll(table, new StringCompareRow<ExplicitLengths, IndexResult>(), Mnemonic.Pcmpestri, Mnemonic.Pcmpestri64, Mnemonic.Vpcmpestri, Mnemonic.Vpcmpestri64);
        AddAll(table, new StringCompareRow<ImplicitLengths, IndexResult>(), Mnemonic.Pcmpistri, Mnemonic.Vpcmpistri);
        AddAll(table, new StringCompareRow<ExplicitLengths, MaskResult<LegacyEncoding>>(), Mnemonic.Pcmpestrm, Mnemonic.Pcmpestrm64);
        AddAll(table, new StringCompareRow<ExplicitLengths, MaskResult<Vex128Encoding>>(), Mnemonic.Vpcmpestrm, Mnemonic.Vpcmpestrm64);
        AddAll(table, new StringCompareRow<ImplicitLengths, MaskResult<LegacyEncoding>>(), Mnemonic.Pcmpistrm);
        AddAll(table, new StringCompareRow<ImplicitLengths, MaskResult<Vex128Encoding>>(), Mnemonic.Vpcmpistrm);
    }

    private static void AddAll(InstructionTable table, InstructionRow row, params ReadOnlySpan<Mnemonic> mnemonics)
    {
        foreach (var mnemonic in mnemonics)
        {
            table.Add(mnemonic, row);
        }
    }
}
