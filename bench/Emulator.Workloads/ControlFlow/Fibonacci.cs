using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Workloads.ControlFlow;

/// <summary>The recursive definition of the Fibonacci numbers: calls, returns and the stack.</summary>
public sealed class Fibonacci : Workload
{
    private const int Index = 18;

    /// <inheritdoc/>
    public override string Name => "fib";

    /// <inheritdoc/>
    public override string Unit => "fib(18)";

    /// <inheritdoc/>
    public override int RoundUnits => 50;

    /// <inheritdoc/>
    public override void Emit(Assembler a)
    {
        var pass = a.CreateLabel();
        var fib = a.CreateLabel();
        var recurse = a.CreateLabel();
        var end = a.CreateLabel();
        a.xor(r8d, r8d);
        a.Label(ref pass);
        a.mov(ecx, Index);
        a.call(fib);
        a.add(r8, rax);
        a.dec(rdi);
        a.jne(pass);
        a.jmp(end);
        a.Label(ref fib);
        a.cmp(ecx, 2);
        a.jae(recurse);
        a.mov(eax, ecx);
        a.ret();
        a.Label(ref recurse);
        a.push(rbx);
        a.push(rcx);
        a.dec(ecx);
        a.call(fib);
        a.mov(ebx, eax);
        a.pop(rcx);
        a.sub(ecx, 2);
        a.call(fib);
        a.add(eax, ebx);
        a.pop(rbx);
        a.ret();
        a.Label(ref end);
        a.mov(rax, r8);
    }

    /// <inheritdoc/>
    public override ulong Reference(int units)
    {
        var (current, next) = (0ul, 1ul);
        for (var i = 0; i < Index; i++)
        {
            (current, next) = (next, current + next);
        }

        return current * (ulong)units;
    }
}
