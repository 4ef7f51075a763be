using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Instructions.Integer;
using Emulator.Jit.Runtime;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>
/// Where the arithmetic flags are at each point of a block while it is emitted: in the state, or pending. Conditions on pending flags become compares of the
/// operands.
/// </summary>
internal sealed class FlagTracker(CilWriter cil, Meanings meanings)
{
    private static readonly MethodInfo SettleMethod = typeof(DeferredFlags).GetMethod(nameof(DeferredFlags.Settle))!;

    private readonly List<LocalBuilder[]> _narrow = [];
    private readonly List<LocalBuilder[]> _wide = [];
    private int _ordinal;
    private PendingFlags? _deferred;
    private LocalBuilder? _kind;

    /// <summary>What is pending; null when the flags in the state are right (or not needed).</summary>
    public PendingFlags? Pending { get; private set; }

    /// <summary>Begins a block with what its only predecessor left, or with the flags in the state.</summary>
    public void Begin(PendingFlags? inherited)
    {
        Pending = inherited;
        _ordinal = inherited is null ? 0 : inherited.Ordinal + 1;
    }

    /// <summary>Locals for the operands and the result of an operation whose flags become pending.</summary>
    public PendingFlags Prepare(Type operation, FlagShape shape, int width)
    {
        var sets = width == 8 ? _wide : _narrow;
        while (sets.Count <= _ordinal)
        {
            var type = width == 8 ? typeof(ulong) : typeof(int);
            sets.Add([cil.Declare(type), cil.Declare(type), cil.Declare(type), cil.Declare(typeof(int))]);
        }

        var set = sets[_ordinal];
        var second = shape switch { FlagShape.Binary or FlagShape.Ordered => set[1], FlagShape.Shift => set[3], _ => null };
        return new PendingFlags(operation, shape, width, set[0], second, set[2], _ordinal++);
    }

    /// <summary>
    /// What is pending from here on: an operation that has been done, nothing, or, for the other way of a branch, what was pending there.
    /// </summary>
    public void Set(PendingFlags? pending) => Pending = pending;

    /// <summary>
    /// What a block begins with whose flags, as its predecessors left them, only an exit may ask for: operation and operands in locals, which each edge into it
    /// fills (<see cref="Defer()"/>).
    /// </summary>
    public PendingFlags Deferred => _deferred ??= new PendingFlags(
        typeof(DeferredFlags), FlagShape.Binary, 8, cil.Declare(typeof(ulong)), cil.Declare(typeof(ulong)), cil.Declare(typeof(ulong)), -1);

    private LocalBuilder Kind => _kind ??= cil.Declare(typeof(int));

    /// <summary>Hands the flags on, to a block that begins with <see cref="Deferred"/> or to an exit.</summary>
    public void Defer() => Defer(Pending);

    /// <summary>Hands on what was pending at some point.</summary>
    public void Defer(PendingFlags? pending)
    {
        var deferred = Deferred;
        if (pending == deferred)
        {
            return;
        }

        if (pending is null)
        {
            cil.Int(DeferredFlags.Pack(DeferredFlags.Kind.InState, 0));
            cil.Store(Kind);
            return;
        }

        cil.Int(PackedKind(pending));
        cil.Store(Kind);
        PushWide(pending.A, pending.Width);
        cil.Store(deferred.A);
        if (pending.B is { } second && pending.Operation != typeof(And))
        {
            PushWide(second, pending.Width);
            cil.Store(deferred.B!);
        }
    }

    /// <summary>Computes pending flags into the state.</summary>
    public void Settle()
    {
        if (Pending is { } pending)
        {
            Compute(pending);
            Pending = null;
        }
    }

    /// <summary>Computes what an exit took along.</summary>
    public void SettleDeferred()
    {
        cil.State();
        cil.Load(Kind);
        cil.Load(Deferred.A);
        cil.Load(Deferred.B!);
        cil.Call(SettleMethod);
    }

    /// <summary>Computes flags into the state: in place where there is a method for that, else by a call.</summary>
    public void Compute(PendingFlags pending)
    {
        if (pending == _deferred)
        {
            SettleDeferred();
            return;
        }

        if (Meanings.InPlace(pending.Operation) is { } setter)
        {
            cil.FieldAddress(StateLayout.Flags);
            foreach (var value in (ReadOnlySpan<LocalBuilder?>)[.. Operands(pending), pending.Result])
            {
                PushWide(value!, pending.Width);
            }

            cil.Int(8 * pending.Width);
            cil.Call(setter);
            return;
        }

        cil.State();
        cil.Int(PackedKind(pending));
        PushWide(pending.A, pending.Width);
        PushWide(pending.B ?? pending.A, pending.Width);
        cil.Call(SettleMethod);
    }

    private static int PackedKind(PendingFlags pending)
        => DeferredFlags.Pack(Enum.Parse<DeferredFlags.Kind>(pending.Operation.Name), 8 * pending.Width);

    private static ReadOnlySpan<LocalBuilder> Operands(PendingFlags pending)
        => pending.Operation == typeof(And) ? [] : pending.B is { } second ? new[] { pending.A, second } : new[] { pending.A };

    private void PushWide(LocalBuilder local, int width)
    {
        cil.Load(local);
        if (width < 8 || local.LocalType == typeof(int))
        {
            cil.Op(OpCodes.Conv_U8);
        }
    }

