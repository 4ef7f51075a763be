using System.Runtime.InteropServices;
using Emulator.Core.Cpu;
using Emulator.Core.Memory;

namespace Emulator.Jit.Emit;

/// <summary>Where compiled code finds the fields of <see cref="CpuState"/> and <see cref="TlbEntry"/>.</summary>
internal static unsafe class StateLayout
{
    public static readonly int BlockRip = Of(nameof(CpuState.BlockRip));
    public static readonly int Flags = Of(nameof(CpuState.Flags));
    public static readonly int FlagCarries = Flags + (int)Marshal.OffsetOf<LazyFlags>(nameof(LazyFlags.Carries));
    public static readonly int Retired = Of(nameof(CpuState.Retired));
    public static readonly int RetireLimit = Of(nameof(CpuState.RetireLimit));
    public static readonly int Attention = Of(nameof(CpuState.Attention));
    public static readonly int Tlb = Of(nameof(CpuState.Tlb));
    public static readonly int JumpKey = Of(nameof(CpuState.JumpKey));
    public static readonly int Vectors = Of(nameof(CpuState.Vectors));
    public static readonly int ReadTag = OfEntry(nameof(TlbEntry.ReadTag));
    public static readonly int WriteTag = OfEntry(nameof(TlbEntry.WriteTag));
    public static readonly int Addend = OfEntry(nameof(TlbEntry.Addend));
    private static readonly int Segments = Of(nameof(CpuState.Es));
    private static readonly int BaseInSegment = (int)Marshal.OffsetOf<SegmentCache>(nameof(SegmentCache.Base));

    /// <summary>The base address of a segment.</summary>
    public static int SegmentBase(Segment segment) => Segments + ((int)segment * sizeof(SegmentCache)) + BaseInSegment;

    /// <summary>A general register.</summary>
    public static int Gpr(int number) => number * 8;

    private static int Of(string field) => (int)Marshal.OffsetOf<CpuState>(field);

    private static int OfEntry(string field) => (int)Marshal.OffsetOf<TlbEntry>(field);
}
