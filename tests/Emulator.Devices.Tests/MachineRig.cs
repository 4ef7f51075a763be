using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Memory;
using Emulator.Core.Snapshots;
using Emulator.Core.Time;
using Emulator.Devices.Chipset;
using Emulator.Devices.Debug;
using Emulator.Devices.Serial;
using Emulator.Devices.Tests.Storage;

namespace Emulator.Devices.Tests;

/// <summary>Every legacy device on a board without a CPU, with a clock that moves when told.</summary>
internal sealed class MachineRig : ISystemControl, ISerialBackend, IMessageInterrupts, IDisposable
{
    public const long Second = VirtualClock.TicksPerSecond;
    public const long RamSize = 4 << 20;

    public MachineRig(LegacyOptions? options = null, int floppyKilobytes = 1440)
    {
        Scheduler = new EventScheduler(Clock);
        Memory = new MemoryMap(Ram);
        Memory.MapRam("ram", 0, 0, RamSize);
        Legacy = new LegacyDevices(Memory, Ports, Scheduler, this, options ?? new LegacyOptions
        {
            RtcStart = new DateTime(2024, 2, 28, 23, 59, 50, DateTimeKind.Utc),
            RamBelow4G = RamSize,
            Serial = [this, null, this],
        });
        DebugConsole = Legacy.Add(new IsaDebugConsole(Ports, Scheduler, DebugOutput));
        Legacy.Add(new IsaDebugExit(Ports, ExitStatuses.Add));
        TestDevice = Legacy.Add(new PcTestDevice(Ports, Memory, Legacy.Router, FlushedPages.Add));
        PciTest = Legacy.Add(new PciTestDevice(Legacy.Pci, 3 << 3));
        Storage = new RigStorage(this, floppyKilobytes);
        Legacy.FwCfg.AddFile("etc/test", "contents"u8.ToArray());
        Legacy.FwCfg.AddWritableFile("etc/writable", WritableFile, () => FileWrites++);
        Legacy.Reset();
    }

    public ManualClock Clock { get; } = new();

    public EventScheduler Scheduler { get; }

    public GuestRam Ram { get; } = new(RamSize);

    public MemoryMap Memory { get; }

    public IoPortBus Ports { get; } = new();

    public LegacyDevices Legacy { get; }

    public IsaDebugConsole DebugConsole { get; }

    public PcTestDevice TestDevice { get; }

    public PciTestDevice PciTest { get; }

    public RigStorage Storage { get; }

    private unsafe Span<byte> RamBytes => new(Ram.Pointer, (int)RamSize);

    public List<(ulong Address, uint Data)> Messages { get; } = [];

    public OutputLog DebugOutput { get; } = new();

    public List<int> ExitStatuses { get; } = [];

    public List<ulong> FlushedPages { get; } = [];

    public byte[] WritableFile { get; } = new byte[64];

    public int FileWrites { get; private set; }

    public int Resets { get; private set; }

    public bool A20 { get; private set; } = true;

    public List<byte> SerialOutput { get; } = [];

    public int Transmissions { get; private set; }

    public string SerialText => string.Concat(SerialOutput.Select(b => (char)b));

    public void RequestReset() => Resets++;

    public void Deliver(ulong address, uint data) => Messages.Add((address, data));

    public void SetA20(bool enabled) => A20 = enabled;

    public void Transmit(ReadOnlySpan<byte> bytes)
    {
        Transmissions++;
        SerialOutput.AddRange(bytes);
    }

    public byte In(int port) => (byte)Ports.Read((ushort)port, 1);

    public void Out(int port, int value) => Ports.Write((ushort)port, 1, (uint)value);

    public uint In32(int port) => Ports.Read((ushort)port, 4);

    public void Out32(int port, uint value) => Ports.Write((ushort)port, 4, value);

    public void Out16(int port, uint value) => Ports.Write((ushort)port, 2, value);

    public uint ReadPci(int devfn, int offset, int size = 4)
    {
        Out32(0xcf8, 0x80000000 | ((uint)devfn << 8) | (uint)(offset & 0xfc));
        return Ports.Read((ushort)(0xcfc + (offset & 3)), size);
    }

    public void WritePci(int devfn, int offset, int size, uint value)
    {
        Out32(0xcf8, 0x80000000 | ((uint)devfn << 8) | (uint)(offset & 0xfc));
        Ports.Write((ushort)(0xcfc + (offset & 3)), size, value);
    }

    /// <summary>Lets time pass, running events at their due times.</summary>
    public void Advance(long nanoseconds)
    {
        var end = Clock.Now + nanoseconds;
        while (Scheduler.NextDue <= end)
        {
            Clock.Set(Math.Max(Clock.Now, Scheduler.NextDue));
            Scheduler.RunDue();
        }

        Clock.Set(end);
        Scheduler.RunDue();
    }

    /// <summary>Initialises both 8259A as the PC does: vectors 0x20 and 0x28, everything unmasked.</summary>
    public void InitialisePics(int icw4 = 0x01)
    {
        Out(0x20, 0x11);
        Out(0x21, 0x20);
        Out(0x21, 0x04);
        Out(0x21, icw4);
        Out(0xa0, 0x11);
        Out(0xa1, 0x28);
        Out(0xa1, 0x02);
        Out(0xa1, icw4);
    }

    public static byte[] Save(IDevice device)
    {
        using var stream = new MemoryStream();
        using (var writer = new StateWriter(stream))
        {
            writer.WriteRecord(device);
        }

        return stream.ToArray();
    }

    public static void Load(IDevice device, byte[] state)
    {
        using var stream = new MemoryStream(state);
        using var reader = new StateReader(stream);
        reader.ReadRecord(device);
    }

    /// <summary>The state of every device, of memory and of the media, when the backends have nothing to do.</summary>
    public RigSnapshot Snapshot()
    {
        Scheduler.RunDue();
        Assert.All(Storage.Media, medium => Assert.Equal(0, medium.Pending));
        var ram = new byte[RamSize];
        RamBytes.CopyTo(ram);
        return new RigSnapshot(Clock.Now, ram, [.. Legacy.All.Select(Save)], [.. Storage.Media.Select(medium => (byte[])medium.Contents.Clone())]);
    }

    /// <summary>Takes a snapshot's state.</summary>
    public void Restore(RigSnapshot snapshot)
    {
        Scheduler.RunDue();
        Clock.Set(snapshot.Now);
        snapshot.Ram.CopyTo(RamBytes);
        for (var i = 0; i < snapshot.Devices.Count; i++)
        {
            Load(Legacy.All[i], snapshot.Devices[i]);
        }

        for (var i = 0; i < snapshot.Media.Count; i++)
        {
            snapshot.Media[i].CopyTo(Storage.Media[i].Contents, 0);
        }
    }

    public void Dispose() => Ram.Dispose();

    internal sealed class OutputLog : ISerialBackend
    {
        public List<byte> Bytes { get; } = [];

        public void Transmit(ReadOnlySpan<byte> bytes) => Bytes.AddRange(bytes);
    }
}

/// <summary>All of a rig's state.</summary>
internal sealed record RigSnapshot(long Now, byte[] Ram, IReadOnlyList<byte[]> Devices, IReadOnlyList<byte[]> Media);
