using Emulator.Core.Memory;

namespace Emulator.Host.Boot;

/// <summary>
/// The interrupt vectors of a machine that was started without firmware. A kernel that goes back to real mode to ask a BIOS (Xen's
/// trampoline asks for the memory map, disks and video) gets the answer of a BIOS without the function (IBM PC/AT Technical Reference,
/// BIOS: carry set, AH 86h) and goes on without; the equipment and memory-size services answer from the BIOS data area.
/// </summary>
internal static class RealModeVectors
{
    /// <summary>The dummy handler's place in every compatible BIOS: a lone IRET.</summary>
    public const ushort DummyHandler = 0xff53;

    private const ushort BiosSegment = (ushort)(RamLayout.BiosStart >> 4);
    private const ushort Services = 0xfe00;
    private const int FirstService = 0x10;
    private const int LastService = 0x1a;
    private const int Equipment = 0x11;
    private const int MemorySize = 0x12;

    // push bp; mov bp, sp; or byte [bp+6], 1; pop bp; mov ah, 86h; iret
    private static ReadOnlySpan<byte> Unsupported => [0x55, 0x89, 0xe5, 0x80, 0x4e, 0x06, 0x01, 0x5d, 0xb4, 0x86, 0xcf];

    // push ds; push 40h; pop ds; mov ax, [10h]; pop ds; iret
    private static ReadOnlySpan<byte> EquipmentService => [0x1e, 0x6a, 0x40, 0x1f, 0xa1, 0x10, 0x00, 0x1f, 0xcf];

    // The same with [13h].
    private static ReadOnlySpan<byte> MemorySizeService => [0x1e, 0x6a, 0x40, 0x1f, 0xa1, 0x13, 0x00, 0x1f, 0xcf];

    /// <summary>Writes the vectors at 0 and their handlers at the end of the BIOS area, which must be RAM.</summary>
    public static void Write(MemoryMap memory)
    {
        const ushort EquipmentAt = Services + 0x10;
        const ushort MemorySizeAt = Services + 0x20;
        memory.Write(RamLayout.BiosStart + DummyHandler, (byte)0xcf);
        memory.Write(RamLayout.BiosStart + Services, Unsupported);
        memory.Write(RamLayout.BiosStart + EquipmentAt, EquipmentService);
        memory.Write(RamLayout.BiosStart + MemorySizeAt, MemorySizeService);
        for (var vector = 0; vector < 256; vector++)
        {
            var handler = vector switch
            {
                Equipment => EquipmentAt,
                MemorySize => MemorySizeAt,
                >= FirstService and <= LastService => Services,
                _ => DummyHandler,
            };
            memory.Write((ulong)(vector * 4), ((uint)BiosSegment << 16) | handler);
        }
    }
}
