using System.Runtime.InteropServices;
using Emulator.Core.Machine;
using Emulator.Core.Memory;

namespace Emulator.Core.Snapshots;

/// <summary>
/// A whole machine as bytes: a header, the pages of RAM that are not zero, and a record for each processor and device. Host
/// resources (files, terminals, wires) are no part of it: the machine that loads it is built as the one that was saved.
/// </summary>
/// <remarks>
/// All numbers are little-endian. Header: the signature's eight bytes, version (4), RAM size (8), processors (4), devices (4),
/// virtual time (8). Then runs of pages: first page (8), length in bytes (4), contents; a first page of -1 ends them. Then the
/// records in the machine's order (<see cref="StateWriter.WriteRecord"/>).
/// </remarks>
public static unsafe class MachineSnapshot
{
    /// <summary>The version of the container; the records have versions of their own.</summary>
    public const int Version = 1;

    private const ulong Signature = 0x5041_4e53_4c55_4d45; // "EMULSNAP"
    private const long EndOfRam = -1;
    private const int LongestRun = 256 * GuestRam.PageSize;

    /// <summary>Writes the machine. Between two instructions on the machine's thread, or while the machine does not run.</summary>
    public static void Save(VirtualMachine machine, Stream stream)
    {
        using var writer = new StateWriter(stream);
        writer.Write(Signature);
        writer.Write(Version);
        writer.Write(machine.Ram.Size);
        writer.Write(machine.Processors.Count);
        writer.Write(machine.Devices.Count);
        writer.Write(machine.Clock.Now);
        SaveRam(machine.Ram, writer);
        foreach (var part in Parts(machine))
        {
            writer.WriteRecord(part);
        }
    }

    /// <summary>
    /// Puts the machine into the state that was saved. On the machine's thread, or while the machine does not run. What throws here
    /// leaves the machine in no state to run: reset it.
    /// </summary>
    /// <exception cref="SnapshotException">The bytes are no snapshot, are damaged, or are of another machine.</exception>
    public static void Load(VirtualMachine machine, Stream stream)
    {
        using var reader = new StateReader(stream);
        Expect("signature", Signature, reader.ReadUInt64());
        Expect("version", Version, (ulong)reader.ReadInt32());
        Expect("RAM size", (ulong)machine.Ram.Size, reader.ReadUInt64());
        Expect("number of processors", (ulong)machine.Processors.Count, (ulong)reader.ReadInt32());
        Expect("number of devices", (ulong)machine.Devices.Count, (ulong)reader.ReadInt32());
        machine.Clock.Pause();
        try
        {
            machine.Clock.Set(reader.ReadInt64());
            LoadRam(machine.Ram, reader);
            machine.Blocks.Flush();
            foreach (var part in Parts(machine))
            {
                reader.ReadRecord(part);
            }
        }
        finally
        {
            if (!machine.IsPaused)
            {
                machine.Clock.Resume();
            }
        }
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
            var bytes = reader.ReadBytes(LongestRun);
            var at = page << GuestRam.PageShift;
            if (page < next >> GuestRam.PageShift || page > ram.Size >> GuestRam.PageShift || bytes.Length > ram.Size - at || bytes.Length % GuestRam.PageSize != 0)
            {
                throw new SnapshotException($"{bytes.Length} bytes of RAM stand at page {page}, where they do not fit.");
            }

            Clear(ram, next, at);
            bytes.CopyTo(new Span<byte>(ram.Pointer + at, bytes.Length));
            MarkDirty(ram, at, bytes.Length);
            next = at + bytes.Length;
        }

        Clear(ram, next, ram.Size);
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
