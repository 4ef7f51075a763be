using System.Diagnostics;
using System.Globalization;
using Emulator.Host.Images;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Tests.Images;

/// <summary>
/// A process that writes to an image is killed at random moments, again and again on the same image. Five times in a test run;
/// <c>EMULATOR_KILLS=50</c> in the environment makes it fifty.
/// </summary>
public sealed class KillTests
{
    private const int LongestLife = 700;

    [Theory]
    [InlineData(16)]
    [InlineData(9)]
    public void Image_OfAKilledWriter_IsSoundAndHasWhatWasFlushed(int clusterBits)
    {
        using var folder = new TestFolder();
        folder.Create("disk.qcow2", KilledWriter.Size, new Qcow2Layout { ClusterBits = clusterBits }).Dispose();
        var model = new byte[KilledWriter.Size];
        var kills = int.Parse(Environment.GetEnvironmentVariable("EMULATOR_KILLS") ?? "5", CultureInfo.InvariantCulture);
        var random = new Random(clusterBits);
        for (var kill = 0; kill < kills; kill++)
        {
            var flushed = WriteUntilKilled(folder["disk.qcow2"], kill, random.Next(LongestLife));
            CheckSound(folder);
            model = CheckContents(folder, model, kill, flushed);
        }

        Assert.Contains(model, value => value != 0);
    }

    // How many pieces of work the process had flushed, as far as it came to say so.
    private static int WriteUntilKilled(string path, int seed, int milliseconds)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])[.. Runner(), KilledWriter.Option, path, seed.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var first = process.StandardOutput.ReadLine();
        Thread.Sleep(milliseconds);
        process.Kill();
        var rest = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.NotNull(first);
        return int.Parse(rest.Length == 0 ? first : rest[^1], CultureInfo.InvariantCulture);
    }

    private static string[] Runner()
        => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(KillTests).Assembly.Location] : [];

    private static void CheckSound(TestFolder folder)
    {
        using (var image = folder.Open("disk.qcow2", ImageAccess.Read))
        {
            Assert.Equal(0, Qcow2Checker.Check(image, fixLeaks: false, fixAll: false).Corruptions);
        }

        if (TestFolder.HasQemuImg)
        {
            var (status, said) = folder.Qemu("check", "disk.qcow2");
            Assert.True(status is 0 or 3, said);
        }
    }

    // What was flushed is there; what was written since may be there or not.
    private static byte[] CheckContents(TestFolder folder, byte[] model, int seed, int flushed)
    {
        var isOpen = new bool[model.Length];
        var index = 0;
        foreach (var work in KilledWriter.WorkOf(seed))
        {
            if (index >= flushed)
            {
                isOpen.AsSpan(work.Offset, work.Length).Fill(true);
            }
            else
            {
                model.AsSpan(work.Offset, work.Length).Fill(work.Value);
            }

            index++;
            if (index > flushed && work.EndsBatch)
            {
                break;
            }
        }

        using var image = folder.Open("disk.qcow2", ImageAccess.Read);
        var actual = new byte[model.Length];
        image.Read(0, actual);
        for (var i = 0; i < model.Length; i++)
        {
            Assert.True(model[i] == actual[i] || isOpen[i], $"kill {seed}: byte {i} was flushed as {model[i]} and is {actual[i]}");
        }

        return actual;
    }
}
