using System.Reflection.Emit;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Jit.Analysis;
using Emulator.Jit.Regions;
using Emulator.Jit.Runtime;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>What emitters of instructions work with: the method being written, the registers, the flags, and the instruction's place.</summary>
internal sealed unsafe class EmitContext
{
    private readonly List<Action> _outOfLine = [];

    /// <summary>A context for one region.</summary>
    public EmitContext(CilWriter cil, RegionPlan plan, Meanings meanings, GuestRegisters registers, VectorRegisters vectors, RegisterUse use, RegionGuard* guard)
    {
        Guard = guard;
        Cil = cil;
        Plan = plan;
        Meanings = meanings;
        Registers = registers;
        Vectors = vectors;
        Use = use;
        Flags = new FlagTracker(cil, meanings);
        Exits = new ExitEmitter(this);
        Memory = new MemoryEmitter(this);
        Floats = new FloatGuard(this);
        RipBase = cil.Declare(typeof(ulong));
        Budget = cil.Declare(typeof(long));
        Block = plan.Entry;
    }

    /// <summary>The method.</summary>
    public CilWriter Cil { get; }

    /// <summary>What is being compiled.</summary>
    public RegionPlan Plan { get; }

    /// <summary>What the code reads at run time.</summary>
    public RegionGuard* Guard { get; }

    /// <summary>The current instruction's number, counted through all blocks.</summary>
    public int Site => Block.FirstSite + Index;

    /// <summary>The methods of Core.</summary>
    public Meanings Meanings { get; }

    /// <summary>General registers.</summary>
    public GuestRegisters Registers { get; }

    /// <summary>XMM registers.</summary>
    public VectorRegisters Vectors { get; }

    /// <summary>Floating point under MXCSR.</summary>
    public FloatGuard Floats { get; }

    /// <summary>Which registers instructions use.</summary>
    public RegisterUse Use { get; }

    /// <summary>Arithmetic flags.</summary>
    public FlagTracker Flags { get; }

    /// <summary>Ways out.</summary>
    public ExitEmitter Exits { get; }

    /// <summary>Memory accesses.</summary>
    public MemoryEmitter Memory { get; }

    /// <summary>RIP of the entry block, as it is this time.</summary>
    public LocalBuilder RipBase { get; }

    /// <summary>Instructions that may still be retired: the limit less the counter, which counts ahead to the end of the block.</summary>
    public LocalBuilder Budget { get; }

    /// <summary>The block being emitted.</summary>
    public PlannedBlock Block { get; set; }

    /// <summary>The instruction's number in the block.</summary>
    public int Index { get; set; }

    /// <summary>Whether flags that the instruction sets can be seen by anybody.</summary>
    public bool FlagsNeeded { get; set; }

    /// <summary>Whether code is 64-bit.</summary>
    public bool Is64Bit => (Plan.Mode & CpuMode.CodeSizeMask) == CpuMode.Code64;

    /// <summary>The instruction's op.</summary>
    public Op* CurrentOp => Block.Ops + Index;

    /// <summary>The stack of the mode, where it needs no checks: its width in bytes; 0 elsewhere.</summary>
    public int FlatStackWidth => Is64Bit ? 8 : (Plan.Mode & (CpuMode.FlatData | CpuMode.Stack32)) == (CpuMode.FlatData | CpuMode.Stack32) ? 4 : 0;

    /// <summary>Puts code at the end of the method.</summary>
    public void OutOfLine(Action emit) => _outOfLine.Add(emit);

    /// <summary>Writes what was put off, and what that puts off.</summary>
    public void EmitOutOfLine()
    {
        for (var i = 0; i < _outOfLine.Count; i++)
        {
            _outOfLine[i]();
        }

        _outOfLine.Clear();
    }

    /// <summary>Distance of an instruction pointer from the region's entry.</summary>
    public long DistanceOf(ulong rip) => (long)(rip - Plan.Entry.Rip);

    /// <summary>Pushes the instruction pointer at a distance from the entry.</summary>
    public void PushRip(long distance)
    {
        Cil.Load(RipBase);
        if (distance != 0)
        {
            Cil.Long(distance);
            Cil.Op(OpCodes.Add);
        }

        if (!Is64Bit)
        {
            Cil.Op(OpCodes.Conv_U4);
            Cil.Op(OpCodes.Conv_U8);
        }
    }

    /// <summary>Sets the state's counter from the budget.</summary>
    public void StoreRetired()
    {
        Cil.FieldAddress(StateLayout.Retired);
        Cil.LoadField(StateLayout.RetireLimit);
        Cil.Load(Budget);
        Cil.Op(OpCodes.Sub);
        Cil.Op(OpCodes.Stind_I8);
    }

    /// <summary>Sets <see cref="CpuState.BlockRip"/> to the block being emitted, as handlers expect it.</summary>
    public void StoreBlockRip()
    {
        Cil.FieldAddress(StateLayout.BlockRip);
        PushRip(DistanceOf(Block.Rip));
        Cil.Op(OpCodes.Stind_I8);
    }

    /// <summary>A rented local for a value of a width in bytes up to 8.</summary>
    public LocalBuilder Rent(int width) => Cil.Rent(width == 8 ? typeof(ulong) : typeof(int));

    /// <summary>Pushes operand <paramref name="index"/>, a register or an immediate, at a width.</summary>
    public void PushOperand(in Instruction instruction, int index, int width)
    {
        if (instruction.GetOpKind(index) == OpKind.Register)
        {
            Registers.Read(instruction.GetOpRegister(index));
            return;
        }

        var value = instruction.GetImmediate(index);
        switch (width)
        {
            case 8: Cil.Long((long)value); break;
            case 4: Cil.Int((int)value); break;
            case 2: Cil.Int((ushort)value); break;
            default: Cil.Int((byte)value); break;
        }
    }

    /// <summary>Cuts an int32 result on the stack to a width; wider ones are as they are.</summary>
    public void Narrow(int width)
    {
        if (width < 4)
        {
            Cil.Op(width == 1 ? OpCodes.Conv_U1 : OpCodes.Conv_U2);
        }
    }
}
