using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Emulator.Core.Bus;
using Emulator.Core.Decoding;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Time;

namespace Emulator.Core.Cpu;

/// <summary>What a processor is plugged into.</summary>
public sealed record ProcessorWiring(
    MemoryMap Memory,
    IoPortBus Ports,
    VirtualClock Clock,
    BlockCache Blocks,
    IMachineControl Machine,
    GuestLog Log)
{
    /// <summary>Who looks on.</summary>
    public ExecutionObservers Observers { get; init; } = new();
}

/// <summary>
/// One logical processor: its state in native memory and the managed parts that instructions reach from there. It decides nothing about
/// execution: engines (<see cref="ICpuEngine"/>) run it.
/// </summary>
public sealed unsafe partial class Processor : ICpuSignals, IDisposable
{
    private readonly GCHandle _handle;
    private bool _disposed;

    /// <summary>Builds a processor in its power-on state.</summary>
    public Processor(int index, CpuModel model, ProcessorWiring wiring)
    {
        Index = index;
        Model = model;
        Wiring = wiring;
        Msrs = new StoredMsrs(model);
        State = (CpuState*)NativeMemory.AlignedAlloc((nuint)sizeof(CpuState), 64);
        Unsafe.InitBlock(State, 0, (uint)sizeof(CpuState));
        _handle = GCHandle.Alloc(this);
        State->Owner = GCHandle.ToIntPtr(_handle);
        State->JumpCache = (JumpCacheEntry*)NativeMemory.AllocZeroed(JumpCacheEntry.Count, (nuint)sizeof(JumpCacheEntry));
        Mmu = new Mmu(State, wiring.Memory, new PageWalker(wiring.Memory, model.PhysicalAddressBits, model.HasGigabytePages)) { Observers = wiring.Observers };
        wiring.Blocks.Attach(this);
        Reset();
    }

    /// <summary>The number of the processor in its machine; 0 is the bootstrap processor.</summary>
    public int Index { get; }

    /// <summary>What CPUID says.</summary>
    public CpuModel Model { get; }

    /// <summary>Which package and core it shares with others, for CPUID; set once by whoever assembles the machine.</summary>
    public CpuTopology Topology { get; set; } = CpuTopology.Separate;

    /// <summary>What it is plugged into.</summary>
    public ProcessorWiring Wiring { get; }

    /// <summary>The architectural state.</summary>
    public CpuState* State { get; }

    /// <summary>Its software TLB.</summary>
    public Mmu Mmu { get; }

    /// <summary>Its interrupt controller; set once by whoever assembles the machine.</summary>
    public ILocalApic? Apic { get; set; }

    /// <summary>Whether the machine has no other processor.</summary>
    public bool IsAlone => Wiring.Blocks.ProcessorCount == 1;

    /// <summary>The processor that owns a state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Processor Of(CpuState* s) => Unsafe.As<Processor>(GCHandle.FromIntPtr(s->Owner).Target!);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        Wiring.Blocks.Detach(this);
        Mmu.Dispose();
        NativeMemory.Free(State->JumpCache);
        NativeMemory.AlignedFree(State);
        _handle.Free();
    }
}
