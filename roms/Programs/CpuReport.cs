using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Roms.Programs;

/// <summary>The command <c>cpuid</c>: vendor, model and a choice of features (SDM Vol. 2A, CPUID).</summary>
internal static class CpuReport
{
    private const uint FirstBrandLeaf = 0x80000002;
    private const uint LastBrandLeaf = 0x80000004;

    private static (uint Leaf, AssemblerRegister32 Register, byte Bit, string Name)[] Features =>
    [
        (1, edx, 26, "sse2"), (1, ecx, 0, "sse3"), (1, ecx, 9, "ssse3"), (1, ecx, 20, "sse4.2"), (1, ecx, 25, "aes"), (1, ecx, 28, "avx"),
        (7, ebx, 5, "avx2"), (7, ebx, 3, "bmi1"), (7, ebx, 8, "bmi2"), (7, ebx, 29, "sha"), (7, ebx, 16, "avx512f"),
        (1, ecx, 17, "pcid"), (7, ebx, 7, "smep"), (7, ebx, 20, "smap"), (7, ecx, 16, "la57"), (1, ecx, 21, "x2apic"), (1, ecx, 31, "hypervisor"),
    ];

    /// <summary>Emits it.</summary>
    public static void Emit(ProgramCode code)
    {
        EmitVendor(code);
        EmitSignature(code);
        EmitBrand(code);
        EmitFeatures(code);
    }

    private static void EmitVendor(ProgramCode code)
    {
        var a = code.Asm;
        a.xor(eax, eax);
        a.cpuid();
        a.mov(r13d, eax);
        a.push(0);
        a.push(0);
        a.mov(__dword_ptr[rsp], ebx);
        a.mov(__dword_ptr[rsp + 4], edx);
        a.mov(__dword_ptr[rsp + 8], ecx);
        EmitPutStackString(code, 16);
    }

    private static void EmitSignature(ProgramCode code)
    {
        var a = code.Asm;
        code.Print(", signature ");
        a.mov(eax, 1);
        a.cpuid();
        a.mov(edi, eax);
        code.PrintHex();
        code.Print("\n");
    }

    private static void EmitBrand(ProgramCode code)
    {
        var a = code.Asm;
        var none = a.CreateLabel();
        a.mov(eax, 0x80000000);
        a.cpuid();
        a.cmp(eax, LastBrandLeaf);
        a.jb(none);
        a.sub(rsp, 56);
        for (var leaf = FirstBrandLeaf; leaf <= LastBrandLeaf; leaf++)
        {
            var at = (int)(leaf - FirstBrandLeaf) * 16;
            a.mov(eax, leaf);
            a.cpuid();
            a.mov(__dword_ptr[rsp + at], eax);
            a.mov(__dword_ptr[rsp + at + 4], ebx);
            a.mov(__dword_ptr[rsp + at + 8], ecx);
            a.mov(__dword_ptr[rsp + at + 12], edx);
        }

        a.mov(__qword_ptr[rsp + 48], 0);
        EmitPutStackString(code, 56);
        code.Print("\n");
        a.Label(ref none);
    }

    private static void EmitFeatures(ProgramCode code)
    {
        var a = code.Asm;
        code.Print("features:");
        foreach (var (leaf, register, bit, name) in Features)
        {
            var absent = a.CreateLabel();
            a.cmp(r13d, (int)leaf);
            a.jb(absent);
            a.mov(eax, leaf);
            a.xor(ecx, ecx);
            a.cpuid();
            a.bt(register, bit);
            a.jnc(absent);
            code.Print(" " + name);
            a.Label(ref absent);
        }

        code.Print("\n");
    }

    /// <summary>Prints the string at RSP and drops it.</summary>
    private static void EmitPutStackString(ProgramCode code, int size)
    {
        var a = code.Asm;
        a.mov(rdi, rsp);
        code.Call(ref code.Text.Put);
        a.add(rsp, size);
    }
}
