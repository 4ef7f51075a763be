using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;

namespace Emulator.Jit.Emit;

/// <summary>
/// The ways out of a region. Each place that can leave has a few instructions of its own at the method's end, which compute pending flags and say where the
/// guest is; the stores of the registers and the rest are shared by all exits of a kind.
/// </summary>
internal sealed unsafe class ExitEmitter(EmitContext context)
{
    private static readonly MethodInfo BeforeMethod = typeof(RegionExits).GetMethod(nameof(RegionExits.Before))!;
    private static readonly MethodInfo AfterMethod = typeof(RegionExits).GetMethod(nameof(RegionExits.After))!;
    private static readonly MethodInfo StopMethod = typeof(RegionExits).GetMethod(nameof(RegionExits.Stop))!;
    private static readonly MethodInfo FollowMethod = typeof(Branches).GetMethod(nameof(Branches.Follow))!;
    private static readonly MethodInfo LeaveByMethod = typeof(RegionExits).GetMethod(nameof(RegionExits.LeaveBy))!;
    private static readonly MethodInfo LeaveForMethod = typeof(RegionExits).GetMethod(nameof(RegionExits.LeaveFor))!;
    private static readonly MethodInfo EnterMethod = typeof(Branches).GetMethod(nameof(Branches.Enter))!;

    private readonly Dictionary<Kind, Label> _tails = [];
    private readonly Dictionary<(Kind, PendingFlags), Label> _recoveries = [];
    private LocalBuilder? _site;
    private LocalBuilder? _op;
    private LocalBuilder? _rip;
    private LocalBuilder? _block;

    private enum Kind
    {
        Before,
        After,
        Stop,
        Chain,
        Handler,
        Computed,
        Left,
    }

    private CilWriter Cil => context.Cil;

    private LocalBuilder SiteLocal => _site ??= Cil.Declare(typeof(int));

    private LocalBuilder OpLocal => _op ??= Cil.Declare(typeof(ulong));

    private LocalBuilder RipLocal => _rip ??= Cil.Declare(typeof(ulong));

    private LocalBuilder BlockLocal => _block ??= Cil.Declare(typeof(ulong));

    /// <summary>
    /// An exit before the current instruction, with the flags as they are now. Who branches there has stored the instruction's number (<see cref="NoteSite"/>).
    /// </summary>
    public Label Before() => Shared(Kind.Before);

    /// <summary>An exit after the current instruction, with the flags as they are now, under the same condition.</summary>
    public Label After() => Shared(Kind.After);

    /// <summary>An exit for a handler that returned null: the state says where and why; registers and flags are still missing.</summary>
    public Label Left() => Shared(Kind.Left);

    /// <summary>Stores the number of an instruction of the region, before code that may leave there.</summary>
    public void NoteSite(int site)
    {
        Cil.Int(site);
        Cil.Store(SiteLocal);
    }

    /// <summary>An exit instead of entering a block of the region, whose instructions have been taken off the budget.</summary>
    public Label Stop(PlannedBlock target)
    {
        var label = Cil.DefineLabel();
        var pending = context.Flags.Pending;
        context.OutOfLine(() =>
        {
            Cil.Mark(label);
            Recover(pending);
            Cil.Load(context.Budget);
            Cil.Long(target.Count);
            Cil.Op(OpCodes.Add);
            Cil.Store(context.Budget);
            context.PushRip(context.DistanceOf(target.Rip));
            Cil.Store(RipLocal);
            Cil.Branch(OpCodes.Br, Tail(Kind.Stop));
        });
        return label;
    }

    /// <summary>Goes on where an op's branch leads, out of the region. The flags must be in the state.</summary>
    public void Chain(Op* op)
    {
        Place(op);
        Cil.Branch(OpCodes.Br, Tail(Kind.Chain));
    }

    /// <summary>Lets a handler run an op and go on from there. The flags must be in the state.</summary>
    public void RunHandler(Op* op, nint handler)
    {
        Place(op);
        Cil.Pointer(handler);
        Cil.Store(BlockLocal);
        Cil.Branch(OpCodes.Br, Tail(Kind.Handler));
    }

