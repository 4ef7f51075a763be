using System.Runtime.InteropServices;

namespace Emulator.Core.Cpu;

/// <summary>The segment registers in the order of their encoding, then the two system ones.</summary>
public enum Segment : byte
{
    ES,
    CS,
    SS,
    DS,
    FS,
    GS,
    LDTR,
    TR,
}

/// <summary>
/// A segment register with its hidden part (SDM Vol. 3A, 3.4.3). <see cref="Attributes"/> is laid out as bytes 5 and 6 of the
/// descriptor (type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13, D/B 14, G 15); a null selector has <see cref="Present"/> clear.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct SegmentCache
{
    /// <summary>The visible part.</summary>
    public ushort Selector;

    /// <summary>Access rights.</summary>
    public ushort Attributes;

    /// <summary>The last valid offset in bytes (granularity applied); for expand-down data, the last invalid one.</summary>
    public uint Limit;

    /// <summary>The linear base address.</summary>
    public ulong Base;

    public const ushort Accessed = 1 << 0;

    /// <summary>Data: writable. Code: readable.</summary>
    public const ushort ReadWrite = 1 << 1;

    /// <summary>Data: expand-down. Code: conforming.</summary>
    public const ushort ExpandDown = 1 << 2;
    public const ushort Conforming = 1 << 2;
    public const ushort Executable = 1 << 3;

    /// <summary>S: a code or data segment, not a system one.</summary>
    public const ushort CodeOrData = 1 << 4;
    public const ushort Present = 1 << 7;
    public const ushort Long = 1 << 13;
    public const ushort Big = 1 << 14;
    public const ushort Granularity = 1 << 15;

    /// <summary>What real mode and virtual-8086 mode load: present, DPL 0, data, writable, accessed.</summary>
    public const ushort RealModeData = Present | CodeOrData | ReadWrite | Accessed;

    /// <summary>The four-bit descriptor type.</summary>
    public readonly int Type => Attributes & 0xf;

    /// <summary>Descriptor privilege level.</summary>
    public readonly int Dpl => (Attributes >> 5) & 3;

    /// <summary>Whether the register holds a usable segment.</summary>
    public readonly bool IsUsable => (Attributes & Present) != 0;

    public readonly bool IsCode => (Attributes & (CodeOrData | Executable)) == (CodeOrData | Executable);

    /// <summary>Whether an offset needs no check: base 0, limit 4 GiB, writable expand-up data.</summary>
    public readonly bool IsFlatData
        => Base == 0 && Limit == uint.MaxValue
            && (Attributes & (Present | CodeOrData | Executable | ExpandDown | ReadWrite)) == (Present | CodeOrData | ReadWrite);
}

/// <summary>GDTR or IDTR.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct DescriptorTable
{
    /// <summary>The linear base address.</summary>
    public ulong Base;

    /// <summary>The last valid offset.</summary>
    public ushort Limit;
}
