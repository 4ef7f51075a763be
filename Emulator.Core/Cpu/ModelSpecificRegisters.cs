using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Cpu;

/// <summary>RDMSR and WRMSR by index. False means #GP(0); an index that nothing knows is also logged.</summary>
public static unsafe class ModelSpecificRegisters
{
    /// <summary>Reads a register.</summary>
    public static bool TryRead(CpuState* s, uint index, out ulong value)
    {
        var processor = Processor.Of(s);
        if (index is Msr.TscDeadline or (>= Msr.X2ApicFirst and <= Msr.X2ApicLast))
        {
            value = 0;
            return (processor.Apic is { } apic && apic.TryReadMsr(index, out value)) || Fault.GeneralProtection(s, 0);
        }

        if (TryBase(s, processor, index, out var register))
        {
            value = *register;
            return true;
        }

        return TryReadState(s, processor, index, out value) || processor.Msrs.TryRead(index, out value)
            || Unknown(s, processor, index, "read");
    }

    /// <summary>Writes a register.</summary>
    public static bool TryWrite(CpuState* s, uint index, ulong value)
    {
        var processor = Processor.Of(s);
        if (index is Msr.TscDeadline or (>= Msr.X2ApicFirst and <= Msr.X2ApicLast))
        {
            return (processor.Apic is { } apic && apic.TryWriteMsr(index, value)) || Fault.GeneralProtection(s, 0);
        }

        if (TryBase(s, processor, index, out var register))
        {
            return TrySetAddress(s, ref *register, value) || Fault.GeneralProtection(s, 0);
        }

        if (TryWriteState(s, processor, index, value, out var known))
        {
            return true;
        }

        if (known || processor.Msrs.Exists(index))
        {
            return (!known && processor.Msrs.TryWrite(index, value)) || Fault.GeneralProtection(s, 0);
        }

        return Unknown(s, processor, index, "written");
    }

    // The bases that operating systems write at every task switch; false leaves the register to the complete way.
    private static bool TryBase(CpuState* s, Processor processor, uint index, out ulong* register)
    {
        register = index switch
        {
            Msr.FsBase => &s->Fs.Base,
            Msr.GsBase => &s->Gs.Base,
            Msr.KernelGsBase => &s->KernelGsBase,
            _ => null,
        };
        return register != null && processor.Model.HasLongMode;
    }

    private static bool Unknown(CpuState* s, Processor processor, uint index, string how)
    {
        processor.Wiring.Log.Once($"MSR 0x{index:x} {how} but not implemented by -cpu {processor.Model.Name}: #GP");
        return Fault.GeneralProtection(s, 0);
    }

    // What instructions read, and so lives in the state.
    private static bool TryReadState(CpuState* s, Processor processor, uint index, out ulong value)
    {
        ulong? found = index switch
        {
            Msr.Tsc => processor.ReadTsc(),
            Msr.TscAdjust when processor.Model.Has("tsc-adjust") => processor.TscAdjust,
            Msr.ApicBase => processor.Apic?.ApicBase,
            Msr.SysenterCs when processor.Model.Has(CpuidFeature.SEP) => s->SysenterCs,
            Msr.SysenterEsp when processor.Model.Has(CpuidFeature.SEP) => s->SysenterEsp,
            Msr.SysenterEip when processor.Model.Has(CpuidFeature.SEP) => s->SysenterEip,
            Msr.TscAux when HasTscAux(processor) => s->TscAux,
            _ when processor.Model.EferDefined == 0 => null,
            Msr.Efer => s->Efer,
            Msr.Star => s->Star,
            _ when !processor.Model.HasLongMode => null,
            Msr.LStar => s->LStar,
            Msr.CStar => s->CStar,
            Msr.SyscallMask => s->SyscallMask,
            _ => null,
        };
        value = found ?? 0;
        return found is not null;
    }

    private static bool TryWriteState(CpuState* s, Processor processor, uint index, ulong value, out bool known)
    {
        known = TryReadState(s, processor, index, out _);
        return known && index switch
        {
            Msr.Tsc => processor.WriteTsc(value),
            Msr.TscAdjust => processor.WriteTscAdjust(value),
            Msr.ApicBase => processor.Apic is { } apic && apic.TryWriteApicBase(value),
            Msr.SysenterCs => Set(out s->SysenterCs, (uint)value),
            Msr.SysenterEsp => TrySetAddress(s, ref s->SysenterEsp, value),
            Msr.SysenterEip => TrySetAddress(s, ref s->SysenterEip, value),
            Msr.TscAux => value >> 32 == 0 && Set(out s->TscAux, value),
            Msr.Efer => ControlRegisterWrites.TryWriteEfer(s, value),
            Msr.Star => Set(out s->Star, value),
            Msr.LStar => TrySetAddress(s, ref s->LStar, value),
            Msr.CStar => TrySetAddress(s, ref s->CStar, value),
            _ => Set(out s->SyscallMask, (uint)value),
        };
    }

    private static bool HasTscAux(Processor processor)
        => processor.Model.Has(CpuidFeature.RDTSCP) || processor.Model.Has(CpuidFeature.RDPID);

    private static bool Set(out ulong register, ulong value)
    {
        register = value;
        return true;
    }

    private static bool TrySetAddress(CpuState* s, ref ulong register, ulong value)
    {
        if (!SlowMemory.IsCanonicalBase(s, value))
        {
            return false;
        }

        register = value;
        return true;
    }
}
