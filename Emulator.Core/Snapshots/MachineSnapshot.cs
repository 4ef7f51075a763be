using System.Runtime.InteropServices;
using Emulator.Core.Machine;
using Emulator.Core.Memory;

namespace Emulator.Core.Snapshots;

/// <summary>
/// A whole machine as bytes: a header, the events' order, a record for each processor and device, and the pages of RAM that are not
/// zero. Host resources (files, terminals, wires) are no part of it: the machine that loads it is built as the one that was saved.
/// </summary>
/// <remarks>
/// All numbers are little-endian. Header: the signature's eight bytes, version (4), RAM size (8), processors (4), devices (4),
/// virtual time (8). Then the armed events in their order: how many (4), their names. Then the records in the machine's order
/// (<see cref="StateWriter.WriteRecord"/>). Then runs of pages: first page (8), length in bytes (4), contents; a first page of -1 ends them.
/// </remarks>
public static unsafe class MachineSnapshot
{
    /// <summary>The version of the container; the records have versions of their own.</summary>
    public const int Version = 2;

    private const ulong Signature = 0x5041_4e53_4c55_4d45; // "EMULSNAP"
    private const long EndOfRam = -1;
    private const int LongestRun = 256 * GuestRam.PageSize;
    private const int MostEvents = 1 << 16;

    /// <summary>
    /// Writes the machine. Between two instructions on the machine's thread, or while the machine does not run. Its TLBs are empty afterwards,
    /// as those of the machine that loads this are, so that both go on alike.
    /// </summary>
    public static void Save(VirtualMachine machine, Stream stream)
    {
        FlushTlbs(machine);
        using var writer = new StateWriter(stream);
        writer.Write(Signature);
        writer.Write(Version);
        writer.Write(machine.Ram.Size);
        writer.Write(machine.Processors.Count);
        writer.Write(machine.Devices.Count);
        SaveParts(machine, writer);
        SaveRam(machine.Ram, writer);
    }

    /// <summary>Reads all of it and changes nothing.</summary>
    /// <exception cref="SnapshotException">The bytes are no snapshot, are damaged, or are of another machine.</exception>
    public static void Check(VirtualMachine machine, Stream stream)
    {
        using var reader = new StateReader(stream);
        ReadHeader(machine, reader);
        reader.ReadInt64();
        ReadOrder(reader);
        foreach (var part in Parts(machine))
        {
            reader.TakeRecord(part);
        }

        var run = new byte[LongestRun];
        var end = 0L;
        while (reader.ReadInt64() is var page && page != EndOfRam)
        {
            end = Place(machine.Ram, page, end) + reader.ReadBlock(run);
            CheckEnd(machine.Ram, end);
        }
    }

    /// <summary>
    /// Puts the machine into the state that was saved. On the machine's thread, or while the machine does not run. Processors and devices
    /// that do not load are put back as they were. RAM that ends too early leaves the machine in no state to run, which
    /// <see cref="Check"/> rules out beforehand.
    /// </summary>
    /// <exception cref="SnapshotException">The bytes are no snapshot, are damaged, or are of another machine.</exception>
    public static void Load(VirtualMachine machine, Stream stream)
    {
        using var reader = new StateReader(stream);
        ReadHeader(machine, reader);
        machine.Clock.Pause();
        try
        {
            LoadPartsOrNone(machine, reader);
            LoadRam(machine.Ram, reader);
        }
        finally
        {
            machine.Blocks.Flush();
            FlushTlbs(machine);
            if (!machine.IsPaused)
            {
                machine.Clock.Resume();
            }
        }
    }

    private static void FlushTlbs(VirtualMachine machine)
    {
        foreach (var processor in machine.Processors)
        {
            processor.Mmu.FlushAll();
        }
    }

    private static void ReadHeader(VirtualMachine machine, StateReader reader)
    {
        Expect("signature", Signature, reader.ReadUInt64());
        Expect("version", Version, (ulong)reader.ReadInt32());
        Expect("RAM size", (ulong)machine.Ram.Size, reader.ReadUInt64());
        Expect("number of processors", (ulong)machine.Processors.Count, (ulong)reader.ReadInt32());
        Expect("number of devices", (ulong)machine.Devices.Count, (ulong)reader.ReadInt32());
    }

    private static void SaveParts(VirtualMachine machine, StateWriter writer)
    {
        writer.Write(machine.Clock.Now);
        var order = machine.Scheduler.ArmedInOrder;
        writer.Write(order.Count);
        foreach (var name in order)
        {
            writer.Write(name);
        }

        foreach (var part in Parts(machine))
        {
            writer.WriteRecord(part);
        }
    }

