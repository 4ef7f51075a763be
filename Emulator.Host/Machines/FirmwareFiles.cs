using System.Buffers.Binary;
using System.Text;
using Emulator.Core.Machine;
using Emulator.Devices.Acpi;
using Emulator.Devices.Firmware;
using Emulator.Host.Boot;
using Emulator.Host.Cli;

namespace Emulator.Host.Machines;

/// <summary>
/// What firmware that was made for QEMU (SeaBIOS, OVMF, U-Boot) reads from <c>fw_cfg</c> and CMOS: processors, memory map, boot order, ACPI and
/// SMBIOS tables, and the kernel that it is to start.
/// </summary>
internal sealed class FirmwareFiles(PcMachine pc, MachineOptions options, BootSource source)
{
    private const string DefaultOrder = "cad";
    private const int MaximumBootDevices = 3;

    // One byte for each of S0 to S5: bit 7 says that there is such a state, the rest is its SLP_TYP. S3 and S4 are not there.
    private static ReadOnlySpan<byte> SleepStates => [0x80, 0, 0, 1, 2, 0x80];

    private readonly FwCfg _files = pc.Legacy.FwCfg;
    private readonly List<ReadOnlyMemory<byte>> _optionRoms = [];
    private bool _startedOnce;

    /// <summary>The option ROMs that belong to no device; that of the kernel, if there is one, is the last.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> OptionRoms => _optionRoms;

    private bool StartsKernel => source is { StartsFirmware: true, Kernel: not null };

    /// <summary>Adds everything; the machine is complete.</summary>
    public void Add()
    {
        AddProcessors();
        AddMemory();
        AddBoot();
        _files.AddItem(FwCfgKey.Uuid, SmbiosSyntax.UuidBytes(options.Smbios.SystemId));
        _files.AddUInt16(FwCfgKey.NoGraphic, (ushort)(options.IsNographic ? 1 : 0));
        _files.AddItem(FwCfgKey.Irq0Override, new byte[] { 1 });
        _files.AddLater(AddTables);
        foreach (var path in options.OptionRoms)
        {
            var rom = InputFile.Read("-option-rom", path, "give the path of an option ROM", PciLimits.LargestRom);
            _files.AddFile($"genroms/{Path.GetFileName(path)}", rom);
            _optionRoms.Add(rom);
        }

        if (StartsKernel)
        {
            _optionRoms.Add(FirmwareKernel.AddTo(
                _files, options, () => source.ToRequest(pc.Layout, 0), pc.Machine.Memory,
                reason => pc.Machine.End(new MachineEnd(ExitStatus.Usage, reason.Message))));
        }

        foreach (var entry in options.FirmwareEntries)
        {
            _files.AddFile(entry.Name, entry.Content.AsMemory());
        }
    }

    /// <summary>Tells CMOS the boot order of this boot: what <c>once=</c> says the first time, what <c>order=</c> says later.</summary>
    public void SetBootOrder()
    {
        var order = (!_startedOnce ? options.Boot.Once : null) ?? options.Boot.Order ?? DefaultOrder;
        _startedOnce = true;
        Span<byte> devices = stackalloc byte[MaximumBootDevices];
        devices.Clear();
        for (var i = 0; i < Math.Min(order.Length, MaximumBootDevices); i++)
        {
            devices[i] = order[i] switch
            {
                'a' or 'b' => 1,
                'c' => 2,
                'd' => 3,
                _ => 4,
            };
        }

        pc.Legacy.Rtc.DescribeBootOrder(devices);
    }

    // Keys 0x05 and 0x0f count processors; the second is the first APIC ID that no processor has.
    private void AddProcessors()
    {
        var limit = pc.ApicIds[^1] + 1;
        _files.AddUInt16(FwCfgKey.Processors, (ushort)options.Smp.Count);
        _files.AddUInt16(FwCfgKey.MaximumProcessors, (ushort)limit);

        // The count of nodes, then a node for each APIC ID, then the nodes' sizes: there are none.
        _files.AddItem(FwCfgKey.Numa, new byte[8 * (1 + (int)limit)]);
    }

    private void AddMemory()
    {
        _files.AddItem(FwCfgKey.RamSize, BitConverter.GetBytes(options.MemoryBytes));
        var ranges = new List<E820Range> { new(0, pc.Layout.Below4G, E820Type.Usable) };
        if (pc.Layout.SizeAbove4G > 0)
        {
            ranges.Add(new(RamLayout.Above4G, pc.Layout.SizeAbove4G, E820Type.Usable));
        }

        const int EntryLength = 20;
        var map = new byte[EntryLength * ranges.Count];
        for (var i = 0; i < ranges.Count; i++)
        {
            var entry = map.AsSpan(i * EntryLength, EntryLength);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, ranges[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], ranges[i].Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], (uint)ranges[i].Type);
        }

        _files.AddFile("etc/e820", map);
    }

    private void AddBoot()
    {
        var boot = options.Boot;
        _files.AddUInt16(FwCfgKey.BootDevice, (ushort)(boot.Order ?? DefaultOrder).FirstOrDefault('c'));
        _files.AddUInt16(FwCfgKey.BootMenu, (ushort)(boot.Menu ? 1 : 0));
        if (boot.SplashTime is { } splash)
        {
            _files.AddFile("etc/boot-menu-wait", BitConverter.GetBytes((ushort)splash));
        }

        _files.AddFile("etc/boot-fail-wait", BitConverter.GetBytes(boot.RebootTimeout ?? -1));
        string[] order = [.. StartsKernel ? [FirmwareKernel.BootOrderEntry] : Array.Empty<string>(), .. pc.Storage.BootIndexes.Paths, .. boot.Strict ? ["HALT"] : Array.Empty<string>()];
        if (order.Length > 0)
        {
            _files.AddFile("bootorder", Encoding.ASCII.GetBytes(string.Join('\n', order) + "\0"));
        }

        _files.AddFile("etc/system-states", SleepStates.ToArray());
    }

    private void AddTables()
    {
        if (pc.Acpi is not null)
        {
            AddAcpi();
        }

        AddSmbios();
    }

    // The tables say how the chips are programmed at the time when firmware reads them: built once for the three files, anew when one is read again.
    private void AddAcpi()
    {
        AcpiBlobs? built = null;
        var given = new HashSet<string>(StringComparer.Ordinal);
        Add(AcpiLoader.RootPointerFile, blobs => blobs.RootPointer);
        Add(AcpiLoader.TablesFile, blobs => blobs.Tables);
        Add(AcpiLoader.ScriptFile, blobs => blobs.Script);

        void Add(string name, Func<AcpiBlobs, byte[]> part) => _files.AddComputedFile(name, () =>
        {
            if (built is null || !given.Add(name))
            {
                built = AcpiLoader.Build(pc.DescribeToAcpi(PciLimits.WindowStart(pc.Layout)));
                given.Clear();
                given.Add(name);
            }

            return part(built);
        });
    }

    private void AddSmbios()
    {
        var tables = SmbiosTables.Build(pc.DescribeToSmbios(0));
        _files.AddFile("etc/smbios/smbios-anchor", tables[0].Bytes);
        _files.AddFile("etc/smbios/smbios-tables", tables[1].Bytes);
    }
}
