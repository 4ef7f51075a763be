using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.FloatingPoint;
using Iced.Intel;

namespace Emulator.Core.Instructions.Sse;

/// <summary>CMPPS and its kin: the predicate is the immediate's low five bits (SDM Vol. 2A, table 3-1).</summary>
public readonly struct FloatPredicate : IElementOperation
{
    private const int Less = 1;
    private const int Equal = 2;
    private const int Greater = 4;
    private const int Unordered = 8;

    // One hex digit per predicate, 0 at the right: the relations in which it holds.
    private const ulong Relations = 0xf465_0b9a_7ced_8312;

    // The predicates below 16 that signal quiet NaNs; above, the others do.
    private const int Signalling = 0x6666;

    public static bool IsExact => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryHost<T>(Vector128<T> a, Vector128<T> b, byte i, out Vector128<T> result)
        where T : unmanaged
    {
        result = (Vector128.LessThan(a, b) & When<T>(Holds(i, Less)))
            | (Vector128.Equals(a, b) & When<T>(Holds(i, Equal)))
            | (Vector128.GreaterThan(a, b) & When<T>(Holds(i, Greater)));
        return FloatClasses.AreOrdinary(a, b);
    }

    public static uint Exact(uint a, uint b, byte i, ref FloatContext context)
        => Holds(i, Bit(Float32.Compare(a, b, Signals(i), ref context))) ? uint.MaxValue : 0;

    public static ulong Exact(ulong a, ulong b, byte i, ref FloatContext context)
        => Holds(i, Bit(Float64.Compare(a, b, Signals(i), ref context))) ? ulong.MaxValue : 0;

    private static bool Holds(byte predicate, int relation) => ((int)(Relations >> (4 * (predicate & 15))) & relation) != 0;

    private static bool Signals(byte predicate) => (((Signalling >> (predicate & 15)) ^ (predicate >> 4)) & 1) != 0;

    private static Vector128<T> When<T>(bool condition)
        where T : unmanaged
        => condition ? Vector128<T>.AllBitsSet : Vector128<T>.Zero;

    private static int Bit(FloatRelation relation) => relation switch
    {
        FloatRelation.Less => Less,
        FloatRelation.Equal => Equal,
        FloatRelation.Greater => Greater,
        _ => Unordered,
    };
}

/// <summary>A comparison to masks. Legacy encodings have three bits of predicate.</summary>
public sealed unsafe class PredicateRow<TOperation, TShape> : VectorRow, IVectorMeaningRow
    where TOperation : struct, IFloatOperation
    where TShape : struct, IOperandShape
{
    private readonly FloatRow<TOperation, TShape> _row = new();

    /// <inheritdoc/>
    public bool ObeysMxcsr => true;

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => _row.MeaningOf(instruction);

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->Immediate &= instruction.Encoding == EncodingKind.Legacy ? 7u : 31u;
        return _row.Bind(instruction, context, op);
    }
}

/// <summary>The flags of COMISS and its kin for operands that raise nothing; false when one is a NaN or denormal.</summary>
public static unsafe class OrderedFlags
{
    /// <summary>Compares the low singles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TrySet32(CpuState* s, Vector128<byte> a, Vector128<byte> b)
    {
        var (x, y) = (a.AsSingle().ToScalar(), b.AsSingle().ToScalar());
        if (!FloatClasses.IsOrdinary(x) || !FloatClasses.IsOrdinary(y))
        {
            return false;
        }

        s->Flags.SetOrdered(x < y, x == y);
        return true;
    }

    /// <summary>Compares the low doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TrySet64(CpuState* s, Vector128<byte> a, Vector128<byte> b)
    {
        var (x, y) = (a.AsDouble().ToScalar(), b.AsDouble().ToScalar());
        if (!FloatClasses.IsOrdinary(x) || !FloatClasses.IsOrdinary(y))
        {
            return false;
        }

        s->Flags.SetOrdered(x < y, x == y);
        return true;
    }
}

