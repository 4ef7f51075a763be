using System.Diagnostics;
using Emulator.Host.Cli;
using Emulator.Host.Images;
using Emulator.Host.Images.Commands;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Tests.Images;

/// <summary>A folder of a test's own, with the programs that work on images in it.</summary>
internal sealed class TestFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("images").FullName;

    public static bool HasQemuImg { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "qemu-img")));

    public string this[string name] => Path.Combine(_path, name);

    public static void RequireQemuImg() => Assert.SkipUnless(HasQemuImg, "this host has no qemu-img to judge with (Debian package qemu-utils)");

    public Qcow2Image Create(string name, long size, Qcow2Layout? layout = null, string? backing = null)
    {
        var image = Qcow2Creator.Create(ImageFile.Open(this[name], ImageAccess.Write | ImageAccess.Create), layout ?? new Qcow2Layout(), size, backing, backing is null ? null : "qcow2");
        if (backing is not null)
        {
            image.Dispose();
            return Open(name);
        }

        return image;
    }

    public Qcow2Image Open(string name, ImageAccess access = ImageAccess.Write) => (Qcow2Image)new ImageOpener(_ => { }).Open(this[name], "qcow2", access);

    /// <summary>Runs <c>qemu-img</c> in the folder; returns its exit status and what it said.</summary>
    public (int Status, string Output) Qemu(params string[] arguments)
    {
        var start = new ProcessStartInfo("qemu-img", arguments)
        {
            WorkingDirectory = _path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.GetAwaiter().GetResult());
    }

    /// <summary>Runs <c>emulator img</c>; arguments that are files of the folder are paths by <c>@</c>.</summary>
    public (int Status, string Output) Img(params string[] arguments)
    {
        using var output = new StringWriter();
        try
        {
            return (new ImgCommand(output, output).Run([.. arguments.Select(argument => argument.StartsWith('@') ? this[argument[1..]] : argument)]), output.ToString());
        }
        catch (UserErrorException error)
        {
            return (ExitStatus.Usage, error.Message);
        }
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