    /// <summary>Pushes whether a condition holds, as an int32.</summary>
    public void Test(ConditionCode condition)
    {
        if (Pending is { } pending && pending != _deferred && TryCompare(pending, condition))
        {
            return;
        }

        Settle();
        cil.State();
        cil.Call(meanings.Test(condition));
    }

    private static ConditionCode Inverse(ConditionCode condition) => condition switch
    {
        ConditionCode.no => ConditionCode.o,
        ConditionCode.ae => ConditionCode.b,
        ConditionCode.ne => ConditionCode.e,
        ConditionCode.a => ConditionCode.be,
        ConditionCode.ns => ConditionCode.s,
        ConditionCode.np => ConditionCode.p,
        ConditionCode.ge => ConditionCode.l,
        ConditionCode.g => ConditionCode.le,
        _ => ConditionCode.None,
    };

    private bool TryCompare(PendingFlags pending, ConditionCode condition)
    {
        var inverse = Inverse(condition);
        if (!TryComparePositive(pending, inverse == ConditionCode.None ? condition : inverse))
        {
            return false;
        }

        if (inverse != ConditionCode.None)
        {
            cil.Int(0);
            cil.Op(OpCodes.Ceq);
        }

        return true;
    }

    // OF, SF and AF are clear.
    private bool CompareOrdered(PendingFlags pending, ConditionCode condition)
    {
        switch (condition)
        {
            case ConditionCode.b:
                cil.Load(pending.A);
                return true;
            case ConditionCode.e or ConditionCode.le:
                cil.Load(pending.B!);
                return true;
            case ConditionCode.be or ConditionCode.p:
                cil.Load(pending.A);
                cil.Load(pending.B!);
                cil.Op(condition == ConditionCode.p ? OpCodes.And : OpCodes.Or);
                return true;
            default:
                cil.Int(0);
                return true;
        }
    }

    private bool TryComparePositive(PendingFlags pending, ConditionCode condition)
    {
        if (pending.Shape == FlagShape.Ordered)
        {
            return CompareOrdered(pending, condition);
        }

        switch (condition)
        {
            case ConditionCode.e when pending.Operation == typeof(Subtract):
                cil.Load(pending.A);
                cil.Load(pending.B!);
                cil.Op(OpCodes.Ceq);
                return true;
            case ConditionCode.e:
                PushResult(pending, signed: false);
                cil.Number(0, pending.Width);
                cil.Op(OpCodes.Ceq);
                return true;
            case ConditionCode.s:
                PushResult(pending, signed: true);
                cil.Number(0, pending.Width);
                cil.Op(OpCodes.Clt);
                return true;
        }

        if (pending.Operation == typeof(Subtract))
        {
            return TryCompareOperands(pending, condition);
        }

        if (pending.Operation == typeof(And))
        {
            return TryCompareLogic(pending, condition);
        }

        if (pending.Operation == typeof(Add) && condition == ConditionCode.b)
        {
            cil.Load(pending.Result);
            cil.Load(pending.A);
            cil.Op(OpCodes.Clt_Un);
            return true;
        }

        return false;
    }

    private bool TryCompareOperands(PendingFlags pending, ConditionCode condition)
    {
        switch (condition)
        {
            case ConditionCode.b:
                cil.Load(pending.A);
                cil.Load(pending.B!);
                cil.Op(OpCodes.Clt_Un);
                return true;
            case ConditionCode.be:
                cil.Load(pending.A);
                cil.Load(pending.B!);
                cil.Op(OpCodes.Cgt_Un);
                break;
            case ConditionCode.l:
                PushSigned(pending.A, pending.Width);
                PushSigned(pending.B!, pending.Width);
                cil.Op(OpCodes.Clt);
                return true;
            case ConditionCode.le:
                PushSigned(pending.A, pending.Width);
                PushSigned(pending.B!, pending.Width);
                cil.Op(OpCodes.Cgt);
                break;
            default:
                return false;
        }

        cil.Int(0);
        cil.Op(OpCodes.Ceq);
        return true;
    }

    // CF and OF are clear.
    private bool TryCompareLogic(PendingFlags pending, ConditionCode condition)
    {
        switch (condition)
        {
            case ConditionCode.b or ConditionCode.o:
                cil.Int(0);
                return true;
            case ConditionCode.be:
                return TryComparePositive(pending, ConditionCode.e);
            case ConditionCode.l:
                return TryComparePositive(pending, ConditionCode.s);
            case ConditionCode.le:
                PushResult(pending, signed: true);
                cil.Number(0, pending.Width);
                cil.Op(OpCodes.Cgt);
                cil.Int(0);
                cil.Op(OpCodes.Ceq);
                return true;
            default:
                return false;
        }
    }

    private void PushResult(PendingFlags pending, bool signed)
    {
        if (signed)
        {
            PushSigned(pending.Result, pending.Width);
        }
        else
        {
            cil.Load(pending.Result);
        }
    }

    private void PushSigned(LocalBuilder local, int width)
    {
        cil.Load(local);
        if (width < 4)
        {
            cil.Op(width == 1 ? OpCodes.Conv_I1 : OpCodes.Conv_I2);
        }
    }
}
