using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Machine;

/// <summary>Code that writes an interrupt gate of privilege 0 (SDM Vol. 3A, figure 6-8).</summary>
public static class InterruptGate
{
    // Bytes 4 and 5: present, type 14.
    private const int PresentInterruptGate = 0x8e00;

    /// <summary>Emits it; RAX and RBX are changed. The handler lies below 4 GiB: the gate's third part stays 0.</summary>
    public static void Emit(Assembler a, int vector, Label handler)
    {
        a.mov(ebx, BareLayout.Idt + (vector * BareLayout.GateSize));
        a.lea(rax, __[handler]);
        a.mov(__word_ptr[rbx], ax);
        a.mov(__word_ptr[rbx + 2], BareLayout.CodeSelector);
        a.mov(__word_ptr[rbx + 4], PresentInterruptGate);
        a.shr(eax, 16);
        a.mov(__word_ptr[rbx + 6], ax);
    }
}
