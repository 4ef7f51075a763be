namespace Emulator.Core.Cpu;

/// <summary>What loading CR3 does beyond the register itself.</summary>
public static unsafe class PagingRegisters
{
    private const ulong Present = 1;

    /// <summary>
    /// PAE paging: loads the four page-directory-pointer entries; #GP(0) when a present one has reserved bits set (SDM Vol. 3A, 4.4.1).
    /// </summary>
    public static bool TryLoadPdptes(CpuState* s, ulong cr3)
    {
        var mmu = Processor.Of(s).Mmu;
        var entries = stackalloc ulong[4];
        for (var i = 0; i < 4; i++)
        {
            entries[i] = mmu.Memory.Read<ulong>(((cr3 & 0xffff_ffe0) + (ulong)(8 * i)) & mmu.A20Mask);
            if ((entries[i] & Present) != 0 && (entries[i] & mmu.Walker.PdpteReserved) != 0)
            {
                return Fault.GeneralProtection(s, 0);
            }
        }

        for (var i = 0; i < 4; i++)
        {
            s->Pdpte[i] = entries[i];
        }

        return true;
    }
}
