using System.Reflection.Emit;
using Emulator.Core.Cpu;
using Emulator.Core.Memory;
using Emulator.Jit.Analysis;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>
/// Memory operands: address, inline TLB probe, access. Whatever the probe does not answer (miss, device, page crossing, page with code, fault) leaves the
/// region for the interpreter to run that instruction: so no call stands in a loop, and registers stay in registers. A probe answers for every later access
/// that is known to lie near it, up to the next call of a handler, which may change translations.
/// </summary>
internal sealed unsafe class MemoryEmitter(EmitContext context)
{
    private const int IndexShift = GuestRam.PageShift - 5;
    private const int IndexMask = (TlbEntry.Count - 1) << 5;
    private const long PageMask = ~(long)(GuestRam.PageSize - 1);

    // A probe answers for no more bytes than this: the more, the likelier it is that a page ends among them.
    private const int MostBytes = 256;

    private readonly List<ProbedRange> _ranges = [];
    private readonly LocalBuilder _linear = context.Cil.Declare(typeof(ulong));
    private readonly LocalBuilder _entry = context.Cil.Declare(typeof(ulong));
    private AddressPlan? _plan;

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

    /// <summary>Begins a block with what was probed before it.</summary>
    public void Begin(AddressPlan plan, IReadOnlyList<ProbedRange>? inherited)
    {
        _plan = plan;
        Resume(inherited ?? []);
    }

    /// <summary>Goes back to what was probed at a place that led here.</summary>
    public void Resume(IReadOnlyList<ProbedRange> probed)
    {
        Forget();
        _ranges.AddRange(probed);
    }

    /// <summary>What was probed so far, for a block that only this one leads to.</summary>
    public IReadOnlyList<ProbedRange> Probed => [.. _ranges];

    /// <summary>What was probed may hold no longer.</summary>
    public void Forget() => _ranges.Clear();

    /// <summary>Makes an instruction's memory operand ready for an access of a size.</summary>
    public HostAddress Open(in Instruction instruction, int size, bool writes, bool aligned = false)
    {
        var address = aligned ? null : _plan?.Operand(context.Index);
        if (Find(address, size, writes) is { } known)
        {
            return known;
        }

        PushOffset(instruction);
        if (context.Is64Bit && instruction.MemorySegment is Register.FS or Register.GS)
        {
            Cil.LoadField(StateLayout.SegmentBase(instruction.MemorySegment == Register.FS ? Segment.FS : Segment.GS));
            Cil.Op(OpCodes.Add);
        }

        return Probe(address, size, writes, aligned);
    }

    /// <summary>Makes the stack ready for the access that an instruction makes beside its operands, at a distance from a register.</summary>
    public HostAddress OpenStack(int register, int distance, int size, bool writes)
    {
        var address = _plan?.Stack(context.Index);
        if (Find(address, size, writes) is { } known)
        {
            return known;
        }

        Cil.Load(context.Registers[register]);
        if (distance != 0)
        {
            Cil.Long(distance);
            Cil.Op(OpCodes.Add);
        }

        if (!context.Is64Bit)
        {
            Cil.Op(OpCodes.Conv_U4);
            Cil.Op(OpCodes.Conv_U8);
        }

        return Probe(address, size, writes, aligned: false);
    }

    /// <summary>Pushes what an address holds, as the type of a local for it.</summary>
    public void Load(HostAddress address, int size, Type? vector = null)
    {
        PushHost(address);
        if (vector is not null)
        {
            Cil.LoadObject(vector);
            return;
        }

        Cil.Op(size switch { 1 => OpCodes.Ldind_U1, 2 => OpCodes.Ldind_U2, 4 => OpCodes.Ldind_U4, _ => OpCodes.Ldind_I8 });
    }

