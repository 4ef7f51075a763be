using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>
/// From the boot loader to the kernel: the multiboot header (Multiboot Specification 0.6.96, 3.1), then 32-bit code that checks for
/// long mode, points CR3 to the tables built into the image and enters 64-bit mode (SDM Vol. 3A, 10.8.5).
/// </summary>
internal static class Boot
{
    private const uint HeaderMagic = 0x1BADB002;
    private const uint HeaderFlags = 0x2; // memory information, please
    private const uint LoaderMagic = 0x2BADB002;
    private const int HeaderSize = 12;

    private const int InfoHasMemory = 0x1;
    private const int InfoMemUpper = 8; // KiB above 1 MiB

    private const int CR0_PG_WP_PE = unchecked((int)0x80010001);
    private const int CR4_PAE = 1 << 5;
    private const uint IA32_EFER = 0xC0000080;
    private const int EFER_SCE_LME_NXE = 1 | (1 << 8) | (1 << 11);
    private const uint ExtendedFeatures = 0x80000001;
    private const int CpuidLongMode = 1 << 29;
    private const int CpuidNoExecute = 1 << 20;

    /// <summary>The page with the header and the entry; <paramref name="entry"/> is its physical address.</summary>
    public static byte[] Build(out uint entry)
    {
        entry = Layout.Boot + HeaderSize;
        using var page = new MemoryStream();
        using var writer = new BinaryWriter(page);
        writer.Write(HeaderMagic);
        writer.Write(HeaderFlags);
        writer.Write(unchecked(0 - (HeaderMagic + HeaderFlags)));

        var a = new Assembler(32);
        EmitEntry(a);
        a.Assemble(new StreamCodeWriter(page), entry);
        return page.ToArray();
    }

    /// <summary>EAX is the loader's magic, EBX the address of its information; paging is off, interrupts are off, segments are flat.</summary>
    private static void EmitEntry(Assembler a)
    {
        var unfit = a.CreateLabel();
        a.mov(esp, Layout.IdleStackTop);
        a.cmp(eax, LoaderMagic);
        a.jne(unfit);
        EmitReadMemorySize(a);
        EmitCheckCpu(a, unfit);

        a.mov(eax, cr4);
        a.or(eax, CR4_PAE);
        a.mov(cr4, eax);
        a.mov(eax, PageTables.Pml4);
        a.mov(cr3, eax);
        a.mov(ecx, IA32_EFER);
        a.rdmsr();
        a.or(eax, EFER_SCE_LME_NXE);
        a.wrmsr();
        a.mov(eax, cr0);
        a.or(eax, CR0_PG_WP_PE);
        a.mov(cr0, eax);
        a.lgdt(__fword_ptr[DescriptorTables.BootGdtPointer]);
        a.jmp(DescriptorTables.KernelCode, Layout.KernelText);

        // No serial port is set up yet: the one sign to give is to stop.
        var halt = a.CreateLabel();
        a.Label(ref unfit);
        a.cli();
        a.Label(ref halt);
        a.hlt();
        a.jmp(halt);
    }

    private static void EmitReadMemorySize(Assembler a)
    {
        var unknown = a.CreateLabel();
        a.mov(ecx, 16 * 1024);
        a.test(__dword_ptr[ebx], InfoHasMemory);
        a.jz(unknown);
        a.mov(ecx, __dword_ptr[ebx + InfoMemUpper]);
        a.add(ecx, 1024);
        a.Label(ref unknown);
        a.mov(__dword_ptr[(uint)(Variables.MemoryKb - Layout.KernelBase)], ecx);
    }

    private static void EmitCheckCpu(Assembler a, Label unfit)
    {
        a.mov(eax, 0x80000000);
        a.cpuid();
        a.cmp(eax, ExtendedFeatures);
        a.jb(unfit);
        a.mov(eax, ExtendedFeatures);
        a.cpuid();
        a.not(edx);
        a.test(edx, CpuidLongMode | CpuidNoExecute);
        a.jnz(unfit);
    }
}
