using System.Diagnostics;
using System.Globalization;
using System.Text;
using Emulator.Devices.Video;

namespace Emulator.Guests.Tests.Video;

/// <summary>What QEMU's screen shows of a <see cref="VideoProgram"/>.</summary>
internal static class QemuScreen
{
    private const string Program = "qemu-system-x86_64";

    /// <summary>Runs the program and takes the picture. The test is skipped where there is no QEMU.</summary>
    public static Frame Of(byte[] program)
    {
        var folder = Directory.CreateTempSubdirectory("emulator-screen");
        try
        {
            var kernel = Path.Combine(folder.FullName, "program");
            File.WriteAllBytes(kernel, program);
            return Run(kernel, folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Frame Run(string kernel, string folder)
    {
        var serial = Path.Combine(folder, "serial");
        var picture = Path.Combine(folder, "picture.ppm");
        using var qemu = Start("-accel", "tcg", "-display", "none", "-vga", "std", "-net", "none", "-kernel", kernel, "-serial", $"file:{serial}", "-monitor", "stdio");
        try
        {
            WaitUntil(() => File.Exists(serial) && ReadShared(serial).Contains(VideoProgram.Done, StringComparison.Ordinal));
            qemu.StandardInput.WriteLine($"screendump {picture}");
            qemu.StandardInput.WriteLine("quit");
            qemu.StandardInput.Flush();
            Assert.True(qemu.WaitForExit(GuestMachine.AnswerLimit), "QEMU did not end.");
            return ReadPixmap(File.ReadAllBytes(picture));
        }
        finally
        {
            if (!qemu.HasExited)
            {
                qemu.Kill();
            }
        }
    }

    private static Process Start(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(Program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            };
            var process = Process.Start(start) ?? throw new InvalidOperationException($"{Program} did not start.");
            process.OutputDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            return process;
        }
        catch (System.ComponentModel.Win32Exception reason)
        {
            Assert.Skip($"{Program}: {reason.Message}");
            throw;
        }
    }

    private static void WaitUntil(Func<bool> condition)
    {
        var end = Environment.TickCount64 + (long)GuestMachine.AnswerLimit.TotalMilliseconds;
        while (!condition())
        {
            Assert.True(Environment.TickCount64 < end, "QEMU's guest has drawn nothing.");
            Thread.Sleep(20);
        }
    }

    private static string ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Reads a picture as <c>screendump</c> saves it: P6, three numbers in text, then bytes of red, green and blue.</summary>
    public static Frame ReadPixmap(byte[] file)
    {
        var at = 0;
        var words = new string[4];
        for (var i = 0; i < words.Length; i++)
        {
            var end = Array.FindIndex(file, at, value => value is (byte)' ' or (byte)'\n');
            words[i] = Encoding.ASCII.GetString(file, at, end - at);
            at = end + 1;
        }

        Assert.Equal(("P6", "255"), (words[0], words[3]));
        var frame = new Frame();
        frame.Resize(int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture));
        for (var i = 0; i < frame.Width * frame.Height; i++, at += 3)
        {
            frame.Pixels[i] = ((uint)file[at] << 16) | ((uint)file[at + 1] << 8) | file[at + 2];
        }

        return frame;
    }
}
