using BenchmarkDotNet.Attributes;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Bench;

/// <summary>What the interpreter's parts cost: nanoseconds for each guest instruction.</summary>
public class InterpreterBenchmarks
{
    private const int Instructions = 1_000_000;

    private GuestLoop _registers = null!;
    private GuestLoop _memory = null!;
    private GuestLoop _calls = null!;
    private GuestLoop _tlbMisses = null!;

    [GlobalSetup]
    public void Build()
    {
        _registers = new GuestLoop(a =>
        {
            a.add(rax, rbx);
            a.xor(ecx, eax);
            a.shr(rax, 3);
            a.lea(rdx, __[rax + (rcx * 4) + 8]);
            a.inc(rbx);
        });
        _memory = new GuestLoop(a =>
        {
            a.mov(rax, __qword_ptr[rsi]);
            a.add(rax, __qword_ptr[rsi + 8]);
            a.mov(__qword_ptr[rsi + 16], rax);
            a.movzx(ecx, __byte_ptr[rsi + 3]);
        });
        _calls = new GuestLoop(a =>
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

        // Steps of 4 KiB through 32 MiB: each access finds another page's entry in its place.
        _tlbMisses = new GuestLoop(a =>
        {
            a.mov(rax, __qword_ptr[rsi]);
            a.add(rsi, 0x1000);
            a.and(rsi, 0x1ff_ffff);
        });
    }

    [GlobalCleanup]
    public void Dispose()
    {
        foreach (var loop in new[] { _registers, _memory, _calls, _tlbMisses })
        {
            loop.Dispose();
        }
    }

    [Benchmark(OperationsPerInvoke = Instructions)]
    public void RegisterArithmetic() => _registers.Run(Instructions);

    [Benchmark(OperationsPerInvoke = Instructions)]
    public void MemoryHits() => _memory.Run(Instructions);

    [Benchmark(OperationsPerInvoke = Instructions)]
    public void CallsAndReturns() => _calls.Run(Instructions);

    [Benchmark(OperationsPerInvoke = Instructions)]
    public void TlbMisses() => _tlbMisses.Run(Instructions);
}
