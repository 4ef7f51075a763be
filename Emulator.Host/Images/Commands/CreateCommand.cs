using Emulator.Host.Cli;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Images.Commands;

/// <summary><c>img create</c>.</summary>
internal sealed class CreateCommand(TextWriter output, TextWriter error)
{
    /// <summary>Makes an image.</summary>
    public int Run(IReadOnlyList<string> arguments)
    {
        var parsed = ImgArguments.Parse("create", arguments, ["q", "u"], ["f", "b", "F", "o"]);
        parsed.RequireOperands(1, 2, "[-f FORMAT] FILE [SIZE]");
        var format = parsed.Last("f") ?? "raw";
        CheckFormat(parsed, format);
        var options = LayoutSyntax.Read(parsed, format);
        options = options with { BackingFile = parsed.Last("b") ?? options.BackingFile, BackingFormat = parsed.Last("F") ?? options.BackingFormat };
        var path = parsed.Operands[0];
        var size = parsed.Operands.Count > 1 ? LayoutSyntax.ReadSize($"img create {path}", parsed.Operands[1]) : options.Size;
        CheckBacking(parsed, format, options);
        using var backing = options.BackingFile is { Length: > 0 } name && !parsed.Has("u")
            ? new ImageOpener(error.WriteLine).Open(ImageOpener.ResolveBacking(path, name), options.BackingFormat, ImageAccess.Unlocked)
            : null;
        size ??= backing?.Length ?? throw new UserErrorException($"img create {path}", "no size", $"write img create -f {format} {path} 10G");
        if (!parsed.Has("q"))
        {
            output.WriteLine(options.Describe(path, format, size.Value));
        }

        using var image = Make(path, format, options, size.Value);
        return ExitStatus.Success;
    }

    /// <summary>Makes an image and opens it, without its backing file.</summary>
    public static IDiskImage Make(string path, string format, NewImage options, long size)
    {
        var file = ImageFile.Open(path, ImageAccess.Write | ImageAccess.Create);
        try
        {
            if (format == "raw")
            {
                file.SetLength(size);
                return new RawImage(file);
            }

            return Qcow2Creator.Create(file, options.Layout, size, options.BackingFile is { Length: > 0 } name ? name : null, options.BackingFormat);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Refuses formats that are not there.</summary>
    public static void CheckFormat(ImgArguments parsed, string format)
    {
        if (format is not ("raw" or "qcow2"))
        {
            throw new UserErrorException($"img {parsed.Command}", $"the format '{format}' is not supported", "use raw or qcow2");
        }
    }

    private static void CheckBacking(ImgArguments parsed, string format, NewImage options)
    {
        if (options.BackingFile is not { Length: > 0 } name)
        {
            return;
        }

        if (format == "raw" || options.Layout.Preallocated)
        {
            throw new UserErrorException($"img create -b {name}", format == "raw" ? "a raw image has no backing file" : "preallocation and a backing file exclude each other", "write -f qcow2");
        }

        if (options.BackingFormat is null)
        {
            throw new UserErrorException($"img {parsed.Command} -b {name}", "a backing file without its format", "add -F qcow2 or -F raw");
        }
    }
}