    /// <summary>Enters a block that was looked up, out of the region. The flags must be in the state.</summary>
    public void Enter(LocalBuilder block, LocalBuilder rip)
    {
        Cil.Load(block);
        Cil.Store(BlockLocal);
        Cil.Load(rip);
        Cil.Store(RipLocal);
        Cil.Branch(OpCodes.Br, Tail(Kind.Computed));
    }

    /// <summary>Writes the shared parts that are used.</summary>
    public void EmitTails()
    {
        foreach (var (kind, label) in _tails)
        {
            Cil.Mark(label);
            context.Registers.StoreAll();
            context.Vectors.StoreAll();
            if (kind != Kind.Left)
            {
                context.StoreRetired();
            }

            EmitTail(kind);
        }
    }

    // Exits with the same pending flags share the code that computes them.
    private Label Shared(Kind kind)
    {
        var pending = context.Flags.Pending;
        if (pending is null)
        {
            return Tail(kind);
        }

        if (!_recoveries.TryGetValue((kind, pending), out var label))
        {
            label = Cil.DefineLabel();
            _recoveries.Add((kind, pending), label);
            var here = label;
            context.OutOfLine(() =>
            {
                Cil.Mark(here);
                Recover(pending);
                Cil.Branch(OpCodes.Br, Tail(kind));
            });
        }

        return label;
    }

    private void Recover(PendingFlags? pending)
    {
        if (pending is not null)
        {
            context.Flags.Compute(pending, recover: true);
        }
    }

    private void Place(Op* op)
    {
        Cil.Pointer((nint)op);
        Cil.Store(OpLocal);
        context.PushRip(context.DistanceOf(context.Block.Rip));
        Cil.Store(RipLocal);
    }

    private Label Tail(Kind kind)
    {
        if (!_tails.TryGetValue(kind, out var label))
        {
            label = Cil.DefineLabel();
            _tails.Add(kind, label);
        }

        return label;
    }

    private void EmitTail(Kind kind)
    {
        switch (kind)
        {
            case Kind.Before or Kind.After:
                Cil.State();
                Cil.Pointer((nint)context.Guard);
                Cil.Load(SiteLocal);
                Cil.Load(context.RipBase);
                Cil.Call(kind == Kind.Before ? BeforeMethod : AfterMethod);
                Cil.Op(OpCodes.Ret);
                return;
            case Kind.Stop:
                Cil.State();
                Cil.Load(RipLocal);
                Cil.Call(StopMethod);
                Cil.Op(OpCodes.Ret);
                return;
            case Kind.Left:
                Cil.Pointer(0);
                Cil.Op(OpCodes.Ret);
                return;
            case Kind.Handler:
                Cil.StoreField(StateLayout.BlockRip, RipLocal);
                Cil.State();
                Cil.Load(OpLocal);
                Cil.Load(BlockLocal);
                Cil.JumpToHandler();
                return;
            case Kind.Chain when context.Plan.ReturnsAtExits:
                Cil.StoreField(StateLayout.BlockRip, RipLocal);
                Cil.State();
                Cil.Load(OpLocal);
                Cil.Call(LeaveByMethod);
                Cil.Op(OpCodes.Ret);
                return;
            case Kind.Computed when context.Plan.ReturnsAtExits:
                Cil.State();
                Cil.Load(RipLocal);
                Cil.Call(LeaveForMethod);
                Cil.Op(OpCodes.Ret);
                return;
            case Kind.Chain:
                Cil.StoreField(StateLayout.BlockRip, RipLocal);
                Cil.State();
                Cil.Load(OpLocal);
                Cil.Call(FollowMethod);
                JumpToResult();
                return;
            default:
                Cil.State();
                Cil.Load(BlockLocal);
                Cil.Load(RipLocal);
                Cil.Call(EnterMethod);
                JumpToResult();
                return;
        }
    }

    // The op that was returned is run by a jump; null is returned.
    private void JumpToResult()
    {
        var none = Cil.DefineLabel();
        Cil.Store(OpLocal);
        Cil.Load(OpLocal);
        Cil.Branch(OpCodes.Brfalse, none);
        Cil.State();
        Cil.Load(OpLocal);
        Cil.Load(OpLocal);
        Cil.Op(OpCodes.Ldind_I);
        Cil.JumpToHandler();
        Cil.Mark(none);
        Cil.Pointer(0);
        Cil.Op(OpCodes.Ret);
    }
}
