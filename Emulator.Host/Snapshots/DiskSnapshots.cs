using System.Globalization;
using Emulator.Core.Snapshots;
using Emulator.Host.Cli;
using Emulator.Host.Images;
using Emulator.Host.Images.Commands;
using Emulator.Host.Images.Qcow2;
using Emulator.Host.Machines;

namespace Emulator.Host.Snapshots;

/// <summary>
/// Snapshots of a machine inside its disks (<c>savevm</c>, <c>loadvm</c>, <c>delvm</c>): every writable disk keeps its contents of one
/// instant under one name, and the first one keeps the machine's state. On the machine's thread.
/// </summary>
internal sealed class DiskSnapshots(PcMachine pc)
{
    private const string MendDisk = "give it as qcow2 (emulator img convert -O qcow2), with readonly=on or with snapshot=on";

    /// <summary>Keeps machine and disks under a name, in place of what had that name.</summary>
    public void Save(string name)
    {
        var disks = Disks($"savevm {name}");
        StateFiles.Drain(pc);
        long length;
        using (var stream = VmStateStream.ToWrite(disks[0].Backend))
        {
            MachineState.Write(pc, stream);
            stream.Flush();
            length = stream.Length;
        }

        var made = new List<(ImageBackend Backend, ImageSnapshot Snapshot)>();
        try
        {
            var now = DateTimeOffset.UtcNow;
            foreach (var (_, backend) in disks)
            {
                var stateLength = made.Count == 0 ? length : 0;
                With(backend, image => made.Add((backend, image.CreateSnapshot(name, now, (ulong)pc.Machine.Clock.Now, stateLength))));
            }
        }
        catch (ImageException)
        {
            made.ForEach(done => With(done.Backend, image => image.DeleteSnapshot(done.Snapshot)));
            throw;
        }

        With(disks[0].Backend, image => image.DiscardVmState());
        foreach (var (backend, snapshot) in made)
        {
            Delete(backend, name, but: snapshot.Id);
        }
    }

    /// <summary>Puts machine and disks back to what has a name.</summary>
    public void Load(string name)
    {
        var subject = $"loadvm {name}";
        var disks = Disks(subject);
        StateFiles.Drain(pc);
        var found = disks.ConvertAll(disk => (disk.Backend, Snapshot: Find(disk.Backend, name)
            ?? throw new UserErrorException(subject, $"the disk '{disk.Id}' has no such snapshot", "info snapshots lists those that all disks have")));
        foreach (var (backend, snapshot) in found)
        {
            if (snapshot.DiskSize != backend.Image.Length)
            {
                throw new UserErrorException(subject, $"{backend.Image.Path} had another size then", "use emulator img snapshot -a");
            }
        }

        var (keeper, kept) = found.Find(disk => disk.Snapshot.VmStateSize > 0);
        if (keeper is null)
        {
            throw new UserErrorException(subject, "it is a snapshot of disks alone, without a machine's state", "use emulator img snapshot -a while no machine runs");
        }

        try
        {
            using var stream = VmStateStream.ToRead(keeper, kept);
            MachineState.Read(pc, stream);
        }
        catch (SnapshotException error)
        {
            throw new UserErrorException(subject, error.Message, "start the machine with the options that it was saved with");
        }

        foreach (var (backend, snapshot) in found)
        {
            With(backend, image => image.ApplySnapshot(snapshot));
        }

        With(keeper, image => image.DiscardVmState());
    }

    /// <summary>Forgets what has a name.</summary>
    public void Delete(string name)
    {
        var disks = Disks($"delvm {name}");
        StateFiles.Drain(pc);
        if (!disks.Exists(disk => Find(disk.Backend, name) is not null))
        {
            throw new UserErrorException($"delvm {name}", "there is no such snapshot", "info snapshots lists them");
        }

        disks.ForEach(disk => Delete(disk.Backend, name, but: null));
    }

    /// <summary>The snapshots that can be loaded, as QEMU shows them.</summary>
    public string Describe()
    {
        var disks = Writable().Where(disk => disk.Backend.Image is Qcow2Image).ToList();
        var lists = disks.ConvertAll(disk => List(disk.Backend));
        var common = lists.SelectMany(list => list)
            .Where(snapshot => snapshot.VmStateSize > 0 && lists.TrueForAll(list => list.Exists(other => other.Name == snapshot.Name)))
            .Select(snapshot => snapshot with { Id = "--" })
            .ToList();
        return common.Count == 0 ? "There is no snapshot available.\n" : "List of snapshots present on all disks:\n" + ImageInfo.Table(common);
    }

    /// <summary>A name for a snapshot that was given none.</summary>
    public static string NameOfNow() => "vm-" + DateTime.Now.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);

    private static List<ImageSnapshot> List(ImageBackend backend)
    {
        var list = new List<ImageSnapshot>();
        With(backend, image => list.AddRange(image.SnapshotList));
        return list;
    }

    private static ImageSnapshot? Find(ImageBackend backend, string name) => List(backend).Find(snapshot => snapshot.Name == name);

    private static void Delete(ImageBackend backend, string name, string? but)
    {
        foreach (var snapshot in List(backend).Where(snapshot => snapshot.Name == name && snapshot.Id != but))
        {
            // Forgetting one may move the tables of the others.
            With(backend, image => image.DeleteSnapshot(image.SnapshotList.First(other => other.Id == snapshot.Id)));
        }
    }

    private static void With(ImageBackend backend, Action<Qcow2Image> work) => backend.Exclusively(image => work((Qcow2Image)image));

    private IEnumerable<(string Id, ImageBackend Backend)> Writable()
        => pc.Storage.Drives.Where(drive => drive.Drive.Medium is ImageBackend { IsReadOnly: false }).Select(drive => (drive.Choice.Id, (ImageBackend)drive.Drive.Medium!));

    private List<(string Id, ImageBackend Backend)> Disks(string subject)
    {
        var disks = Writable().ToList();
        return disks.Find(disk => disk.Backend.Image is not Qcow2Image) is { Backend: not null } other
            ? throw new UserErrorException(subject, $"the disk '{other.Id}' can be written and is {other.Backend.Image.Format}, which has no snapshots", MendDisk)
            : disks.Count > 0 ? disks
            : throw new UserErrorException(subject, "the machine has no writable qcow2 disk to keep snapshots in", "use migrate file:PATH and -incoming file:PATH");
    }
}
