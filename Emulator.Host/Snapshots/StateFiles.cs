using Emulator.Core.Snapshots;
using Emulator.Host.Cli;
using Emulator.Host.Images;
using Emulator.Host.Machines;

namespace Emulator.Host.Snapshots;

/// <summary>
/// A machine's state in a file of the host's (<c>migrate file:PATH</c>, <c>-incoming file:PATH</c>), without its disks. On the machine's thread.
/// </summary>
internal static class StateFiles
{
    private const string Scheme = "file:";

    /// <summary>The path that a target names; everything but a file is refused by name.</summary>
    /// <param name="subject">The option or the command with the target.</param>
    /// <param name="target">Such as <c>file:PATH</c>.</param>
    public static string PathOf(string subject, string target)
    {
        if (target.StartsWith(Scheme, StringComparison.Ordinal) && target.Length > Scheme.Length)
        {
            return target[Scheme.Length..];
        }

        var colon = target.IndexOf(':', StringComparison.Ordinal);
        throw new UserErrorException(subject, colon < 0 ? "this is no target" : $"'{target[..colon]}:' is not supported", "write file:PATH");
    }

    /// <summary>Writes the state beside the file and renames it, so that the file is a whole state or what it was before.</summary>
    public static void Save(PcMachine pc, string subject, string path)
    {
        Drain(pc);
        var beside = $"{path}.{Environment.ProcessId}.part";
        try
        {
            foreach (var backend in Media(pc))
            {
                if (!backend.IsReadOnly)
                {
                    backend.Exclusively(image => image.Flush());
                }
            }

            using (var file = new FileStream(beside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                MachineState.Write(pc, file);
                file.Flush(flushToDisk: true);
            }

            File.Move(beside, path, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UserErrorException(subject, $"cannot be written ({error.Message})", "give a path that can");
        }
        finally
        {
            RemoveUnfinished(beside);
        }
    }

    /// <summary>Puts the machine into the state of a file; when that is not possible, the machine is as it was.</summary>
    public static void Load(PcMachine pc, string subject, string path)
    {
        Drain(pc);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
            MachineState.Read(pc, file);
        }
        catch (SnapshotException error)
        {
            throw new UserErrorException(subject, error.Message, "give a file that migrate has written, and the options of the machine that it was saved from");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UserErrorException(subject, $"cannot be read ({error.Message})", "give a file that migrate has written");
        }
    }

    /// <summary>Waits until no disk has a request pending; what a completion asks for is waited for too.</summary>
    public static void Drain(PcMachine pc)
    {
        while (Media(pc).Find(backend => backend.Pending > 0) is { } busy)
        {
            busy.Drain();
        }
    }

    private static List<ImageBackend> Media(PcMachine pc) => [.. pc.Storage.Drives.Select(drive => drive.Drive.Medium).OfType<ImageBackend>()];

    private static void RemoveUnfinished(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // What hinders here has hindered the writing, which said so.
            return;
        }
    }
}
