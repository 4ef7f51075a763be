using Emulator.Core.Time;
using Emulator.Host.Cli;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Images;

/// <summary>A drive of the command line with its contents.</summary>
/// <param name="Choice">What was asked for, with its place.</param>
/// <param name="Backend">What is in it; null when it is empty.</param>
public sealed record OpenDrive(DriveChoice Choice, ImageBackend? Backend);

/// <summary>
/// The drives of a machine with their images open, for whoever wires controllers: each drive is found by its place or by its id. It
/// owns every backend that it made, those of later media too.
/// </summary>
public sealed class DriveSet : IDisposable
{
    private const long LargestFloppy = 2880L << 10;
    private const long LargestFlash = 64L << 20;

    private readonly EventScheduler _scheduler;
    private readonly Action<string> _report;
    private readonly ImageOpener _opener;
    private readonly List<ImageBackend> _owned = [];

    private DriveSet(EventScheduler scheduler, Action<string> report)
    {
        _scheduler = scheduler;
        _report = report;
        _opener = new ImageOpener(report);
    }

    /// <summary>Called on the machine's thread when a failure of a drive has to stop the machine.</summary>
    public Action<DriveChoice, StoppingFailure>? Stopping { get; set; }

    /// <summary>The drives in the order of their places.</summary>
    public IReadOnlyList<OpenDrive> All { get; private set; } = [];

    /// <summary>Opens every image.</summary>
    /// <param name="choices">The drives.</param>
    /// <param name="scheduler">The machine's events, where requests complete.</param>
    /// <param name="report">Gets warnings and the host's failures, a line each; on any thread.</param>
    public static DriveSet Open(IEnumerable<DriveChoice> choices, EventScheduler scheduler, Action<string> report)
    {
        var set = new DriveSet(scheduler, report);
        try
        {
            set.All = [.. choices.Select(choice => new OpenDrive(choice, choice.File is null ? null : set.OpenMedium(choice)))];
            return set;
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>The drive at a place; null when nothing is there.</summary>
    public OpenDrive? Find(DriveInterface on, int bus, int unit)
        => All.FirstOrDefault(drive => drive.Choice.Interface == on && drive.Choice.Bus == bus && drive.Choice.Unit == unit);

    /// <summary>The drive of a name; null when there is none.</summary>
    public OpenDrive? Find(string id) => All.FirstOrDefault(drive => drive.Choice.Id == id);

    /// <summary>Opens what is put into a drive, now or later (<paramref name="choice"/> then has the new file).</summary>
    /// <exception cref="ImageException">It cannot be used in such a drive.</exception>
    public ImageBackend OpenMedium(DriveChoice choice)
    {
        IDiskImage? image = null;
        try
        {
            image = OpenImage(choice);
            CheckSize(choice, image.Length);
            var policy = new BackendPolicy(choice.IsSnapshot ? DriveCache.Unsafe : choice.Cache, choice.Unmap, choice.ReadError, choice.WriteError);
            var backend = new ImageBackend(image, policy, _scheduler, _report) { Stopping = failure => Stopping?.Invoke(choice, failure) };
            _owned.Add(backend);
            return backend;
        }
        catch
        {
            image?.Dispose();
            throw;
        }
    }

    /// <summary>Ends with a medium that was taken out: what it still has to write is written.</summary>
    public void CloseMedium(ImageBackend backend)
    {
        _owned.Remove(backend);
        backend.Dispose();
    }

    /// <summary>Tries again what failures have kept.</summary>
    public void Retry() => _owned.ForEach(backend => backend.Retry());

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var backend in _owned)
        {
            backend.Dispose();
        }

        _owned.Clear();
    }

    private IDiskImage OpenImage(DriveChoice choice)
    {
        var locking = choice.IsLocked ? ImageAccess.Read : ImageAccess.Unlocked;
        var image = _opener.Open(choice.File!, choice.Format, locking | (choice.IsReadOnly || choice.IsSnapshot ? ImageAccess.Read : ImageAccess.Write));
        return choice.IsSnapshot ? Qcow2Image.CreateTemporary(image) : image;
    }

    private static void CheckSize(DriveChoice choice, long length)
    {
        var problem = (choice.Interface, length) switch
        {
            (DriveInterface.Floppy, 0) => "an empty file is no floppy disk",
            (DriveInterface.Floppy, > LargestFloppy) => $"{Quantity.Format(length)} are more than the 2880 KiB of the largest floppy disk",
            (DriveInterface.Floppy, _) when length % 512 != 0 => $"{length} bytes are no whole number of sectors of 512",
            (DriveInterface.Pflash, _) when length is 0 or > LargestFlash || length % 4096 != 0 => $"a flash of {length} bytes",
            (_, 0) when choice.IsCdRom => "an empty file is no CD-ROM",
            (_, 0) => "an empty file is no disk",
            _ => null,
        };
        if (problem is not null)
        {
            throw new ImageException(choice.File!, problem, choice.Interface switch
            {
                DriveInterface.Floppy => "give an image of 160 to 2880 KiB",
                DriveInterface.Pflash => "give an image of up to 64 MiB, a multiple of 4 KiB",
                _ => choice.IsCdRom ? "give an ISO image" : "make one: emulator img create -f qcow2 FILE 10G",
            });
        }
    }
}