    private static void LoadParts(VirtualMachine machine, StateReader reader)
    {
        machine.Clock.Set(reader.ReadInt64());
        var order = ReadOrder(reader);
        foreach (var part in Parts(machine))
        {
            reader.ReadRecord(part);
        }

        machine.Scheduler.Reorder(order);
    }

    // A record that was written by another hand may break any rule of the part that reads it.
    private static void LoadPartsOrNone(VirtualMachine machine, StateReader reader)
    {
        using var former = new MemoryStream();
        using (var writer = new StateWriter(former))
        {
            SaveParts(machine, writer);
        }

        try
        {
            LoadParts(machine, reader);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            former.Position = 0;
            using var back = new StateReader(former);
            LoadParts(machine, back);
            throw failure as SnapshotException ?? new SnapshotException($"a record has values that are not possible ({failure.Message})");
        }
    }

    private static string[] ReadOrder(StateReader reader)
    {
        var count = reader.ReadInt32();
        if (count is < 0 or > MostEvents)
        {
            throw new SnapshotException($"{count} events are not possible.");
        }

        var names = new List<string>();
        for (var i = 0; i < count; i++)
        {
            names.Add(reader.ReadString());
        }

        return [.. names];
    }

    private static IEnumerable<IStateful> Parts(VirtualMachine machine) => machine.Processors.Concat<IStateful>(machine.Devices);

    private static void Expect(string what, ulong expected, ulong found)
    {
        if (found != expected)
        {
            throw new SnapshotException($"the {what} is {found} where this machine's is {expected}.");
        }
    }

    private static void SaveRam(GuestRam ram, StateWriter writer)
    {
        for (var at = 0L; at < ram.Size;)
        {
            var length = RunAt(ram, at);
            if (length == 0)
            {
                at += GuestRam.PageSize;
                continue;
            }

            writer.Write(at >> GuestRam.PageShift);
            writer.Write(new ReadOnlySpan<byte>(ram.Pointer + at, length));
            at += length;
        }

        writer.Write(EndOfRam);
    }

    // Bytes of the pages from here on that are not zero.
    private static int RunAt(GuestRam ram, long at)
    {
        var length = 0;
        while (length < LongestRun && at + length < ram.Size && !IsZero(ram, at + length))
        {
            length += GuestRam.PageSize;
        }

        return length;
    }

    private static void LoadRam(GuestRam ram, StateReader reader)
    {
        var next = 0L;
        while (reader.ReadInt64() is var page && page != EndOfRam)
        {
            var at = Place(ram, page, next);
            Clear(ram, next, at);
            var length = reader.ReadBlock(new Span<byte>(ram.Pointer + at, (int)Math.Min(LongestRun, ram.Size - at)));
            MarkDirty(ram, at, length);
            next = at + length;
            CheckEnd(ram, next);
        }

        Clear(ram, next, ram.Size);
    }

    // Where a run begins: behind the one before it.
    private static long Place(GuestRam ram, long page, long former)
        => page >= former >> GuestRam.PageShift && page < ram.Size >> GuestRam.PageShift
            ? page << GuestRam.PageShift
            : throw new SnapshotException($"bytes of RAM stand at page {page}, where they do not fit.");

    private static void CheckEnd(GuestRam ram, long end)
    {
        if (end > ram.Size || end % GuestRam.PageSize != 0)
        {
            throw new SnapshotException($"bytes of RAM end at 0x{end:x}, where they do not fit.");
        }
    }

    // Pages that are zero already are not written, so that the host need not back them.
    private static void Clear(GuestRam ram, long from, long to)
    {
        for (var at = from; at < to; at += GuestRam.PageSize)
        {
            if (!IsZero(ram, at))
            {
                NativeMemory.Clear(ram.Pointer + at, GuestRam.PageSize);
                MarkDirty(ram, at, GuestRam.PageSize);
            }
        }
    }

    private static void MarkDirty(GuestRam ram, long at, int length)
    {
        for (var page = at; page < at + length; page += GuestRam.PageSize)
        {
            ram.Flags(page) |= RamPageFlags.Dirty;
        }
    }

    private static bool IsZero(GuestRam ram, long at) => !new ReadOnlySpan<byte>(ram.Pointer + at, GuestRam.PageSize).ContainsAnyExcept((byte)0);
}
