using Emulator.Core.Memory;

namespace Emulator.Core.Cpu;

/// <summary>The checks and the commit that every change of CS in protected mode shares (SDM Vol. 3A, 5.8).</summary>
public static unsafe class CodeSegment
{
    /// <summary>Reads the descriptor of a code segment; a null selector is #GP(EXT), anything but code is <paramref name="vector"/>.</summary>
    public static bool TryRead(CpuState* s, int selector, Vector vector, int external, out Descriptor descriptor)
    {
        if (DescriptorTables.IsNull(selector))
        {
            descriptor = default;
            return Fault.Raise(s, vector, external);
        }

        return DescriptorTables.TryRead(s, selector, vector, external, out descriptor) && CheckType(s, selector, descriptor, vector, external);
    }

    /// <summary>Anything but code, and in IA-32e mode L together with D, is <paramref name="vector"/>.</summary>
    public static bool CheckType(CpuState* s, int selector, in Descriptor descriptor, Vector vector, int external)
        => (descriptor.IsCode && !(s->IsLongMode && descriptor.IsLong && descriptor.IsBig))
            || Fault.Raise(s, vector, (selector & 0xfffc) | external);

    /// <summary>The privilege checks of a direct far JMP or CALL.</summary>
    public static bool CheckDirect(CpuState* s, int selector, in Descriptor descriptor)
    {
        var allowed = descriptor.IsConforming
            ? descriptor.Dpl <= s->Cpl
            : (selector & 3) <= s->Cpl && descriptor.Dpl == s->Cpl;
        return allowed || Fault.GeneralProtection(s, selector & 0xfffc);
    }

    /// <summary>The privilege checks of a far return to the level in the selector's RPL.</summary>
    public static bool CheckReturn(CpuState* s, int selector, in Descriptor descriptor)
    {
        var level = selector & 3;
        var allowed = level >= s->Cpl && (descriptor.IsConforming ? descriptor.Dpl <= level : descriptor.Dpl == level);
        return allowed || Fault.GeneralProtection(s, selector & 0xfffc);
    }

    /// <summary>#NP unless present.</summary>
    public static bool CheckPresent(CpuState* s, int selector, in Descriptor descriptor, int external)
        => descriptor.IsPresent || Fault.Raise(s, Vector.SegmentNotPresent, (selector & 0xfffc) | external);

    /// <summary>Whether the segment will run 64-bit code.</summary>
    public static bool Is64(CpuState* s, in Descriptor descriptor) => s->IsLongMode && descriptor.IsLong;

    /// <summary>The target must be canonical, or within the limit: #GP(EXT). Outside 64-bit code it is cut to 32 bits.</summary>
    public static bool TryTarget(CpuState* s, in Descriptor descriptor, ref ulong rip, int external)
    {
        if (Is64(s, descriptor))
        {
            return SlowMemory.IsCanonical(s, rip) || Fault.GeneralProtection(s, external);
        }

        rip = (uint)rip;
        return rip <= descriptor.Limit || Fault.GeneralProtection(s, external);
    }

    /// <summary>Loads CS:RIP and the privilege level. The descriptor's accessed bit has been set.</summary>
    public static void Commit(CpuState* s, int selector, in Descriptor descriptor, ulong rip, int cpl)
    {
        s->Cs = descriptor.ToAccessed((selector & 0xfffc) | cpl);
        s->Cpl = cpl;
        s->Rip = rip;
    }

    /// <summary>Real and virtual-8086 mode: CS is 16 times the selector; the offset must be within the limit.</summary>
    public static bool TryLoadReal(CpuState* s, ushort selector, ulong rip)
    {
        var limit = s->IsVirtual8086 ? 0xffff : s->Cs.Limit;
        if (rip > limit)
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (s->IsVirtual8086)
        {
            SegmentLoader.LoadVirtual8086(&s->Cs, selector);
        }
        else
        {
            SegmentLoader.LoadReal(&s->Cs, selector);
        }

        s->Rip = rip;
        return true;
    }
}
