using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Integer;

/// <summary>Bubble sort: two loads, a branch that is hard to foretell, two stores.</summary>
public sealed class BubbleSort : Workload
{
    private const int Count = 256;

    /// <inheritdoc/>
    public override string Name => "bubblesort";

    /// <inheritdoc/>
    public override string Unit => "256 numbers";

    /// <inheritdoc/>
    public override int RoundUnits => 20;

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        SortedNumbers.EmitStart(a);
        a.Label(ref pass);
        SortedNumbers.EmitFill(a, Data, Count);
        EmitSort(a);
        SortedNumbers.EmitFold(a, Data, Count);
        a.dec(rdi);
        a.jne(pass);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units) => SortedNumbers.Reference(units, Count);

    private static void EmitSort(Assembler a)
    {
        var outer = a.CreateLabel();
        var inner = a.CreateLabel();
        var ordered = a.CreateLabel();
        a.mov(edx, Count - 1);
        a.Label(ref outer);
        a.xor(ecx, ecx);
        a.Label(ref inner);
        a.mov(eax, __dword_ptr[(rcx * 4) + Data]);
        a.mov(ebx, __dword_ptr[(rcx * 4) + Data + 4]);
        a.cmp(eax, ebx);
        a.jbe(ordered);
        a.mov(__dword_ptr[(rcx * 4) + Data], ebx);
        a.mov(__dword_ptr[(rcx * 4) + Data + 4], eax);
        a.Label(ref ordered);
        a.inc(ecx);
        a.cmp(ecx, edx);
        a.jb(inner);
        a.dec(edx);
        a.jne(outer);
    }
}
