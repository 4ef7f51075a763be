using System.Reflection.Emit;
using Emulator.Core.Cpu;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>
/// Memory operands: address, inline TLB probe, access. Whatever the probe does not answer (miss, device, page crossing, page with code, fault) leaves the
/// region for the interpreter to run that instruction: so no call stands in a loop, and registers stay in registers.
/// </summary>
internal sealed unsafe class MemoryEmitter(EmitContext context)
{
    private const int IndexShift = GuestRam.PageShift - 5;
    private const int IndexMask = (TlbEntry.Count - 1) << 5;
    private const long PageMask = ~(long)(GuestRam.PageSize - 1);

    private CilWriter Cil => context.Cil;

    /// <summary>Whether an instruction's memory operand needs no segment checks.</summary>
    public bool IsFlat(in Instruction instruction)
    {
        var segment = instruction.MemorySegment;
        var size = AddressSize(instruction);
        return context.Is64Bit
            ? size >= 4
            : size == 4 && segment is not (Register.FS or Register.GS or Register.CS) && (context.Plan.Mode & CpuMode.FlatData) != 0;
    }

    /// <summary>Leaves the linear address of an instruction's memory operand in a rented local.</summary>
    public LocalBuilder Address(in Instruction instruction)
    {
        PushOffset(instruction);
        if (context.Is64Bit && instruction.MemorySegment is Register.FS or Register.GS)
        {
            Cil.LoadField(StateLayout.SegmentBase(instruction.MemorySegment == Register.FS ? Segment.FS : Segment.GS));
            Cil.Op(OpCodes.Add);
        }

        var linear = Cil.Rent(typeof(ulong));
        Cil.Store(linear);
        return linear;
    }

    /// <summary>Pushes the offset part of a memory operand, cut to the address size: what LEA computes.</summary>
    public void PushOffset(in Instruction instruction)
    {
        if (instruction.IsIPRelativeMemoryOperand)
        {
            context.PushRip(context.DistanceOf(instruction.IPRelativeMemoryAddress));
        }
        else
        {
            PushSum(instruction);
        }

        if (AddressSize(instruction) == 4)
        {
            Cil.Op(OpCodes.Conv_U4);
            Cil.Op(OpCodes.Conv_U8);
        }
    }

    /// <summary>Reads into a local whose type tells the width (<paramref name="size"/> where it is an int32).</summary>
    public void Load(LocalBuilder linear, LocalBuilder value, int size, bool aligned = false)
    {
        Probe(linear, size, StateLayout.ReadTag, aligned);
        PushHost(linear);
        LoadIndirect(value.LocalType, size);
        Cil.Store(value);
    }

    /// <summary>Writes a local.</summary>
    public void Store(LocalBuilder linear, LocalBuilder value, int size, bool aligned = false)
    {
        Probe(linear, size, StateLayout.WriteTag, aligned);
        PushHost(linear);
        Cil.Load(value);
        StoreIndirect(value.LocalType, size);
    }

    /// <summary>Leaves in a rented local the host address of an operand that is read and then written.</summary>
    public LocalBuilder Modify(LocalBuilder linear, int size)
    {
        var host = Cil.Rent(typeof(ulong));
        Probe(linear, size, StateLayout.WriteTag, aligned: false);
        PushHost(linear);
        Cil.Store(host);
        return host;
    }

    /// <summary>Pushes what a host address holds.</summary>
    public void LoadIndirect(LocalBuilder host, int size)
    {
        Cil.Load(host);
        LoadIndirect(size == 8 ? typeof(ulong) : typeof(int), size);
    }

    /// <summary>Writes a local to a host address.</summary>
    public void StoreIndirect(LocalBuilder host, LocalBuilder value, int size)
    {
        Cil.Load(host);
        Cil.Load(value);
        StoreIndirect(value.LocalType, size);
    }

    private static int AddressSize(in Instruction instruction)
    {
        if (instruction.IsIPRelativeMemoryOperand)
        {
            return instruction.MemoryBase == Register.RIP ? 8 : 4;
        }

        var register = instruction.MemoryBase != Register.None ? instruction.MemoryBase : instruction.MemoryIndex;
        return register != Register.None ? register.GetSize() : instruction.MemoryDisplSize switch { 2 => 2, 4 => 4, 8 => 8, _ => instruction.CodeSize == CodeSize.Code64 ? 8 : 4 };
    }

    private void PushSum(in Instruction instruction)
    {
        var any = false;
        if (instruction.MemoryBase != Register.None)
        {
            Cil.Load(context.Registers[GuestRegisters.NumberOf(instruction.MemoryBase)]);
            any = true;
        }

        if (instruction.MemoryIndex != Register.None)
        {
            Cil.Load(context.Registers[GuestRegisters.NumberOf(instruction.MemoryIndex)]);
            if (instruction.MemoryIndexScale > 1)
            {
                Cil.Int(System.Numerics.BitOperations.Log2((uint)instruction.MemoryIndexScale));
                Cil.Op(OpCodes.Shl);
            }

            Join(ref any);
        }

        if (instruction.MemoryDisplacement64 != 0 || !any)
        {
            Cil.Long((long)instruction.MemoryDisplacement64);
            Join(ref any);
        }
    }

    private void Join(ref bool any)
    {
        if (any)
        {
            Cil.Op(OpCodes.Add);
        }

        any = true;
    }

    // The entry stays in a local of the region: it is used up at once.
    private void Probe(LocalBuilder linear, int size, int tag, bool aligned)
    {
        _entry ??= Cil.Declare(typeof(ulong));
        Cil.LoadField(StateLayout.Tlb);
        Cil.Load(linear);
        Cil.Int(IndexShift);
        Cil.Op(OpCodes.Shr_Un);
        Cil.Long(IndexMask);
        Cil.Op(OpCodes.And);
        Cil.Op(OpCodes.Add);
        Cil.Store(_entry);
        Cil.Load(_entry);
        if (tag != 0)
        {
            Cil.Long(tag);
            Cil.Op(OpCodes.Add);
        }

        Cil.Op(OpCodes.Ldind_I8);
        Cil.Load(linear);
        if (size > 1 && !aligned)
        {
            Cil.Long(size - 1);
            Cil.Op(OpCodes.Add);
        }

        Cil.Long(aligned ? PageMask | (long)(size - 1) : PageMask);
        Cil.Op(OpCodes.And);
        Cil.Branch(OpCodes.Bne_Un, context.Exits.Before());
    }

    private LocalBuilder? _entry;

    private void PushHost(LocalBuilder linear)
    {
        Cil.Load(linear);
        Cil.Load(_entry!);
        Cil.Long(StateLayout.Addend);
        Cil.Op(OpCodes.Add);
        Cil.Op(OpCodes.Ldind_I8);
        Cil.Op(OpCodes.Add);
    }

    private void LoadIndirect(Type type, int size)
    {
        if (type.IsGenericType)
        {
            Cil.LoadObject(type);
            return;
        }

        Cil.Op(size switch { 1 => OpCodes.Ldind_U1, 2 => OpCodes.Ldind_U2, 4 => OpCodes.Ldind_U4, _ => OpCodes.Ldind_I8 });
    }

    private void StoreIndirect(Type type, int size)
    {
        if (type.IsGenericType)
        {
            Cil.StoreObject(type);
            return;
        }

        Cil.Op(size switch { 1 => OpCodes.Stind_I1, 2 => OpCodes.Stind_I2, 4 => OpCodes.Stind_I4, _ => OpCodes.Stind_I8 });
    }
}
