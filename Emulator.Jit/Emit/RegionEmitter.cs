using System.Reflection.Emit;
using Emulator.Core.Instructions.Sse;
using Emulator.Jit.Analysis;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;
using Iced.Intel;
using Label = System.Reflection.Emit.Label;

namespace Emulator.Jit.Emit;

/// <summary>Writes the CIL of one region: entry, blocks, edges between them, exits.</summary>
internal sealed unsafe class RegionEmitter
{
    private readonly CilWriter _cil;
    private readonly RegionPlan _plan;
    private readonly EmitterTable _emitters;
    private readonly EmitContext _context;
    private readonly RegionGuard* _guard;
    private readonly RegisterUse _use = new();
    private readonly Label[] _labels;
    private readonly int[] _predecessors;
    private readonly PendingFlags?[] _inherited;
    private readonly PlannedBlock?[] _parents;
    private readonly IReadOnlyList<ProbedRange>?[] _probed;
    private readonly AddressPlan[] _addresses;
    private readonly bool[] _emitted;

    // Blocks whose flags at entry only an exit may ask for.
    private readonly bool[] _defers;

    /// <summary>An emitter for one plan.</summary>
    public RegionEmitter(CilWriter cil, RegionPlan plan, EmitterTable emitters, Meanings meanings, RegionGuard* guard)
    {
        _cil = cil;
        _plan = plan;
        _emitters = emitters;
        _guard = guard;
        var (used, written) = Registers();
        _context = new EmitContext(cil, plan, meanings, new GuestRegisters(cil, used, written), Vectors(), _use, guard);
        _labels = [.. plan.Blocks.Select(_ => cil.DefineLabel())];
        _predecessors = new int[plan.Blocks.Count];
        _inherited = new PendingFlags?[plan.Blocks.Count];
        _parents = new PlannedBlock?[plan.Blocks.Count];
        _probed = new IReadOnlyList<ProbedRange>?[plan.Blocks.Count];
        _addresses = new AddressPlan[plan.Blocks.Count];
        _emitted = new bool[plan.Blocks.Count];
        _defers = new bool[plan.Blocks.Count];
    }

    /// <summary>Writes the method.</summary>
    public void Emit()
    {
        CountPredecessors();
        PlanAddresses();
        for (var i = 0; i < _defers.Length; i++)
        {
            _defers[i] = !FlagNeeds.ReadsBeforeWriting(_plan.Blocks[i].Instructions, _emitters.Has);
        }

        EmitEntry();
        foreach (var block in _plan.Blocks)
        {
            EmitBlock(block);
        }

        _context.EmitOutOfLine();
        _context.Exits.EmitTails();
        _context.EmitOutOfLine();
    }

    private (uint Used, uint Written) Registers()
    {
        uint used = 0;
        uint written = 0;
        foreach (var block in _plan.Blocks)
        {
            foreach (var instruction in block.Instructions)
            {
                var (reads, writes) = _use.Of(instruction);
                used |= reads;
                written |= writes;
            }
        }

        return (used, written);
    }

    private VectorRegisters Vectors()
    {
        uint inLocals = 0;
        uint written = 0;
        uint wide = 0;
        foreach (var block in _plan.Blocks)
        {
            foreach (var instruction in block.Instructions)
            {
                if (_emitters.IsVector(instruction.Mnemonic))
                {
                    var (uses, writes) = _use.VectorsOf(instruction);
                    inLocals |= uses;
                    written |= writes;
                    wide |= VectorOperands.KindOf(instruction) == VectorKind.Vex256 ? uses : 0;
                }
            }
        }

        return new VectorRegisters(_cil, _emitters.VectorLocals ?? HoldsLoopAlone() ? inLocals : 0, written, wide);
    }

    // Locals of vectors pay in loops. A region that calls or returns is left and entered too often: its exits would store, and its entry load, all of them.
    private bool HoldsLoopAlone()
        => _plan.Blocks.All(block => BlockGraph.EndingOf(block.Block) is BlockGraph.Ending.Jump or BlockGraph.Ending.Conditional or BlockGraph.Ending.FallThrough)
            && _plan.Blocks.Any(block => block.Taken is { } target && target.Number <= block.Number);

    // The entry has one predecessor outside. A return may lead to whatever follows a call, an indirect branch to whatever it was seen to.
    private void CountPredecessors()
    {
        _predecessors[0] = 1;
        foreach (var block in _plan.Blocks)
        {
            if (block.Taken is { } taken)
            {
                _predecessors[taken.Number]++;
                _parents[taken.Number] = block;
            }

            foreach (var seen in block.Seen)
            {
                _predecessors[seen.Number] += 2;
            }

            if (block.Next is { } next)
            {
                var ending = BlockGraph.EndingOf(block.Block);
                _parents[next.Number] = block;
                _predecessors[next.Number] += ending is BlockGraph.Ending.Call or BlockGraph.Ending.IndirectCall ? 2 : 1;
            }
        }
    }

    // What a block knows of its registers at its end, one that only it leads to, and that comes later, knows at its beginning.
    private void PlanAddresses()
    {
        var unknown = new RegisterValues(_context.Is64Bit ? 8 : 4, hasStack: _context.FlatStackWidth != 0);
        foreach (var block in _plan.Blocks)
        {
            var parent = _predecessors[block.Number] == 1 && _parents[block.Number] is { } before && before.Number < block.Number ? _addresses[before.Number] : null;
            var addresses = new AddressPlan(block.Instructions, parent?.After ?? unknown.Fresh(), _use);
            parent?.Precede(addresses);
            _addresses[block.Number] = addresses;
        }
    }

