using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Workloads.Machine;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Emulator.Bench.Parts;

/// <summary>What it costs to meet code for the first time, for each of its instructions.</summary>
public class DecodingBenchmarks : PartBenchmarks
{
    private const int BlockInstructions = 40;

    private GuestLoop _loop = null!;

    /// <summary>Builds the loop.</summary>
    [GlobalSetup]
    public void Build() => _loop = Loop(EmitBody);

    /// <summary>Forgetting every block; then fetch, decode, bind, publish, and one run.</summary>
    [Benchmark(OperationsPerInvoke = BlockInstructions)]
    public void MeetBlock()
    {
        _loop.Forget();
        _loop.Run(BlockInstructions);
    }

    internal static void EmitBody(Assembler a)
    {
        for (var i = 0; i < (BlockInstructions - 1) / 3; i++)
        {
            a.add(rax, rbx);
            a.mov(rcx, __qword_ptr[rsi + (8 * i) + GuestLoop.Data]);
            a.shl(rdx, 3);
        }
    }
}

/// <summary>The decoder alone, from bytes to ops, for each instruction. No strategy takes part.</summary>
public unsafe class BlockBuilderBenchmarks
{
    private const int BlockInstructions = 40;

    private readonly BlockBuilder _builder = new(new InstructionTable(), CpuModels.Max, _ => { });
    private Block* _block;
    private byte* _code;
    private int _length;

    /// <summary>Assembles the code.</summary>
    [GlobalSetup]
    public void Build()
    {
        var assembler = new Assembler(64);
        DecodingBenchmarks.EmitBody(assembler);
        assembler.nop();
        using var stream = new MemoryStream();
        assembler.Assemble(new StreamCodeWriter(stream), BareLayout.Code);
        _length = (int)stream.Length;
        _code = (byte*)NativeMemory.Alloc((nuint)_length);
        stream.ToArray().CopyTo(new Span<byte>(_code, _length));
        _block = (Block*)NativeMemory.AllocZeroed((nuint)(sizeof(Block) + (BlockBuilder.MaxOps * sizeof(Op))));
    }

    /// <summary>Gives the memory back.</summary>
    [GlobalCleanup]
    public void Free()
    {
        NativeMemory.Free(_code);
        NativeMemory.Free(_block);
    }

    /// <summary>Iced decodes, rows bind.</summary>
    [Benchmark(OperationsPerInvoke = BlockInstructions)]
    public bool Decode() => _builder.TryBuild(_block, _code, _length, BareLayout.Code, CpuMode.Code64, BlockInstructions);
}
