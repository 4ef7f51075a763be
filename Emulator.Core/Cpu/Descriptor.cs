using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>The types of system descriptors (SDM Vol. 3A, table 3-2).</summary>
public enum SystemType
{
    Tss16Available = 1,
    Ldt = 2,
    Tss16Busy = 3,
    CallGate16 = 4,
    TaskGate = 5,
    InterruptGate16 = 6,
    TrapGate16 = 7,
    Tss32Available = 9,
    Tss32Busy = 11,
    CallGate32 = 12,
    InterruptGate32 = 14,
    TrapGate32 = 15,
}

/// <summary>A segment or gate descriptor as it stands in a descriptor table (SDM Vol. 3A, 3.4.5 and 3.5).</summary>
public readonly unsafe struct Descriptor(ulong raw, ulong linear)
{
    /// <summary>The type bit that tells a busy TSS from an available one.</summary>
    public const int Busy = 2;

    /// <summary>The eight bytes.</summary>
    public ulong Raw { get; } = raw;

    /// <summary>Where they stand.</summary>
    public ulong Linear { get; } = linear;

    /// <summary>Access rights, as <see cref="SegmentCache.Attributes"/>.</summary>
    public ushort Attributes => (ushort)((Raw >> 40) & 0xf0ff);

    /// <summary>The limit in bytes.</summary>
    public uint Limit
    {
        get
        {
            var limit = (uint)((Raw & 0xffff) | ((Raw >> 32) & 0xf0000));
            return (Attributes & SegmentCache.Granularity) != 0 ? (limit << 12) | 0xfff : limit;
        }
    }

    /// <summary>The low 32 bits of the base address.</summary>
    public uint Base => (uint)(((Raw >> 16) & 0xff_ffff) | ((Raw >> 32) & 0xff00_0000));

    public int Dpl => (int)(Raw >> 45) & 3;

    public bool IsPresent => (Attributes & SegmentCache.Present) != 0;

    /// <summary>A code or data segment, not a system descriptor.</summary>
    public bool IsSegment => (Attributes & SegmentCache.CodeOrData) != 0;

    public bool IsCode => (Attributes & (SegmentCache.CodeOrData | SegmentCache.Executable)) == (SegmentCache.CodeOrData | SegmentCache.Executable);

    public bool IsConforming => IsCode && (Attributes & SegmentCache.Conforming) != 0;

    public bool IsWritableData
        => (Attributes & (SegmentCache.CodeOrData | SegmentCache.Executable | SegmentCache.ReadWrite)) == (SegmentCache.CodeOrData | SegmentCache.ReadWrite);

    /// <summary>Data, or code that may be read.</summary>
    public bool IsReadable => IsSegment && (!IsCode || (Attributes & SegmentCache.ReadWrite) != 0);

    public bool IsLong => (Attributes & SegmentCache.Long) != 0;

    public bool IsBig => (Attributes & SegmentCache.Big) != 0;

    /// <summary>The type of a system descriptor.</summary>
    public SystemType SystemType => (SystemType)((Raw >> 40) & 0xf);

    /// <summary>Gate: the selector it leads to.</summary>
    public ushort GateSelector => (ushort)(Raw >> 16);

    /// <summary>Gate: the low 32 bits of the offset (16-bit gates: the low 16 only).</summary>
    public uint GateOffset => (uint)((Raw & 0xffff) | ((Raw >> 32) & 0xffff_0000));

    /// <summary>Call gate: the number of stack parameters.</summary>
    public int ParameterCount => (int)(Raw >> 32) & 0x1f;

    /// <summary>64-bit interrupt gate: the interrupt stack table's entry, 0 for none.</summary>
    public int InterruptStack => (int)(Raw >> 32) & 7;

    /// <summary>What a segment register holds after loading this descriptor.</summary>
    public SegmentCache ToCache(int selector)
        => new() { Selector = (ushort)selector, Attributes = Attributes, Limit = Limit, Base = Base };

    /// <summary>As <see cref="ToCache"/>, for a code or data segment: its accessed bit is set.</summary>
    public SegmentCache ToAccessed(int selector)
    {
        var cache = ToCache(selector);
        cache.Attributes |= SegmentCache.Accessed;
        return cache;
    }

    /// <summary>Sets the accessed bit in the table unless it is set; false means #PF was recorded.</summary>
    public bool TrySetAccessed(CpuState* s)
        => (Attributes & SegmentCache.Accessed) != 0
            || SlowMemory.TryWriteSystem(s, Linear + 5, (byte)(Attributes | SegmentCache.Accessed));

    /// <summary>Sets or clears a TSS descriptor's busy bit in the table; false means #PF was recorded.</summary>
    public bool TrySetBusy(CpuState* s, bool busy)
        => SlowMemory.TryWriteSystem(s, Linear + 5, (byte)(busy ? Attributes | Busy : Attributes & ~Busy));
}

/// <summary>Reading descriptors by selector from the GDT and the current LDT.</summary>
public static unsafe class DescriptorTables
{
    private const int TableIndicator = 4;

    /// <summary>Whether a selector is null: index 0 of the GDT.</summary>
    public static bool IsNull(int selector) => (selector & 0xfffc) == 0;

    /// <summary>Whether a selector names the LDT.</summary>
    public static bool IsLocal(int selector) => (selector & TableIndicator) != 0;

    /// <summary>The address of a descriptor; false when it is outside its table.</summary>
    public static bool TryLocate(CpuState* s, int selector, int size, out ulong linear)
    {
        var local = IsLocal(selector);
        var index = (uint)(selector & 0xfff8);
        linear = (local ? s->Ldtr.Base : s->Gdtr.Base) + index;
        if (!s->IsLongMode)
        {
            linear = (uint)linear;
        }

        return local ? s->Ldtr.IsUsable && index + (uint)size - 1 <= s->Ldtr.Limit : index + (uint)size - 1 <= s->Gdtr.Limit;
    }

    /// <summary>Reads a descriptor; outside its table, <paramref name="vector"/> with the selector and EXT as error code.</summary>
    public static bool TryRead(CpuState* s, int selector, Vector vector, int external, out Descriptor descriptor)
    {
        if (!TryLocate(s, selector, 8, out var linear))
        {
            descriptor = default;
            return Fault.Raise(s, vector, (selector & 0xfffc) | external);
        }

        var done = SlowMemory.TryReadSystem<ulong>(s, linear, out var raw);
        descriptor = new Descriptor(raw, linear);
        return done;
    }

    /// <summary>
    /// Reads the upper half of a 16-byte system descriptor (IA-32e mode): base or offset 63:32. Its type field must be zero.
    /// </summary>
    public static bool TryReadUpper(CpuState* s, in Descriptor descriptor, int selector, Vector vector, int external, out ulong upper)
    {
        upper = 0;
        if (!TryLocate(s, selector, 16, out _))
        {
            return Fault.Raise(s, vector, (selector & 0xfffc) | external);
        }

        if (!SlowMemory.TryReadSystem<ulong>(s, descriptor.Linear + 8, out var raw))
        {
            return false;
        }

        if ((raw & 0x1f00_0000_0000) != 0)
        {
            return Fault.Raise(s, vector, (selector & 0xfffc) | external);
        }

        upper = raw << 32;
        return true;
    }
}
