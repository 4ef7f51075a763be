using System.Reflection;
using System.Reflection.Emit;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;

namespace Emulator.Jit.Emit;

/// <summary>
/// The ways out of a region. Each place that can leave has a few instructions of its own at the method's end, which take pending flags along and say where the
/// guest is and why it leaves; the stores of the registers, and what must be called after them, stand twice: for leaving to the dispatcher, and for going on
/// in other code.
/// </summary>
internal sealed unsafe class ExitEmitter(EmitContext context)
{
    private static readonly MethodInfo LeaveMethod = typeof(RegionExits).GetMethod(nameof(RegionExits.Leave))!;
    private static readonly MethodInfo FollowMethod = typeof(Branches).GetMethod(nameof(Branches.Follow))!;
    private static readonly MethodInfo LeaveByMethod = typeof(RegionExits).GetMethod(nameof(RegionExits.LeaveBy))!;
    private static readonly MethodInfo LeaveForMethod = typeof(RegionExits).GetMethod(nameof(RegionExits.LeaveFor))!;
    private static readonly MethodInfo EnterMethod = typeof(Branches).GetMethod(nameof(Branches.Enter))!;

    private readonly Dictionary<(bool Left, PendingFlags? Pending), Label> _handovers = [];
    private readonly Dictionary<Onward, Label> _onward = [];
    private readonly LocalBuilder _exit = context.Cil.Declare(typeof(int));
    private readonly LocalBuilder _op = context.Cil.Declare(typeof(ulong));
    private readonly LocalBuilder _rip = context.Cil.Declare(typeof(ulong));
    private readonly LocalBuilder _block = context.Cil.Declare(typeof(ulong));
    private readonly LocalBuilder _way = context.Cil.Declare(typeof(int));
    private Label? _leave;

    /// <summary>How control goes on in other code.</summary>
    private enum Onward
    {
        /// <summary>Where an op's branch leads.</summary>
        Chain,

        /// <summary>Into a block that was looked up.</summary>
        Computed,

        /// <summary>Into an op's handler.</summary>
        Handler,
    }

    private CilWriter Cil => context.Cil;

    /// <summary>
    /// The exit with the flags as they are now. Who branches there has said why and where (<see cref="Note(RegionExit, int)"/>).
    /// </summary>
    public Label Leave() => Handover(left: false);

    /// <summary>The exit for a handler that returned null: the state says where and why; registers and pending flags are still missing.</summary>
    public Label Left() => Handover(left: true);

    /// <summary>Stores why and at which instruction of the region it is left, before code that may do so.</summary>
    public void Note(RegionExit exit, int site)
    {
        Cil.Int(RegionExits.Pack(exit, site));
        Cil.Store(_exit);
    }

    /// <summary>An exit before the current instruction, for code to branch to that has noted nothing.</summary>
    public Label Before() => Noted(RegionExit.Before, context.Site);

    /// <summary>An exit instead of entering a block of the region, whose instructions have been taken off the budget.</summary>
    public Label Stop(PlannedBlock target) => Noted(RegionExit.Stop, target.FirstSite);

    /// <summary>Goes on where an op's branch leads, out of the region. The flags must be in the state.</summary>
    public void Chain(Op* op)
    {
        Place(op);
        Cil.Branch(OpCodes.Br, Way(Onward.Chain));
    }

    /// <summary>Lets a handler run an op and go on from there. The flags must be in the state.</summary>
    public void RunHandler(Op* op, nint handler)
    {
        Place(op);
        Cil.Pointer(handler);
        Cil.Store(_block);
        Cil.Branch(OpCodes.Br, Way(Onward.Handler));
    }

    /// <summary>Enters a block that was looked up, out of the region. The flags must be in the state.</summary>
    public void Enter(LocalBuilder block, LocalBuilder rip)
    {
        Cil.Load(block);
        Cil.Store(_block);
        Cil.Load(rip);
        Cil.Store(_rip);
        Cil.Branch(OpCodes.Br, Way(Onward.Computed));
    }

    /// <summary>Writes the shared parts that are used.</summary>
    public void EmitTails()
    {
        if (_onward.Count != 0)
        {
            EmitOnward();
        }

        if (_leave is { } leave)
        {
            Cil.Mark(leave);
            StoreState();
            context.Flags.SettleDeferred();
            Cil.State();
            Cil.Pointer((nint)context.Guard);
            Cil.Load(_exit);
            Cil.Load(context.RipBase);
            Cil.Call(LeaveMethod);
            Cil.Op(OpCodes.Ret);
        }
    }

