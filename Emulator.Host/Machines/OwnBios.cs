using Emulator.Devices.Acpi;
using Emulator.Host.Bios;
using Emulator.Host.Bios.Board;
using Emulator.Host.Boot;
using Emulator.Host.Cli;

namespace Emulator.Host.Machines;

/// <summary>Joins the project's own BIOS to a machine <c>pc</c>.</summary>
internal static class OwnBios
{
    private const ulong ReservedTop = 0x1_0000;
    private const long LeastForTables = 2L << 20;
    private const ulong MpPointer = RamLayout.BiosStart + 0x1000;
    private const ulong SmbiosTablesAt = RamLayout.BiosStart + 0x4000;
    private const ulong RoutingTable = RamLayout.BiosStart + 0x3000;
    private const ulong AcpiTablesBelow1M = RamLayout.BiosStart + 0x5000;

    /// <summary>Adds it.</summary>
    /// <param name="pc">The machine.</param>
    /// <param name="options">What it was asked for.</param>
    /// <param name="roms">Option ROMs that belong to no device; the last starts the kernel, if there is one.</param>
    public static void Add(PcMachine pc, MachineOptions options, IReadOnlyList<ReadOnlyMemory<byte>> roms)
    {
        var split = options.Machine.Type == "q35" ? RamSplit.Q35 : RamSplit.I440Fx;
        var ram = new RamLayout(options.MemoryBytes, split, options.MemoryBytes >= LeastForTables ? ReservedTop : 0);
        var legacy = pc.Legacy;
        _ = new BiosFirmware(
            new BiosBoard
            {
                Memory = pc.Machine.Memory,
                Ports = pc.Machine.Ports,
                Pci = legacy.Pci,
                Ram = ram,
                Drives = () => pc.Storage.BootIndexes.Sort(pc.Storage.Devices),
                PrepareChipset = pc.SetUpChipset,
                PlaceTables = () => PlaceTables(pc, ram),
                Reset = () => pc.Machine.RequestReset("by the keyboard"),
                PowerOff = () => pc.Machine.RequestPowerOff(ExitStatus.Success),
                OptionRoms = roms,
                Boot = new BiosBootOptions
                {
                    StartsKernel = options.Kernel is not null,
                    Order = CompleteOrder(options.Boot),
                    Once = options.Boot.Once,
                    Menu = options.Boot.Menu,
                    First = pc.Storage.BootIndexes.Drives,
                },
            },
            () => pc.Machine.Current);
    }

    private static void PlaceTables(PcMachine pc, RamLayout ram)
    {
        var memory = pc.Machine.Memory;
        IReadOnlyList<PlacedTable> acpi = [];
        if (pc.Acpi is not null)
        {
            pc.Acpi.EnterAcpiMode();
            acpi = AcpiTables.Build(pc.DescribeToAcpi(PciLimits.WindowStart(pc.Layout)) with
            {
                TablesAddress = ram.ReservedTop > 0 ? ram.UsableEnd : AcpiTablesBelow1M,
            });
        }

        var mp = MpTables.Build(new MpOptions { ApicIds = pc.ApicIds, PointerAddress = MpPointer });
        foreach (var table in acpi.Concat(mp).Concat(SmbiosTables.Build(pc.DescribeToSmbios(SmbiosTablesAt))))
        {
            memory.Write(table.Address, table.Bytes);
        }

        memory.Write(RoutingTable, PciRoutingTable.Build(pc.Legacy));

        // What follows is read from RAM and written nowhere.
        pc.Legacy.HostBridge.ProtectFirmware();
    }

    // What -boot names comes first; what it does not name is tried after it, unless that is not wanted.
    private static string CompleteOrder(BootChoice choice)
    {
        const string Usual = "cadn";
        var order = choice.Order ?? Usual;
        return choice.Strict ? order : order + string.Concat(Usual.Where(letter => !order.Contains(letter, StringComparison.Ordinal)));
    }
}
