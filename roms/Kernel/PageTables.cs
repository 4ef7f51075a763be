using System.Runtime.InteropServices;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>
/// Paging (SDM Vol. 3A, 5.5). The kernel's four tables are data of the image; each task adds four of its own, which share
/// the kernel's half. No page is both writable and executable, and none of the kernel's is reachable from user mode.
/// </summary>
internal static class PageTables
{
    public const uint Pml4 = Layout.PageTables;
    private const uint Pdpt = Pml4 + Layout.PageSize;
    private const uint Pd = Pdpt + Layout.PageSize;
    private const uint Pt = Pd + Layout.PageSize;

    private const int EntrySize = 8;
    private const int EntryCount = 512;
    private const int KernelPml4Index = 511;
    private const int KernelPdptIndex = 510;
    private const uint LargePageSize = 0x20_0000;

    private const ulong P = 1;
    private const ulong RW = 1 << 1;
    private const ulong US = 1 << 2;
    private const ulong PS = 1 << 7;
    private const ulong G = 1 << 8;
    private const ulong NX = 1ul << 63;

    private const int UserPdIndex = Layout.UserText / (int)LargePageSize;
    private const int UserStackIndex = EntryCount - 1;

    /// <summary>
    /// The kernel's tables: the first GiB of physical memory at the kernel's window, the first 2 MiB of it in small pages with exact
    /// permissions. PML4 and PDPT entry 0 show the same at its physical address, for the few instructions around the switch to it.
    /// </summary>
    public static byte[] Build()
    {
        var entries = new ulong[4 * EntryCount];
        var pml4 = entries.AsSpan(0, EntryCount);
        var pdpt = entries.AsSpan(EntryCount, EntryCount);
        var pd = entries.AsSpan(2 * EntryCount, EntryCount);
        var pt = entries.AsSpan(3 * EntryCount, EntryCount);
        pml4[0] = pml4[KernelPml4Index] = Pdpt | P | RW;
        pdpt[0] = pdpt[KernelPdptIndex] = Pd | P | RW;
        pd[0] = Pt | P | RW;
        for (var i = 1u; i < EntryCount; i++)
        {
            pd[(int)i] = (i * LargePageSize) | P | RW | PS | G | NX;
        }

        for (var i = 0u; i < EntryCount; i++)
        {
            var physical = i * Layout.PageSize;
            pt[(int)i] = physical | P | G | KernelPermissions(physical);
        }

        return MemoryMarshal.AsBytes(entries.AsSpan()).ToArray();
    }

    private static ulong KernelPermissions(uint physical) => physical switch
    {
        >= Layout.Boot and < Layout.KernelConstants => 0,
        >= Layout.KernelConstants and < Layout.PageTables => NX,
        _ => RW | NX,
    };

    /// <summary>Emits the making and unmaking of a task's address space.</summary>
    public static void Emit(KernelCode code)
    {
        EmitCreate(code);
        EmitDestroy(code);
    }

    private static void EmitCreate(KernelCode code)
    {
        var a = code.Asm;
        code.Function(ref code.CreateAddressSpace);
        a.push(rbx);
        a.push(r12);

        // RBX: the table in hand, by its kernel address. R12: the PML4's physical address, the result.
        code.Call(ref code.AllocatePage);
        a.mov(r12, rax);
        a.lea(rbx, __[rax + Layout.KernelBase]);
        a.mov(rax, __qword_ptr[Layout.KernelBase + Pml4 + (KernelPml4Index * EntrySize)]);
        a.mov(__qword_ptr[rbx + (KernelPml4Index * EntrySize)], rax);
        EmitNextLevel(code, 0);
        EmitNextLevel(code, 0);
        EmitNextLevel(code, UserPdIndex);
        EmitMapShared(code, Layout.ProgramText, Layout.ProgramConstants, P | US);
        EmitMapShared(code, Layout.ProgramConstants, Layout.PageTables, P | US | NX);

        code.Call(ref code.AllocatePage);
        a.mov(rcx, P | RW | US | NX);
        a.or(rax, rcx);
        a.mov(__qword_ptr[rbx + (UserStackIndex * EntrySize)], rax);

        a.mov(rax, r12);
        a.pop(r12);
        a.pop(rbx);
        a.ret();
    }

    /// <summary>Hangs a new table into entry <paramref name="index"/> of the one at RBX, and makes RBX the new one.</summary>
    private static void EmitNextLevel(KernelCode code, int index)
    {
        var a = code.Asm;
        code.Call(ref code.AllocatePage);
        a.lea(rcx, __[rax + (int)(P | RW | US)]);
        a.mov(__qword_ptr[rbx + (index * EntrySize)], rcx);
        a.lea(rbx, __[rax + Layout.KernelBase]);
    }

    private static void EmitMapShared(KernelCode code, uint first, uint end, ulong flags)
    {
        var a = code.Asm;
        for (var physical = first; physical < end; physical += Layout.PageSize)
        {
            a.mov(rax, physical | flags);
            var index = (int)((physical - Layout.ProgramText) / Layout.PageSize);
            a.mov(__qword_ptr[rbx + (index * EntrySize)], rax);
        }
    }

    /// <summary>Each table is given back as soon as the address of the next is read from it.</summary>
    private static void EmitDestroy(KernelCode code)
    {
        var a = code.Asm;
        code.Function(ref code.DestroyAddressSpace);
        a.push(rbx);
        foreach (var index in new[] { 0, 0, UserPdIndex, UserStackIndex })
        {
            a.mov(rbx, __qword_ptr[rdi + Layout.KernelBase + (index * EntrySize)]);
            code.Call(ref code.FreePage);
            a.mov(rdi, 0x000f_ffff_ffff_f000);
            a.and(rdi, rbx);
        }

        code.Call(ref code.FreePage);
        a.pop(rbx);
        a.ret();
    }
}