    /// <summary>Writes a local.</summary>
    public void Store(HostAddress address, LocalBuilder value, int size)
    {
        PushHost(address);
        Cil.Load(value);
        if (value.LocalType.IsGenericType)
        {
            Cil.StoreObject(value.LocalType);
            return;
        }

        Cil.Op(size switch { 1 => OpCodes.Stind_I1, 2 => OpCodes.Stind_I2, 4 => OpCodes.Stind_I4, _ => OpCodes.Stind_I8 });
    }

    /// <summary>Gives back what an address occupies.</summary>
    public void Close(HostAddress address)
    {
        if (address.IsRented)
        {
            Cil.Return(address.Host);
        }
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

    private HostAddress? Find(SymbolicAddress? address, int size, bool writes)
    {
        if (address is not { } wanted)
        {
            return null;
        }

        foreach (var range in _ranges)
        {
            if (range.Holds(wanted, size) && (range.IsWritable || !writes))
            {
                return new HostAddress(range.Host, (int)(wanted.Distance - range.Start.Distance), IsRented: false);
            }
        }

        return null;
    }

    // The linear address is on the stack.
    private HostAddress Probe(SymbolicAddress? address, int size, bool writes, bool aligned)
    {
        var range = address is { } known ? Extend(known, size, writes) : null;
        NoteSite(writes, merges: range?.Length > size);
        var before = range is null ? 0 : address!.Value.Distance - range.Start.Distance;
        var length = range?.Length ?? size;
        var host = range?.Host ?? Cil.Rent(typeof(ulong));
        if (before != 0)
        {
            Cil.Long(before);
            Cil.Op(OpCodes.Sub);
        }

        Cil.Store(_linear);
        CompareTag(range?.IsWritable ?? writes ? StateLayout.WriteTag : StateLayout.ReadTag, length, aligned);
        Cil.Load(_linear);
        Cil.Load(_entry);
        Cil.Long(StateLayout.Addend);
        Cil.Op(OpCodes.Add);
        Cil.Op(OpCodes.Ldind_I8);
        Cil.Op(OpCodes.Add);
        Cil.Store(host);
        if (range is not null)
        {
            _ranges.Add(range);
        }

        return new HostAddress(host, (int)before, IsRented: range is null);
    }

    // For who looks, when the site is left often, at why.
    private void NoteSite(bool writes, bool merges)
    {
        var site = context.Guard->Sites + context.Site;
        site->Writes = writes;
        site->Merges = merges;
    }

    // What a probe at an address should answer for: the block's later accesses near it. Null when no access to come would gain.
    private ProbedRange? Extend(SymbolicAddress address, int size, bool writes)
    {
        var (low, high) = (address.Distance, address.Distance + size);
        foreach (var access in _plan!.From(context.Index))
        {
            var (from, to) = (access.Address.Distance, access.Address.Distance + access.Size);
            if (!context.Block.IsScattered && access.Address.IsComparable(address) && Math.Max(high, to) - Math.Min(low, from) <= MostBytes)
            {
                low = Math.Min(low, from);
                high = Math.Max(high, to);
                writes |= access.Writes;
            }
        }

        var start = address with { Distance = low };
        var length = (int)(high - low);
        return _plan.IsUsedAgain(context.Index, start, length) ? new ProbedRange(start, length, writes, Cil.Declare(typeof(ulong))) : null;
    }

    // Branches out unless the range from _linear lies in one page that the TLB has; leaves its entry in _entry.
    private void CompareTag(int tag, int length, bool aligned)
    {
        Cil.LoadField(StateLayout.Tlb);
        Cil.Load(_linear);
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
        Cil.Load(_linear);
        if (length > 1 && !aligned)
        {
            Cil.Long(length - 1);
            Cil.Op(OpCodes.Add);
        }

        Cil.Long(aligned ? PageMask | (long)(length - 1) : PageMask);
        Cil.Op(OpCodes.And);
        Cil.Branch(OpCodes.Bne_Un, context.Exits.Before());
    }

    private void PushHost(HostAddress address)
    {
        Cil.Load(address.Host);
        if (address.Displacement != 0)
        {
            Cil.Long(address.Displacement);
            Cil.Op(OpCodes.Add);
        }
    }
}
