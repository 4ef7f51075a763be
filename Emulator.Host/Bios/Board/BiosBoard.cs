using Emulator.Core.Bus;
using Emulator.Core.Memory;
using Emulator.Devices;
using Emulator.Devices.Pci;
using Emulator.Devices.Storage;
using Emulator.Host.Boot;

namespace Emulator.Host.Bios.Board;

/// <summary>The machine as its BIOS knows it.</summary>
internal sealed record BiosBoard
{
    /// <summary>Physical memory.</summary>
    public required MemoryMap Memory { get; init; }

    /// <summary>The ports.</summary>
    public required IoPortBus Ports { get; init; }

    /// <summary>PCI.</summary>
    public required PciBus Pci { get; init; }

    /// <summary>Where RAM lies, and the map that the guest is told.</summary>
    public required RamLayout Ram { get; init; }

    /// <summary>The drives, in the order of their controllers.</summary>
    public required Func<IReadOnlyList<IDrive>> Drives { get; init; }

    /// <summary>Gives PCI functions their resources and opens memory at C0000h-FFFFFh for the ROM's copy.</summary>
    public required Action PrepareChipset { get; init; }

    /// <summary>Writes the tables that operating systems look for.</summary>
    public required Action PlaceTables { get; init; }

    /// <summary>Resets the machine.</summary>
    public required Action Reset { get; init; }

    /// <summary>Turns the machine off.</summary>
    public required Action PowerOff { get; init; }

    /// <summary>Option ROMs that belong to no device.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> OptionRoms { get; init; } = [];

    /// <summary>What to boot and how.</summary>
    public required BiosBootOptions Boot { get; init; }

    /// <summary>Reads a register of the real-time clock.</summary>
    public byte ReadCmos(int index)
    {
        Ports.Write(PcPlatform.RtcPort, 1, (uint)index);
        return (byte)Ports.Read(PcPlatform.RtcPort + 1, 1);
    }

    /// <summary>Writes a register of the real-time clock.</summary>
    public void WriteCmos(int index, byte value)
    {
        Ports.Write(PcPlatform.RtcPort, 1, (uint)index);
        Ports.Write(PcPlatform.RtcPort + 1, 1, value);
    }
}

/// <summary>What the BIOS starts.</summary>
internal sealed record BiosBootOptions
{
    /// <summary>The order, as QEMU's <c>-boot order=</c>: a floppy, c hard disk, d CD-ROM, n network.</summary>
    public string Order { get; init; } = "cad";

    /// <summary>The order of the first start alone (<c>once=</c>).</summary>
    public string? Once { get; init; }

    /// <summary>Whether F12 opens a menu.</summary>
    public bool Menu { get; init; }

    /// <summary>Drives that go before the order.</summary>
    public IReadOnlyList<IDrive> First { get; init; } = [];

    /// <summary>Whether the last of <see cref="BiosBoard.OptionRoms"/> starts a kernel, which goes before every drive.</summary>
    public bool StartsKernel { get; init; }
}
