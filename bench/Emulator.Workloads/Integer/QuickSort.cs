using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.Integer;

/// <summary>Quicksort after Hoare, which calls itself for the left part and loops for the right one.</summary>
public sealed class QuickSort : Workload
{
    private const int Count = 4096;

    /// <inheritdoc/>
    public override string Name => "quicksort";

    /// <inheritdoc/>
    public override string Unit => "4096 numbers";

    /// <inheritdoc/>
    public override int RoundUnits => 8;

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var sort = a.CreateLabel();
        var end = a.CreateLabel();
        SortedNumbers.EmitStart(a);
        a.Label(ref pass);
        SortedNumbers.EmitFill(a, Data, Count);
        a.mov(esi, Data);
        a.mov(edx, Data + ((Count - 1) * 4));
        a.call(sort);
        SortedNumbers.EmitFold(a, Data, Count);
        a.dec(rdi);
        a.jne(pass);
        a.jmp(end);
        EmitSort(a, ref sort);
        a.Label(ref end);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units) => SortedNumbers.Reference(units, Count);

    // Sorts from [RSI] to [RDX], both included.
    private static void EmitSort(Assembler a, ref Label sort)
    {
        var done = a.CreateLabel();
        a.Label(ref sort);
        a.cmp(rsi, rdx);
        a.jae(done);
        EmitPartition(a);
        a.push(rcx);
        a.push(rdx);
        a.mov(rdx, rbx);
        a.call(sort);
        a.pop(rdx);
        a.pop(rsi);
        a.jmp(sort);
        a.Label(ref done);
        a.ret();
    }

    // Leaves the right part's start in RCX and the left part's end in RBX.
    private static void EmitPartition(Assembler a)
    {
        var left = a.CreateLabel();
        var right = a.CreateLabel();
        var meet = a.CreateLabel();
        var split = a.CreateLabel();
        a.mov(rcx, rsi);
        a.mov(rbx, rdx);
        a.mov(rax, rdx);
        a.sub(rax, rsi);
        a.shr(rax, 3);
        a.mov(r10d, __dword_ptr[rsi + (rax * 4)]);
        a.Label(ref left);
        a.cmp(__dword_ptr[rcx], r10d);
        a.jae(right);
        a.add(rcx, 4);
        a.jmp(left);
        a.Label(ref right);
        a.cmp(__dword_ptr[rbx], r10d);
        a.jbe(meet);
        a.sub(rbx, 4);
        a.jmp(right);
        a.Label(ref meet);
        a.cmp(rcx, rbx);
        a.ja(split);
        a.mov(eax, __dword_ptr[rcx]);
        a.mov(r11d, __dword_ptr[rbx]);
        a.mov(__dword_ptr[rcx], r11d);
        a.mov(__dword_ptr[rbx], eax);
        a.add(rcx, 4);
        a.sub(rbx, 4);
        a.cmp(rcx, rbx);
        a.jbe(left);
        a.Label(ref split);
    }
}
