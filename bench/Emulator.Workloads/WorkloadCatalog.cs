using Emulator.Workloads.ControlFlow;
using Emulator.Workloads.FloatingPoint;
using Emulator.Workloads.Integer;
using Emulator.Workloads.Memory;
using Emulator.Workloads.SystemLevel;
using Emulator.Workloads.Vectors;

namespace Emulator.Workloads;

/// <summary>The workloads, in the order of the tables' rows. Adding one is adding its class here.</summary>
public static class WorkloadCatalog
{
    /// <summary>Every workload.</summary>
    public static IReadOnlyList<Workload> All =>
    [
        new Crc32(),
        new Sieve(),
        new BubbleSort(),
        new QuickSort(),
        new Sha256(),
        new DivideMultiply(),
        new BitTricks(),
        new Fibonacci(),
        new Bytecode(),
        new VirtualCalls(),
        new VectorCopy(),
        new RepeatedMove(),
        new PointerChase(),
        new ByteStrings(),
        new Mandelbrot(),
        new MatrixProduct(),
        new WholeNumbers(),
        new X87Series(),
        new VectorMaximum(),
        new FusedPolynomial(),
        new Exceptions(),
        new PageTableSwitch(),
        new SelfModifyingCode(),
    ];
}