    private void EmitEntry()
    {
        if (_plan.OtherPages.Count != 0)
        {
            EmitGuard();
        }

        _cil.LoadField(StateLayout.BlockRip);
        _cil.Store(_context.RipBase);
        _cil.LoadField(StateLayout.RetireLimit);
        _cil.LoadField(StateLayout.Retired);
        _cil.Op(OpCodes.Sub);
        _cil.Store(_context.Budget);
        _context.Registers.LoadAll();
        _context.Vectors.LoadAll();
        if (_predecessors[0] > 1 && _defers[0])
        {
            _context.Flags.Defer();
        }

        if (_plan.Blocks.Any(block => block.Instructions.Any(instruction => _emitters.ObeysMxcsr(instruction.Mnemonic))))
        {
            _context.Floats.Begin();
        }
    }

    // Code on other pages must still be where it was: else the entry's own handler runs in place of the region.
    private void EmitGuard()
    {
        var check = _cil.DefineLabel();
        var valid = _cil.DefineLabel();
        _cil.Pointer((nint)(&_guard->Key));
        _cil.Op(OpCodes.Ldind_I8);
        _cil.LoadField(StateLayout.JumpKey);
        _cil.Branch(OpCodes.Bne_Un, check);
        _cil.Pointer((nint)(&_guard->Owner));
        _cil.Op(OpCodes.Ldind_I8);
        _cil.State();
        _cil.Branch(OpCodes.Bne_Un, check);
        _cil.Pointer((nint)(&_guard->Rip));
        _cil.Op(OpCodes.Ldind_I8);
        _cil.LoadField(StateLayout.BlockRip);
        _cil.Branch(OpCodes.Beq, valid);
        _cil.Mark(check);
        _cil.State();
        _cil.Pointer((nint)_guard);
        _cil.Call(typeof(RegionExits).GetMethod(nameof(RegionExits.Revalidate))!);
        _cil.Branch(OpCodes.Brtrue, valid);
        _cil.State();
        _cil.Pointer((nint)_plan.Entry.Ops);
        _cil.Pointer(_plan.Entry.Handlers[0]);
        _cil.JumpToHandler();
        _cil.Mark(valid);
    }

    private void EmitBlock(PlannedBlock block)
    {
        _context.Block = block;
        _context.Flags.Begin(_predecessors[block.Number] > 1 && _defers[block.Number] ? _context.Flags.Deferred : _inherited[block.Number]);
        _context.Memory.Begin(_addresses[block.Number], _probed[block.Number]);
        _emitted[block.Number] = true;
        _cil.Mark(_labels[block.Number]);
        var last = block.FallsThrough ? block.Count : block.Count - 1;
        var needed = FlagNeeds.After(block.Instructions, CanExit(block));
        for (var i = 0; i < last; i++)
        {
            var instruction = block.Instructions[i];
            Comment(instruction);
            _context.Index = i;
            _context.FlagsNeeded = needed[i];
            if (block.IsSlow(i) || _emitters[instruction.Mnemonic] is not { } emitter || !emitter(_context, instruction))
            {
                new HandlerCallEmitter(_context).Emit(instruction);
            }
        }

        _context.Index = block.Count - 1;
        _context.FlagsNeeded = true;
        var ending = BlockGraph.EndingOf(block.Block);
        Comment(block.Instructions[^1]);
        new EndingEmitter(_context, this).Emit(ending);
    }

    private void Comment(in Instruction instruction)
    {
        if (_cil.HasListing)
        {
            _cil.Comment($"{instruction.IP:x} {instruction}");
        }
    }

    // Whatever has an emitter and no memory operand stays in the method.
    private bool[] CanExit(PlannedBlock block)
    {
        var result = new bool[block.Count];
        for (var i = 0; i < block.Count; i++)
        {
            ref readonly var instruction = ref block.Instructions[i];
            result[i] = _emitters[instruction.Mnemonic] is null || _emitters.IsVector(instruction.Mnemonic)
                || Core.Decoding.OperandBinder.HasMemoryOperand(instruction) && instruction.Mnemonic is not (Mnemonic.Lea or Mnemonic.Nop)
                || instruction.StackPointerIncrement != 0 || instruction.Mnemonic is Mnemonic.Leave or Mnemonic.Div or Mnemonic.Idiv || i == block.Count - 1 && !block.FallsThrough;
        }

        return result;
    }

    /// <summary>
    /// Goes on to a block of the region, or through the op's own link if it is not there. A block with one predecessor goes on with pending flags; others want
    /// them deferred, or in the state if they read them.
    /// </summary>
    internal void EmitEdge(PlannedBlock? target, Core.Decoding.Op* op)
    {
        if (target is null)
        {
            _context.Flags.Settle();
            _context.Exits.Chain(op);
            return;
        }

        EmitEdge(target);
    }

    /// <summary>Goes on to a block of the region.</summary>
    internal void EmitEdge(PlannedBlock target)
    {
        var pending = _context.Flags.Pending;
        if (_predecessors[target.Number] == 1 && !_emitted[target.Number])
        {
            _inherited[target.Number] = pending;
            _probed[target.Number] = _context.Memory.Probed;
        }
        else if (_defers[target.Number])
        {
            _context.Flags.Defer();
        }
        else
        {
            _context.Flags.Settle();
        }

        var stop = _context.Exits.Stop(target);
        _cil.Load(_context.Budget);
        _cil.Long(target.Count);
        _cil.Op(OpCodes.Sub);
        _cil.Store(_context.Budget);
        _cil.Load(_context.Budget);
        _cil.Long(0);
        _cil.Branch(OpCodes.Blt, stop);
        if (_emitted[target.Number])
        {
            _cil.LoadSharedIntField(StateLayout.Attention);
            _cil.Branch(OpCodes.Brtrue, stop);
        }

        _cil.Branch(OpCodes.Br, _labels[target.Number]);
    }
}
