using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Kernel;

/// <summary>Hands out physical pages: first those given back, which are linked through their first 8 bytes, then fresh ones.</summary>
internal static class PageAllocator
{
    private const int WindowKb = 1024 * 1024;

    /// <summary>Emits the start, from the boot loader's word about memory. Falls through.</summary>
    public static void EmitStart(KernelCode code)
    {
        var a = code.Asm;
        a.mov(eax, __dword_ptr[Variables.MemoryKb]);
        a.mov(ecx, WindowKb);
        a.cmp(eax, ecx);
        a.cmova(eax, ecx);
        a.and(eax, ~3);
        a.shl(rax, 10);
        a.mov(__qword_ptr[Variables.MemoryEnd], rax);
        a.mov(__qword_ptr[Variables.NextFreshPage], (int)Layout.FirstFreePage);
    }

    /// <summary>Emits taking and giving back.</summary>
    public static void Emit(KernelCode code)
    {
        EmitAllocate(code);
        EmitFree(code);
    }

    private static void EmitAllocate(KernelCode code)
    {
        var a = code.Asm;
        var fresh = a.CreateLabel();
        var found = a.CreateLabel();
        var none = a.CreateLabel();
        code.Function(ref code.AllocatePage);
        a.mov(rax, __qword_ptr[Variables.FreeList]);
        a.test(rax, rax);
        a.jz(fresh);
        a.mov(rcx, __qword_ptr[rax + Layout.KernelBase]);
        a.mov(__qword_ptr[Variables.FreeList], rcx);
        a.jmp(found);

        a.Label(ref fresh);
        a.mov(rax, __qword_ptr[Variables.NextFreshPage]);
        a.cmp(rax, __qword_ptr[Variables.MemoryEnd]);
        a.jae(none);
        a.add(__qword_ptr[Variables.NextFreshPage], (int)Layout.PageSize);

        a.Label(ref found);
        a.inc(__qword_ptr[Variables.UsedPages]);
        a.mov(rdx, rax);
        a.lea(rdi, __[rax + Layout.KernelBase]);
        a.mov(ecx, (int)Layout.PageSize / 8);
        a.xor(eax, eax);
        a.rep.stosq();
        a.mov(rax, rdx);
        a.ret();

        a.Label(ref none);
        a.xor(eax, eax);
        a.ret();
    }

    private static void EmitFree(KernelCode code)
    {
        var a = code.Asm;
        code.Function(ref code.FreePage);
        a.mov(rax, __qword_ptr[Variables.FreeList]);
        a.mov(__qword_ptr[rdi + Layout.KernelBase], rax);
        a.mov(__qword_ptr[Variables.FreeList], rdi);
        a.dec(__qword_ptr[Variables.UsedPages]);
        a.ret();
    }
}
