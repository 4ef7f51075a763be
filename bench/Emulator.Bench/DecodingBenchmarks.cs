using BenchmarkDotNet.Attributes;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Bench;

/// <summary>What it costs to meet code for the first time: fetch, decode, bind, publish, and one run of the block.</summary>
public class DecodingBenchmarks
{
    private const int BlockInstructions = 40;

    private GuestLoop _loop = null!;

    [GlobalSetup]
    public void Build() => _loop = new GuestLoop(a =>
    {
        for (var i = 0; i < (BlockInstructions - 1) / 3; i++)
        {
            a.add(rax, rbx);
            a.mov(rcx, __qword_ptr[rsi + (8 * i)]);
            a.shl(rdx, 3);
        }
    });

    [GlobalCleanup]
    public void Dispose() => _loop.Dispose();

    [Benchmark(OperationsPerInvoke = BlockInstructions)]
    public void DecodeBlock()
    {
        _loop.Forget();
        _loop.Run(BlockInstructions);
    }

    [Benchmark]
    public void FlushTlb() => _loop.FlushTlb();
}