/// <summary>COMISS, COMISD, UCOMISS and UCOMISD: ZF, PF and CF by the relation; OF, SF and AF clear.</summary>
public readonly unsafe struct OrderedFlagsForm<T, TQuietNaN> : IMemoryForm
    where T : unmanaged
    where TQuietNaN : struct, IQuietNaN
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
        => Compare(s, op, CpuState.Get<T>(s, op->Source)) ? op + 1 : Exits.Faulted(s, op);

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
        => VectorMemory.TryRead<TAddress, T>(s, op, aligned: false, out var b) && Compare(s, op, b) ? op + 1 : Exits.Faulted(s, op);

    private static bool Compare(CpuState* s, Op* op, T operand)
    {
        if (Mxcsr.AllowsFast(s, isExact: true) && TryFast(s, op, operand))
        {
            return true;
        }

        var context = FloatContext.FromMxcsr(s->Mxcsr);
        var relation = sizeof(T) == 4
            ? Float32.Compare(CpuState.Get<uint>(s, op->Destination), *(uint*)&operand, TQuietNaN.IsInvalid, ref context)
            : Float64.Compare(CpuState.Get<ulong>(s, op->Destination), *(ulong*)&operand, TQuietNaN.IsInvalid, ref context);
        if (context.Raised != 0 && !Mxcsr.TryCommit(s, ref context))
        {
            return false;
        }

        SetFlags(s, relation);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryFast(CpuState* s, Op* op, T operand)
        => sizeof(T) == 4
            ? OrderedFlags.TrySet32(s, CpuState.Get<Vector128<byte>>(s, op->Destination), VectorMemory.Extend(operand))
            : OrderedFlags.TrySet64(s, CpuState.Get<Vector128<byte>>(s, op->Destination), VectorMemory.Extend(operand));

    private static void SetFlags(CpuState* s, FloatRelation relation)
        => s->Flags.FromRflags(relation switch
        {
            FloatRelation.Greater => 0,
            FloatRelation.Less => Rflags.CF,
            FloatRelation.Equal => Rflags.ZF,
            _ => Rflags.ZF | Rflags.PF | Rflags.CF,
        });
}

/// <summary>Whether a quiet NaN is an invalid operand.</summary>
public interface IQuietNaN
{
    /// <summary>The answer.</summary>
    static abstract bool IsInvalid { get; }
}

/// <summary>COMISS.</summary>
public readonly struct InvalidQuietNaN : IQuietNaN
{
    public static bool IsInvalid => true;
}

/// <summary>UCOMISS.</summary>
public readonly struct ValidQuietNaN : IQuietNaN
{
    public static bool IsInvalid => false;
}

/// <summary>COMISS and its kin.</summary>
public sealed unsafe class OrderedFlagsRow<T, TQuietNaN> : VectorRow, IVectorMeaningRow
    where T : unmanaged
    where TQuietNaN : struct, IQuietNaN
{
    /// <inheritdoc/>
    public bool ObeysMxcsr => true;

    /// <inheritdoc/>
    public VectorMeaning? MeaningOf(in Instruction instruction)
        => new(VectorMeaningKind.OrderedFlags, typeof(OrderedFlags), sizeof(T));

    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<OrderedFlagsForm<T, TQuietNaN>>(context.Address)
            : &OrderedFlagsForm<T, TQuietNaN>.Register;
}

/// <summary>Floating-point comparisons (SDM Vol. 2A and 2B).</summary>
public static class FloatCompare
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        Add(table, Mnemonic.Cmpps, Mnemonic.Vcmpps, new PredicateRow<Packed<FloatPredicate, float>, Whole>());
        Add(table, Mnemonic.Cmppd, Mnemonic.Vcmppd, new PredicateRow<Packed<FloatPredicate, double>, Whole>());
        Add(table, Mnemonic.Cmpss, Mnemonic.Vcmpss, new PredicateRow<ScalarOf<FloatPredicate, float>, Part<uint, uint>>());
        var scalarDouble = new PredicateRow<ScalarOf<FloatPredicate, double>, Part<ulong, ulong>>();

        // The mnemonic is the string instruction's too.
        table.Add(Code.Cmpsd_xmm_xmmm64_imm8, scalarDouble);
        table.Add(Mnemonic.Vcmpsd, scalarDouble);
        Add(table, Mnemonic.Comiss, Mnemonic.Vcomiss, new OrderedFlagsRow<uint, InvalidQuietNaN>());
        Add(table, Mnemonic.Comisd, Mnemonic.Vcomisd, new OrderedFlagsRow<ulong, InvalidQuietNaN>());
        Add(table, Mnemonic.Ucomiss, Mnemonic.Vucomiss, new OrderedFlagsRow<uint, ValidQuietNaN>());
        Add(table, Mnemonic.Ucomisd, Mnemonic.Vucomisd, new OrderedFlagsRow<ulong, ValidQuietNaN>());
    }

    private static void Add(InstructionTable table, Mnemonic legacy, Mnemonic vex, InstructionRow row)
    {
        table.Add(legacy, row);
        table.Add(vex, row);
    }
}
