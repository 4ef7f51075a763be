using System.Runtime.Intrinsics;
using Emulator.Core.Cpu;
using Iced.Intel;

namespace Emulator.Core.Instructions.StateSave;

/// <summary>The state components that XSAVE manages (SDM Vol. 1, 13.1 to 13.5), as CPUID leaf 0DH describes them.</summary>
public static unsafe class StateComponents
{
    public const ulong X87 = 1 << 0;
    public const ulong Sse = 1 << 1;
    public const ulong Avx = 1 << 2;
    public const ulong Pkru = 1 << 9;

    /// <summary>Bytes of the legacy region and the header: where the first extended component starts.</summary>
    public const int ExtendedOffset = 576;

    /// <summary>Bytes of the upper halves of YMM0 to YMM15.</summary>
    public const int AvxSize = 256;

    /// <summary>Bytes of PKRU's component.</summary>
    public const int PkruSize = 8;

    /// <summary>Where PKRU stands in the standard format.</summary>
    public const int PkruOffset = 0xa80;

    private const uint InitialMxcsr = 0x1f80;

    /// <summary>The components that XCR0 may enable on a model.</summary>
    public static ulong Supported(CpuModel model)
        => X87 | Sse | (model.Has(CpuidFeature.AVX) ? Avx : 0) | (model.Has(CpuidFeature.PKU) ? Pkru : 0);

    /// <summary>Bytes of a standard-format image of the components.</summary>
    public static int StandardSize(ulong components)
        => (components & Pkru) != 0 ? PkruOffset + PkruSize : (components & Avx) != 0 ? ExtendedOffset + AvxSize : ExtendedOffset;

    /// <summary>Bytes of a compacted image of the components.</summary>
    public static int CompactedSize(ulong components)
        => ExtendedOffset + ((components & Avx) != 0 ? AvxSize : 0) + ((components & Pkru) != 0 ? PkruSize : 0);

    /// <summary>XINUSE: the components that are not in their initial configuration.</summary>
    public static ulong InUse(CpuState* s)
        => (FxImage.IsX87Initial(s) ? 0 : X87)
            | VectorsInUse(s)
            | (s->Pkru != 0 ? Pkru : 0);

    /// <summary>Writes the upper halves of the YMM registers.</summary>
    internal static void StoreAvx(CpuState* s, byte* area)
    {
        var count = FxImage.RegistersOf(s);
        for (var i = 0; i < count; i++)
        {
            Vector128.Load(FxImage.Register(s, i) + 16).Store(area + (i * 16));
        }
    }

    /// <summary>Takes the upper halves of the YMM registers; null means zeros.</summary>
    internal static void LoadAvx(CpuState* s, byte* area)
    {
        var count = FxImage.RegistersOf(s);
        for (var i = 0; i < count; i++)
        {
            var half = area == null ? Vector128<byte>.Zero : Vector128.Load(area + (i * 16));
            half.Store(FxImage.Register(s, i) + 16);
        }
    }

    /// <summary>Zeroes the XMM registers.</summary>
    internal static void InitializeXmm(CpuState* s)
    {
        var count = FxImage.RegistersOf(s);
        for (var i = 0; i < count; i++)
        {
            Vector128<byte>.Zero.Store(FxImage.Register(s, i));
        }
    }

    private static ulong VectorsInUse(CpuState* s)
    {
        var bits = Vector256<byte>.Zero;
        for (var i = 0; i < 16; i++)
        {
            bits |= Vector256.Load(FxImage.Register(s, i));
        }

        return (s->Mxcsr != InitialMxcsr || bits.GetLower() != Vector128<byte>.Zero ? Sse : 0)
            | (bits.GetUpper() != Vector128<byte>.Zero ? Avx : 0);
    }
}
