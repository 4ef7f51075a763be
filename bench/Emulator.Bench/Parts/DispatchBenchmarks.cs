using BenchmarkDotNet.Attributes;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Bench.Parts;

/// <summary>From one instruction or block to the next: nanoseconds for each guest instruction.</summary>
public class DispatchBenchmarks : PartBenchmarks
{
    private const int Jumps = 8;
    private const int NearJumpLength = 5;
    private const int PageSize = 0x1000;

    private GuestLoop _nothing = null!;
    private GuestLoop _registers = null!;
    private GuestLoop _chain = null!;
    private GuestLoop _farChain = null!;
    private GuestLoop _indirect = null!;
    private GuestLoop _calls = null!;

    /// <summary>Builds the loops.</summary>
    [GlobalSetup]
    public void Build()
    {
        _nothing = Loop(a =>
        {
            for (var i = 0; i < 39; i++)
            {
                a.nop();
            }
        });
        _registers = Loop(a =>
        {
            a.add(rax, rbx);
            a.xor(ecx, eax);
            a.shr(rax, 3);
            a.lea(rdx, __[rax + (rcx * 4) + 8]);
            a.inc(rbx);
        });
        _chain = BuildChain(gap: 1);
        _farChain = BuildChain(PageSize - NearJumpLength);
        BuildIndirect();
        BuildCalls();
    }

    /// <summary>NOPs: the dispatch alone.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void Nops() => _nothing.Run(Instructions);

    /// <summary>Arithmetic whose flags nobody reads.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void RegisterArithmetic() => _registers.Run(Instructions);

    /// <summary>Direct jumps within a page: links from block to block.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void DirectBranches() => _chain.Run(Instructions);

    /// <summary>Direct jumps from page to page.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void DirectBranchesAcrossPages() => _farChain.Run(Instructions);

    /// <summary>Jumps through a register that has another target each time.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void IndirectBranches() => _indirect.Run(Instructions);

    /// <summary>A short function, called and left.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void CallsAndReturns() => _calls.Run(Instructions);

    private GuestLoop BuildChain(int gap) => Loop(a =>
    {
        for (var i = 0; i < Jumps; i++)
        {
            var next = a.CreateLabel();
            a.jmp(next);
            a.db(new byte[gap]);
            a.Label(ref next);
        }
    });

    private void BuildIndirect() => _indirect = Loop(a =>
    {
        var first = a.CreateLabel();
        var second = a.CreateLabel();
        var end = a.CreateLabel();
        a.xchg(rax, rbx);
        a.test(rax, rax);
        a.lea(rcx, __[first]);
        a.lea(rdx, __[second]);
        a.cmovne(rcx, rdx);
        a.jmp(rcx);
        a.Label(ref first);
        a.mov(ebx, 1);
        a.jmp(end);
        a.Label(ref second);
        a.xor(ebx, ebx);
        a.Label(ref end);
    });

    private void BuildCalls() => _calls = Loop(a =>
    {
        var function = a.CreateLabel();
        var after = a.CreateLabel();
        a.call(function);
        a.jmp(after);
        a.Label(ref function);
        a.inc(rax);
        a.ret();
        a.Label(ref after);
        a.nop();
    });
}
