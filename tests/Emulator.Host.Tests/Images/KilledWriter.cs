using System.Globalization;
using Emulator.Host.Images;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Tests.Images;

/// <summary>Writes to an image what a seed says, says after each flush how far it is, and goes on until it is killed.</summary>
internal static class KilledWriter
{
    public const string Option = "--write-until-killed";
    public const int Size = 16 << 20;

    private const int MostSnapshots = 3;

    /// <summary>One thing that is done to the disk.</summary>
    /// <param name="Offset">Where.</param>
    /// <param name="Length">How many bytes.</param>
    /// <param name="Value">What they all become; zeros are written as such.</param>
    /// <param name="EndsBatch">Whether a flush follows.</param>
    /// <param name="MakesSnapshot">Whether snapshots change after that.</param>
    public readonly record struct Work(int Offset, int Length, byte Value, bool EndsBatch, bool MakesSnapshot);

    public static IEnumerable<Work> WorkOf(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            var offset = random.Next(Size);
            var length = Math.Min(random.Next(1, random.Next(5) == 0 ? 400_000 : 9_000), Size - offset);
            yield return new Work(offset, length, (byte)(random.Next(4) == 0 ? 0 : random.Next(1, 256)), random.Next(8) == 0, random.Next(10) == 0);
        }
    }

    public static void Run(string path, int seed, TextWriter output)
    {
        using var image = (Qcow2Image)new ImageOpener(_ => { }).Open(path, "qcow2", ImageAccess.Write);
        var done = 0;
        foreach (var work in WorkOf(seed))
        {
            Do(image, work);
            done++;
            if (!work.EndsBatch)
            {
                continue;
            }

            image.Flush();
            output.WriteLine(done.ToString(CultureInfo.InvariantCulture));
            output.Flush();
            if (work.MakesSnapshot)
            {
                ChangeSnapshots(image);
            }
        }
    }

    private static void Do(Qcow2Image image, Work work)
    {
        if (work.Value == 0)
        {
            image.WriteZeros(work.Offset, work.Length);
            return;
        }

        var bytes = new byte[work.Length];
        bytes.AsSpan().Fill(work.Value);
        image.Write(work.Offset, bytes);
    }

    private static void ChangeSnapshots(Qcow2Image image)
    {
        if (image.SnapshotList.Length >= MostSnapshots)
        {
            image.DeleteSnapshot(image.SnapshotList[0]);
        }

        image.CreateSnapshot("kept", DateTimeOffset.UnixEpoch);
    }
}
