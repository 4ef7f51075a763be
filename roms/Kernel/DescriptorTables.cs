using System.Buffers.Binary;

namespace Emulator.Roms.Kernel;

/// <summary>The GDT, the TSS and the IDT, built as data of the image (SDM Vol. 3A, 3.4.5, 7.2.3, 8.7).</summary>
internal static class DescriptorTables
{
    /// <summary>Selectors. SYSRET finds the user's at fixed distances from <see cref="SysretBase"/>: +8 stack, +16 64-bit code.</summary>
    public const ushort KernelCode = 0x08;
    public const ushort KernelData = 0x10;
    public const ushort SysretBase = 0x18 | 3;
    public const ushort UserData = 0x20 | 3;
    public const ushort UserCode = 0x28 | 3;
    public const ushort TaskState = 0x30;

    private const int GdtSize = 0x40;
    private const int TssSize = 0x68;
    private const uint Tss = Layout.Descriptors + 0x80;

    /// <summary>Operands of LGDT and LIDT: limit, then base. The first is for 32-bit code at physical addresses.</summary>
    public const uint BootGdtPointer = Layout.Descriptors + 0x100;
    private const uint GdtPointer = Layout.Descriptors + 0x110;
    private const uint IdtPointer = Layout.Descriptors + 0x120;

    public const long KernelGdtPointer = Layout.KernelBase + GdtPointer;
    public const long KernelIdtPointer = Layout.KernelBase + IdtPointer;

    /// <summary>RSP0: the stack that an interrupt from user mode starts on.</summary>
    public const long TssRsp0 = Layout.KernelBase + Tss + 4;

    // Access bits are set from the start, so that loading a segment never writes here.
    private const ulong Code64Ring0 = 0x00af_9b00_0000_ffff;
    private const ulong DataRing0 = 0x00cf_9300_0000_ffff;
    private const ulong Code32Ring3 = 0x00cf_fb00_0000_ffff;
    private const ulong DataRing3 = 0x00cf_f300_0000_ffff;
    private const ulong Code64Ring3 = 0x00af_fb00_0000_ffff;
    private const ulong TssAvailable = 0x0000_8900_0000_0000;

    private const byte InterruptGate = 0x8e; // present, DPL 0: interrupts are off in the handler

    /// <summary>The GDT, the TSS and the three pseudo-descriptors, from <see cref="Layout.Descriptors"/> on.</summary>
    public static byte[] BuildDescriptors()
    {
        var tss = (ulong)Layout.Kernel(Tss);
        ulong[] gdt =
        [
            0, Code64Ring0, DataRing0, Code32Ring3, DataRing3, Code64Ring3,
            TssAvailable | (TssSize - 1) | ((tss & 0xff_ffff) << 16) | ((tss >> 24 & 0xff) << 56), tss >> 32,
        ];
        var page = new byte[0x130];
        for (var i = 0; i < gdt.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(i * 8), gdt[i]);
        }

        // No I/O permission bitmap: its offset lies beyond the limit.
        BinaryPrimitives.WriteUInt16LittleEndian(page.AsSpan((int)(Tss - Layout.Descriptors) + 0x66), TssSize);
        WritePointer(page, BootGdtPointer, GdtSize, Layout.Descriptors);
        WritePointer(page, GdtPointer, GdtSize, (ulong)Layout.Kernel(Layout.Descriptors));
        WritePointer(page, IdtPointer, (int)Layout.PageSize, (ulong)Layout.Kernel(Layout.InterruptTable));
        return page;
    }

    /// <summary>The IDT; a vector without a handler has an absent gate.</summary>
    public static byte[] BuildIdt(KernelCode code)
    {
        var table = new byte[Layout.PageSize];
        for (var vector = 0; vector < code.Vectors.Length; vector++)
        {
            if (code.Vectors[vector].IsEmpty)
            {
                continue;
            }

            var handler = code.AddressOf(code.Vectors[vector]);
            var gate = table.AsSpan(vector * 16);
            BinaryPrimitives.WriteUInt16LittleEndian(gate, (ushort)handler);
            BinaryPrimitives.WriteUInt16LittleEndian(gate[2..], KernelCode);
            gate[5] = InterruptGate;
            BinaryPrimitives.WriteUInt16LittleEndian(gate[6..], (ushort)(handler >> 16));
            BinaryPrimitives.WriteUInt32LittleEndian(gate[8..], (uint)(handler >> 32));
        }

        return table;
    }

    private static void WritePointer(byte[] page, uint at, int size, ulong address)
    {
        var pointer = page.AsSpan((int)(at - Layout.Descriptors));
        BinaryPrimitives.WriteUInt16LittleEndian(pointer, (ushort)(size - 1));
        BinaryPrimitives.WriteUInt64LittleEndian(pointer[2..], address);
    }
}
