using System.Globalization;
using Emulator.Core.Cpu;
using Emulator.Jit.Regions;

namespace Emulator.Jit.Runtime;

/// <summary>The names of compiled regions in profiles and listings: <c>guest_kernel_ffffffff81000000_5b37i_region</c>.</summary>
public static class RegionName
{
    /// <summary>What every name begins with.</summary>
    public const string Prefix = "guest_";

    /// <summary>Whose code, where it starts, how many blocks and instructions, and which strategy chose them.</summary>
    public static string Of(RegionPlan plan, string strategy) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Prefix}{((plan.Mode & CpuMode.User) != 0 ? "user" : "kernel")}_{plan.Entry.Rip:x}_{plan.Blocks.Count}b{plan.InstructionCount}i_{strategy}");
}
