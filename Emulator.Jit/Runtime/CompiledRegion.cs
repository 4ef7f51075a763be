using System.Reflection.Emit;
using System.Runtime.InteropServices;
using Emulator.Core.Decoding;
using Emulator.Jit.Regions;

namespace Emulator.Jit.Runtime;

/// <summary>A region's code and what keeps it alive.</summary>
public sealed unsafe class CompiledRegion
{
    // What RyuJIT keeps for any method, and for each byte of CIL on top: measured over some thousands of regions (docs/looking-inside.md).
    private const int BytesPerRegion = 8 << 10;
    private const int BytesPerCil = 8;

    private RegionGuard* _guard;

    internal CompiledRegion(RegionPlan plan, RegionGuard* guard)
    {
        Plan = plan;
        _guard = guard;
    }

    /// <summary>What was compiled.</summary>
    public RegionPlan Plan { get; }

    /// <summary>Its name in profiles and listings (<see cref="RegionName"/>).</summary>
    public string Name { get; internal set; } = "";

    /// <summary>The method: its code lives as long as it does.</summary>
    public DynamicMethod? Method { get; internal set; }

    /// <summary>The code: a handler for the entry's first op.</summary>
    public nint Code { get; internal set; }

    /// <summary>Bytes of CIL.</summary>
    public int CilSize { get; internal set; }

    /// <summary>Time that it took to compile, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long CompileTicks { get; internal set; }

    /// <summary>The text of the CIL, where it was asked for.</summary>
    public string? Listing { get; internal set; }

    /// <summary>The methods that the code calls or has inlined, where a listing was asked for.</summary>
    public IReadOnlyCollection<System.Reflection.MethodInfo> Calls { get; internal set; } = [];

    /// <summary>Host memory that it takes, as estimated.</summary>
    public long HostBytes => BytesPerRegion + ((long)CilSize * BytesPerCil);

    /// <summary>Its place in the table's list.</summary>
    internal LinkedListNode<CompiledRegion>? Place { get; set; }

    /// <summary>Whether the entry's handler is this code.</summary>
    public bool IsInstalled { get; private set; }

    /// <summary>Whether its code has changed.</summary>
    public bool IsStale => _guard->Stale != 0;

    /// <summary>A guard for a plan.</summary>
    internal static RegionGuard* CreateGuard(RegionPlan plan)
    {
        var count = plan.OtherPages.Count;
        var size = sizeof(RegionGuard) + (count * sizeof(GuardedPage)) + (plan.InstructionCount * sizeof(ExitSite));
        var guard = (RegionGuard*)NativeMemory.AllocZeroed((nuint)size);
        guard->PageCount = count;
        guard->Pages = (GuardedPage*)(guard + 1);
        guard->Sites = (ExitSite*)(guard->Pages + count);
        for (var i = 0; i < count; i++)
        {
            guard->Pages[i] = new GuardedPage { Distance = plan.OtherPages[i].Distance, Host = plan.OtherPages[i].Host };
        }

        var site = guard->Sites;
        foreach (var block in plan.Blocks)
        {
            for (var i = 0; i < block.Count; i++)
            {
                *site++ = new ExitSite { Op = block.Ops + i, BlockDistance = (long)(block.Rip - plan.Entry.Rip) };
            }
        }

        return guard;
    }

    /// <summary>Puts the code in place of the entry's first handler.</summary>
    internal void Install()
    {
        Block.Ops(Plan.Entry.Block)->Handler = (delegate*<Core.Cpu.CpuState*, Op*, Op*>)Code;
        Plan.Entry.Block->Countdown = uint.MaxValue;
        IsInstalled = true;
    }

    /// <summary>Gives the entry back to the interpreter, for as many entries.</summary>
    internal void Suspend(uint countdown)
    {
        var entry = Plan.Entry.Block;
        if (IsInstalled && !entry->IsStale && (nint)Block.Ops(entry)->Handler == Code)
        {
            Block.Ops(entry)->Handler = entry->FirstHandler;
            entry->Countdown = countdown;
        }

        IsInstalled = false;
    }

    /// <summary>
    /// Takes the code out of use. Blocks of the region that were not dropped go on in the interpreter; the entry is hot again after as many entries.
    /// </summary>
    internal void Uninstall(uint countdown)
    {
        _guard->Stale = 1;
        Suspend(countdown);
    }

    /// <summary>Releases the guard. The code must not be running.</summary>
    internal void Release()
    {
        NativeMemory.Free(_guard);
        _guard = null;
        Method = null;
    }
}