    private void StoreState()
    {
        context.Registers.StoreAll();
        context.Vectors.StoreAll();
        context.StoreRetired();
    }

    private Label Noted(RegionExit exit, int site)
    {
        var label = Cil.DefineLabel();
        var leave = Leave();
        context.OutOfLine(() =>
        {
            Cil.Mark(label);
            Note(exit, site);
            Cil.Branch(OpCodes.Br, leave);
        });
        return label;
    }

    // Exits with the same pending flags share the code that takes them along.
    private Label Handover(bool left)
    {
        _leave ??= Cil.DefineLabel();
        var pending = context.Flags.Pending;
        if (!left && pending == context.Flags.Deferred)
        {
            return _leave.Value;
        }

        if (!_handovers.TryGetValue((left, pending), out var label))
        {
            label = Cil.DefineLabel();
            _handovers.Add((left, pending), label);
            var here = label;
            context.OutOfLine(() => EmitHandover(here, left, pending));
        }

        return label;
    }

    private void EmitHandover(Label here, bool left, PendingFlags? pending)
    {
        Cil.Mark(here);
        context.Flags.Defer(pending);
        if (left)
        {
            // The handler has set the counter: the budget follows it.
            Cil.LoadField(StateLayout.RetireLimit);
            Cil.LoadField(StateLayout.Retired);
            Cil.Op(OpCodes.Sub);
            Cil.Store(context.Budget);
            Note(RegionExit.Left, 0);
        }

        Cil.Branch(OpCodes.Br, _leave!.Value);
    }

    private void Place(Op* op)
    {
        Cil.Pointer((nint)op);
        Cil.Store(_op);
        context.PushRip(context.DistanceOf(context.Block.Rip));
        Cil.Store(_rip);
    }

    private Label Way(Onward way)
    {
        if (!_onward.TryGetValue(way, out var label))
        {
            label = Cil.DefineLabel();
            _onward.Add(way, label);
        }

        return label;
    }

    // One sequence of stores, then the way that was asked for.
    private void EmitOnward()
    {
        var store = Cil.DefineLabel();
        foreach (var (way, label) in _onward)
        {
            Cil.Mark(label);
            Cil.Int((int)way);
            Cil.Store(_way);
            Cil.Branch(OpCodes.Br, store);
        }

        Cil.Mark(store);
        StoreState();
        var jump = Cil.DefineLabel();
        var left = _onward.Count;
        foreach (var way in _onward.Keys)
        {
            var next = Cil.DefineLabel();
            if (--left != 0)
            {
                Cil.Load(_way);
                Cil.Int((int)way);
                Cil.Branch(OpCodes.Bne_Un, next);
            }

            EmitWay(way);
            Cil.Branch(OpCodes.Br, jump);
            Cil.Mark(next);
        }

        Cil.Mark(jump);
        JumpToOp();
    }

    // Leaves the next op, or null, in _op, and its handler in _block.
    private void EmitWay(Onward way)
    {
        var returns = context.Plan.ReturnsAtExits;
        if (way == Onward.Computed)
        {
            Cil.State();
            if (!returns)
            {
                Cil.Load(_block);
            }

            Cil.Load(_rip);
            Cil.Call(returns ? LeaveForMethod : EnterMethod);
            TakeResult();
            return;
        }

        Cil.StoreField(StateLayout.BlockRip, _rip);
        if (way == Onward.Chain)
        {
            Cil.State();
            Cil.Load(_op);
            Cil.Call(returns ? LeaveByMethod : FollowMethod);
            TakeResult();
        }
    }

    private void TakeResult()
    {
        var none = Cil.DefineLabel();
        Cil.Store(_op);
        Cil.Load(_op);
        Cil.Branch(OpCodes.Brfalse, none);
        Cil.Load(_op);
        Cil.Op(OpCodes.Ldind_I);
        Cil.Store(_block);
        Cil.Mark(none);
    }

    private void JumpToOp()
    {
        var none = Cil.DefineLabel();
        Cil.Load(_op);
        Cil.Branch(OpCodes.Brfalse, none);
        Cil.State();
        Cil.Load(_op);
        Cil.Load(_block);
        Cil.JumpToHandler();
        Cil.Mark(none);
        Cil.Pointer(0);
        Cil.Op(OpCodes.Ret);
    }
}
