namespace Emulator.Core.Cpu;

/// <summary>
/// Writes of CR0, CR3, CR4 and IA32_EFER with every consistency rule of SDM Vol. 2, MOV (control registers), SDM Vol. 3A, 2.5, 4.1 and 9.8.
/// Each updates the mode and the TLB. False means that #GP(0) was recorded and nothing changed.
/// </summary>
public static unsafe class ControlRegisterWrites
{
    private const ulong Cr0Defined = Cr0.PE | Cr0.MP | Cr0.EM | Cr0.TS | Cr0.ET | Cr0.NE | Cr0.WP | Cr0.AM | Cr0.NW | Cr0.CD | Cr0.PG;
    private const ulong Cr0ReloadsPdptes = Cr0.PG | Cr0.CD | Cr0.NW;
    private const ulong Cr4ReloadsPdptes = Cr4.PAE | Cr4.PGE | Cr4.PSE | Cr4.SMEP;
    private const ulong Cr4FlushesTlb = Cr4.PAE | Cr4.PGE | Cr4.PSE | Cr4.SMEP | Cr4.SMAP | Cr4.PKE | Cr4.PCIDE | Cr4.LA57;
    private const ulong PcidMask = 0xfff;
    private const ulong Cr3NoFlush = 1ul << 63;

    /// <summary>CR0.</summary>
    public static bool TryWriteCr0(CpuState* s, ulong value)
    {
        if (value >> 32 != 0
            || ((value & Cr0.PG) != 0 && (value & Cr0.PE) == 0)
            || ((value & Cr0.NW) != 0 && (value & Cr0.CD) == 0))
        {
            return Fault.GeneralProtection(s, 0);
        }

        value = (value & Cr0Defined) | Cr0.ET;
        var changed = s->Cr0 ^ value;
        var efer = s->Efer;
        if ((changed & Cr0.PG) != 0 && !TryTogglePaging(s, (value & Cr0.PG) != 0, ref efer))
        {
            return false;
        }

        var loadsPdptes = (value & Cr0.PG) != 0 && (s->Cr4 & Cr4.PAE) != 0 && (efer & Efer.LMA) == 0 && (changed & Cr0ReloadsPdptes) != 0;
        if (loadsPdptes && !PagingRegisters.TryLoadPdptes(s, s->Cr3))
        {
            return false;
        }

        s->Cr0 = value;
        s->Efer = efer;
        if ((changed & (Cr0.PG | Cr0.PE | Cr0.WP)) != 0)
        {
            Processor.Of(s).Mmu.FlushAll();
        }

        ModeTracker.Update(s);
        return true;
    }

    /// <summary>CR3. With CR4.PCIDE, bit 63 keeps the translations of the process-context identifier that is entered.</summary>
    public static bool TryWriteCr3(CpuState* s, ulong value)
    {
        var keep = false;
        if ((s->Cr4 & Cr4.PCIDE) != 0)
        {
            keep = (value & Cr3NoFlush) != 0;
            value &= ~Cr3NoFlush;
        }

        var processor = Processor.Of(s);
        var width = processor.Model.PhysicalAddressBits;
        if (s->IsLongMode ? value >> width != 0 : value >> 32 != 0)
        {
            return Fault.GeneralProtection(s, 0);
        }

        var isPae = (s->Cr0 & Cr0.PG) != 0 && (s->Cr4 & Cr4.PAE) != 0 && !s->IsLongMode;
        if (isPae && !PagingRegisters.TryLoadPdptes(s, value))
        {
            return false;
        }

        s->Cr3 = value;
        processor.Mmu.LoadSpace(keep);
        return true;
    }

    /// <summary>CR4.</summary>
    public static bool TryWriteCr4(CpuState* s, ulong value)
    {
        var changed = s->Cr4 ^ value;
        var breaksLongMode = s->IsLongMode && ((value & Cr4.PAE) == 0 || (changed & Cr4.LA57) != 0);
        var breaksPcid = (changed & value & Cr4.PCIDE) != 0 && (!s->IsLongMode || (s->Cr3 & PcidMask) != 0);
        if ((value & ~Processor.Of(s).Model.Cr4Defined) != 0 || breaksLongMode || breaksPcid)
        {
            return Fault.GeneralProtection(s, 0);
        }

        var loadsPdptes = (s->Cr0 & Cr0.PG) != 0 && (value & Cr4.PAE) != 0 && !s->IsLongMode && (changed & Cr4ReloadsPdptes) != 0;
        if (loadsPdptes && !PagingRegisters.TryLoadPdptes(s, s->Cr3))
        {
            return false;
        }

        s->Cr4 = value;
        if ((changed & Cr4FlushesTlb) != 0)
        {
            Processor.Of(s).Mmu.FlushAll();
        }

        ModeTracker.Update(s);
        return true;
    }

    /// <summary>IA32_EFER. LMA is read-only; LME may not change while paging is on.</summary>
    public static bool TryWriteEfer(CpuState* s, ulong value)
    {
        var changed = (s->Efer ^ value) & ~Efer.LMA;
        if ((value & ~Efer.LMA & ~Processor.Of(s).Model.EferDefined) != 0
            || ((changed & Efer.LME) != 0 && (s->Cr0 & Cr0.PG) != 0))
        {
            return Fault.GeneralProtection(s, 0);
        }

        s->Efer = (value & ~Efer.LMA) | (s->Efer & Efer.LMA);
        if ((changed & Efer.NXE) != 0)
        {
            Processor.Of(s).Mmu.FlushAll();
        }

        ModeTracker.Update(s);
        return true;
    }

    private static bool TryTogglePaging(CpuState* s, bool on, ref ulong efer)
    {
        if (!on)
        {
            if (s->Is64Bit || (s->Cr4 & Cr4.PCIDE) != 0)
            {
                return Fault.GeneralProtection(s, 0);
            }

            efer &= ~Efer.LMA;
            return true;
        }

        if ((efer & Efer.LME) == 0)
        {
            return true;
        }

        // SDM Vol. 3A, 9.8.5: PAE first; not from a segment with L set, nor with a 16-bit TSS.
        if ((s->Cr4 & Cr4.PAE) == 0 || (s->Cs.Attributes & SegmentCache.Long) != 0
            || s->Tr.Type is (int)SystemType.Tss16Busy or (int)SystemType.Tss16Available)
        {
            return Fault.GeneralProtection(s, 0);
        }

        efer |= Efer.LMA;
        return true;
    }
}
