using System.Globalization;
using Emulator.Host.Cli;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Images.Commands;

/// <summary><c>img info</c>, <c>img check</c> and <c>img compare</c>.</summary>
internal sealed class InspectCommands(TextWriter output, TextWriter error)
{
    private const int Corrupt = 2;
    private const int Leaking = 3;
    private const int NotSupported = 63;
    private const int Piece = 2 << 20;

    /// <summary>Says what an image is.</summary>
    public int Info(IReadOnlyList<string> arguments)
    {
        var parsed = ImgArguments.Parse("info", arguments, ["U", "backing-chain"], ["f", "output"]);
        parsed.RequireOperands(1, 1, "[--output=json] FILE");
        var isJson = IsJson(parsed);
        var isChain = parsed.Has("backing-chain");
        using var image = Open(parsed, parsed.Operands[0], ImageAccess.Read, withBacking: isChain);
        var images = new List<IDiskImage>();
        for (var next = image; next is not null; next = isChain ? next.Backing : null)
        {
            images.Add(next);
        }

        if (isJson)
        {
            output.WriteLine(ImageInfo.ToJson(images, isChain));
        }
        else
        {
            output.Write(string.Join("\n", images.Select(ImageInfo.ToText)));
        }

        return ExitStatus.Success;
    }

    /// <summary>Checks an image, and repairs it.</summary>
    public int Check(IReadOnlyList<string> arguments)
    {
        var parsed = ImgArguments.Parse("check", arguments, ["q", "U"], ["f", "r", "output", "T"]);
        parsed.RequireOperands(1, 1, "[-r leaks|all] FILE");
        var isJson = IsJson(parsed);
        var repair = parsed.Last("r");
        if (repair is not (null or "leaks" or "all"))
        {
            throw new UserErrorException($"img check -r {repair}", "not known", "write -r leaks or -r all");
        }

        using var file = ImageFile.Open(parsed.Operands[0], (repair is null ? ImageAccess.Read : ImageAccess.Write) | (parsed.Has("U") ? ImageAccess.Unlocked : ImageAccess.Read));
        if ((parsed.Last("f") ?? ImageOpener.Probe(file)) != "qcow2")
        {
            error.WriteLine("emulator: img check: this image format does not support checks");
            return NotSupported;
        }

        using var image = Qcow2Image.Open(file, null, forRepair: true);
        var result = Qcow2Checker.Check(image, repair == "leaks", repair == "all");
        if (isJson)
        {
            output.WriteLine(ImageInfo.ToJson(image, result));
        }
        else if (!parsed.Has("q"))
        {
            output.Write(ImageInfo.ToText(result));
        }

        return result.Corruptions > 0 ? Corrupt : result.Leaks > 0 ? Leaking : ExitStatus.Success;
    }

    /// <summary>Compares the contents of two images.</summary>
    public int Compare(IReadOnlyList<string> arguments)
    {
        var parsed = ImgArguments.Parse("compare", arguments, ["q", "p", "s", "U"], ["f", "F", "T"]);
        parsed.RequireOperands(2, 2, "FILE1 FILE2");
        using var one = Open(parsed, parsed.Operands[0], ImageAccess.Read, withBacking: true);
        using var other = new ImageOpener(_ => { }).Open(parsed.Operands[1], parsed.Last("F"), parsed.Has("U") ? ImageAccess.Unlocked : ImageAccess.Read);
        var different = parsed.Has("s") && one.Length != other.Length ? "Strict mode: Image size mismatch!" : FindDifference(one, other);
        if (!parsed.Has("q"))
        {
            output.WriteLine(different ?? "Images are identical.");
        }

        return different is null ? ExitStatus.Success : 1;
    }

    private static string? FindDifference(IDiskImage one, IDiskImage other)
    {
        var (left, right) = (new byte[Piece], new byte[Piece]);
        for (var at = 0L; at < Math.Max(one.Length, other.Length); at += Piece)
        {
            ReadPadded(one, at, left);
            ReadPadded(other, at, right);
            if (left.AsSpan().CommonPrefixLength(right) is var same && same < Piece)
            {
                return string.Create(CultureInfo.InvariantCulture, $"Content mismatch at offset {at + same}!");
            }
        }

        return null;
    }

    private static void ReadPadded(IDiskImage image, long at, Span<byte> destination)
    {
        var length = (int)Math.Clamp(image.Length - at, 0, destination.Length);
        image.Read(at, destination[..length]);
        destination[length..].Clear();
    }

    private static IDiskImage Open(ImgArguments parsed, string path, ImageAccess access, bool withBacking)
        => new ImageOpener(_ => { }).Open(path, parsed.Last("f"), access | (parsed.Has("U") ? ImageAccess.Unlocked : ImageAccess.Read), withBacking);

    private static bool IsJson(ImgArguments parsed) => parsed.Last("output") switch
    {
        null or "human" => false,
        "json" => true,
        var format => throw new UserErrorException($"img {parsed.Command} --output={format}", "not known", "write --output=human or --output=json"),
    };
}
