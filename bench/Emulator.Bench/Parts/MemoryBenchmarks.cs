using BenchmarkDotNet.Attributes;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Bench.Parts;

/// <summary>Memory: nanoseconds for each guest instruction, or for each 4 KiB of a string instruction.</summary>
public class MemoryBenchmarks : PartBenchmarks
{
    private const int PageSize = 0x1000;
    private const int Copies = 10_000;

    // With the jump back, and MOVs that set the string instruction up.
    private const int InstructionsOfACopy = 5;

    private GuestLoop _loads = null!;
    private GuestLoop _stores = null!;
    private GuestLoop _crossings = null!;
    private GuestLoop _misses = null!;
    private GuestLoop _moves = null!;
    private GuestLoop _fills = null!;
    private GuestLoop _scans = null!;

    /// <summary>Builds the loops.</summary>
    [GlobalSetup]
    public void Build()
    {
        BuildAccesses();
        _moves = Loop(a =>
        {
            a.mov(esi, GuestLoop.Data);
            a.mov(edi, GuestLoop.Data + (2 * PageSize));
            a.mov(ecx, PageSize);
            a.rep.movsb();
        });
        _fills = Loop(a =>
        {
            a.xor(eax, eax);
            a.mov(edi, GuestLoop.Data);
            a.mov(ecx, PageSize / 8);
            a.rep.stosq();
        });
        _scans = Loop(a =>
        {
            a.mov(al, 1);
            a.mov(edi, GuestLoop.Data);
            a.mov(ecx, PageSize);
            a.repne.scasb();
        });
    }

    /// <summary>Loads that hit the TLB.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void Loads() => _loads.Run(Instructions);

    /// <summary>Stores that hit the TLB.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void Stores() => _stores.Run(Instructions);

    /// <summary>Loads across the end of a page.</summary>
    [Benchmark(OperationsPerInvoke = Instructions)]
    public void PageCrossings() => _crossings.Run(Instructions);

    /// <summary>A load that misses the TLB (a walk of four levels), and the three instructions around it.</summary>
    [Benchmark(OperationsPerInvoke = Instructions / 4)]
    public void TlbMisses() => _misses.Run(Instructions);

    /// <summary>Forgetting all translations.</summary>
    [Benchmark]
    public void FlushTlb() => _loads.FlushTlb();

    /// <summary>REP MOVSB of a page.</summary>
    [Benchmark(OperationsPerInvoke = Copies)]
    public void RepeatedMove() => _moves.Run(Copies * InstructionsOfACopy);

    /// <summary>REP STOSQ of a page.</summary>
    [Benchmark(OperationsPerInvoke = Copies)]
    public void RepeatedStore() => _fills.Run(Copies * InstructionsOfACopy);

    /// <summary>REPNE SCASB over a page.</summary>
    [Benchmark(OperationsPerInvoke = Copies)]
    public void RepeatedScan() => _scans.Run(Copies * InstructionsOfACopy);

    private void BuildAccesses()
    {
        _loads = Loop(a =>
        {
            a.mov(rax, __qword_ptr[rsi + GuestLoop.Data]);
            a.mov(edx, __dword_ptr[rsi + GuestLoop.Data + 8]);
            a.movzx(ecx, __byte_ptr[rsi + GuestLoop.Data + 3]);
            a.add(rbx, __qword_ptr[rsi + GuestLoop.Data + 16]);
        });
        _stores = Loop(a =>
        {
            a.mov(__qword_ptr[rsi + GuestLoop.Data], rax);
            a.mov(__dword_ptr[rsi + GuestLoop.Data + 8], edx);
            a.mov(__byte_ptr[rsi + GuestLoop.Data + 3], cl);
            a.mov(__qword_ptr[rsi + GuestLoop.Data + 16], rbx);
        });
        _crossings = Loop(a =>
        {
            for (var i = 0; i < 4; i++)
            {
                a.mov(rax, __qword_ptr[rsi + GuestLoop.Data + PageSize - 4]);
            }
        });

        // Steps of 4 KiB through 32 MiB: each access finds another page's entry in its place.
        _misses = Loop(a =>
        {
            a.mov(rax, __qword_ptr[rsi]);
            a.add(rsi, PageSize);
            a.and(rsi, 0x1ff_ffff);
        });
    }
}
