using System.Diagnostics;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Text;
using Emulator.Core.Cpu;
using Emulator.Jit.Emit;
using Emulator.Jit.Regions;

namespace Emulator.Jit.Runtime;

/// <summary>Compiles plans: decode, emit CIL, let RyuJIT compile. One for each thread that compiles.</summary>
internal sealed unsafe class RegionCompiler(CpuModel model, EmitterTable emitters, Meanings meanings, string strategy)
{
    private static readonly Type[] Parameters = [typeof(CpuState*), typeof(nint)];

    private readonly RegionDecoder _decoder = new(model);

    /// <summary>Compiles a plan; null when its blocks are not what they were when it was made.</summary>
    public CompiledRegion? Compile(RegionPlan plan, bool withListing)
    {
        var start = Stopwatch.GetTimestamp();
        if (!_decoder.TryDecode(plan))
        {
            return null;
        }

        var region = Emit(plan, withListing ? new StringBuilder() : null);
        region.Code = Prepare(region.Method!);
        region.CompileTicks = Stopwatch.GetTimestamp() - start;
        return region;
    }

    /// <summary>Writes the CIL of a decoded plan: a region without code.</summary>
    public CompiledRegion Emit(RegionPlan plan, StringBuilder? listing)
    {
        var guard = CompiledRegion.CreateGuard(plan);
        var region = new CompiledRegion(plan, guard);
        region.Name = RegionName.Of(plan, strategy);
        var method = new DynamicMethod(region.Name, typeof(nint), Parameters, typeof(RegionCompiler).Module, skipVisibility: true)
        {
            InitLocals = false,
        };
        var cil = new CilWriter(method.GetILGenerator(1024), listing);
        new RegionEmitter(cil, plan, emitters, meanings, guard).Emit();
        region.CilSize = cil.Size;
        region.Method = method;
        region.Listing = listing?.ToString();
        region.Calls = cil.Called;
        return region;
    }

    private static nint Prepare(DynamicMethod method)
    {
        var handle = GetMethodDescriptor(method);
        RuntimeHelpers.PrepareMethod(handle);
        return handle.GetFunctionPointer();
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "GetMethodDescriptor")]
    private static extern RuntimeMethodHandle GetMethodDescriptor(DynamicMethod method);
}
