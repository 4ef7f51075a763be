using Emulator.Host.Cli;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Images.Commands;

/// <summary><c>img snapshot</c>, <c>resize</c>, <c>rebase</c> and <c>commit</c>.</summary>
internal sealed class ChangeCommands(TextWriter output, TextWriter error)
{
    private const int Piece = 2 << 20;

    /// <summary>Lists, makes, applies and deletes snapshots.</summary>
    public int Snapshot(IReadOnlyList<string> arguments)
    {
        var parsed = ImgArguments.Parse("snapshot", arguments, ["q", "U", "l"], ["f", "a", "c", "d"]);
        parsed.RequireOperands(1, 1, "[-l | -a NAME | -c NAME | -d NAME] FILE");
        var actions = new[] { "l", "a", "c", "d" }.Where(parsed.Has).ToArray();
        if (actions.Length > 1)
        {
            throw new UserErrorException("img snapshot", "more than one of -l, -a, -c and -d", "give one");
        }

        var isChange = actions is [not "l"];
        using var image = OpenQcow2(parsed, isChange ? ImageAccess.Write : ImageAccess.Read);
        if (parsed.Last("c") is { } name)
        {
            image.CreateSnapshot(name, DateTimeOffset.UtcNow);
        }
        else if (parsed.Last("a") is { } applied)
        {
            image.ApplySnapshot(Find(image, applied));
        }
        else if (parsed.Last("d") is { } deleted)
        {
            image.DeleteSnapshot(Find(image, deleted));
        }
        else if (!image.SnapshotList.IsEmpty)
        {
            output.Write(ImageInfo.ListSnapshots(image));
        }

        return ExitStatus.Success;
    }

    /// <summary>Changes a disk's size.</summary>
    public int Resize(IReadOnlyList<string> arguments)
    {
        var parsed = ImgArguments.Parse("resize", arguments, ["q", "shrink"], ["f"]);
        parsed.RequireOperands(2, 2, "[--shrink] FILE [+|-]SIZE");
        var text = parsed.Operands[1];
        using var image = Open(parsed, ImageAccess.Write, withBacking: true);
        var amount = LayoutSyntax.ReadSize($"img resize {parsed.Operands[0]} {text}", text.TrimStart('+', '-'));
        var size = text[0] switch { '+' => image.Length + amount, '-' => image.Length - amount, _ => amount };
        if (size is <= 0 or > long.MaxValue - 512)
        {
            throw new UserErrorException($"img resize {text}", "the size would not be positive", "give a larger size");
        }

        if (size < image.Length && !parsed.Has("shrink"))
        {
            throw new UserErrorException($"img resize {text}", "the disk would become smaller and lose what is behind its end", "add --shrink if that is meant");
        }

        image.Resize((size + 511) / 512 * 512);
        Say(parsed, "Image resized.");
        return ExitStatus.Success;
    }

    /// <summary>Gives an image another backing file.</summary>
    public int Rebase(IReadOnlyList<string> arguments)
    {
        var parsed = ImgArguments.Parse("rebase", arguments, ["q", "p", "u", "U"], ["f", "b", "F", "t", "T"]);
        parsed.RequireOperands(1, 1, "[-u] -b BACKING [-F FORMAT] FILE");
        var name = parsed.Last("b") ?? throw new UserErrorException("img rebase", "no backing file", "add -b FILE, or -b \"\" for none");
        if (name.Length > 0 && parsed.Last("F") is null)
        {
            throw new UserErrorException($"img rebase -b {name}", "a backing file without its format", "add -F qcow2 or -F raw");
        }

        using var image = OpenQcow2(parsed, ImageAccess.Write, withBacking: !parsed.Has("u"));
        if (!parsed.Has("u"))
        {
            using var backing = name.Length == 0 ? null : new ImageOpener(error.WriteLine).Open(ImageOpener.ResolveBacking(image.Path, name), parsed.Last("F"), ImageAccess.Unlocked);
            KeepContents(image, backing);
            image.Flush();
        }

        image.SetBackingName(name.Length == 0 ? null : name, parsed.Last("F"));
        return ExitStatus.Success;
    }

    /// <summary>Writes what an image has into its backing file.</summary>
    public int Commit(IReadOnlyList<string> arguments)
    {
        var parsed = ImgArguments.Parse("commit", arguments, ["q", "p", "d"], ["f", "t", "r"]);
        parsed.RequireOperands(1, 1, "[-d] FILE");
        using var image = OpenQcow2(parsed, ImageAccess.Write, withBacking: false);
        var name = image.Header.BackingFile ?? throw new ImageException(image.Path, "it has no backing file", "there is nothing to commit to");
        using var backing = new ImageOpener(error.WriteLine).Open(ImageOpener.ResolveBacking(image.Path, name), image.Header.BackingFormat, ImageAccess.Write);
        if (backing.Length < image.Length)
        {
            backing.Resize(image.Length);
        }

        ForExtents(image, (at, extent) =>
        {
            if (extent.Kind == ExtentKind.Zero)
            {
                backing.WriteZeros(at, extent.Length);
            }
            else if (extent.Kind == ExtentKind.Data)
            {
                CopyPieces(image, backing, at, extent.Length);
            }
        });
        backing.Flush();
        if (!parsed.Has("d"))
        {
            image.Empty();
        }

        Say(parsed, "Image committed.");
        return ExitStatus.Success;
    }

    // What the image shows through from its backing file, and the new one does not have, becomes its own.
    private static void KeepContents(Qcow2Image image, IDiskImage? other) => ForExtents(image, (at, extent) =>
    {
        if (extent.Kind != ExtentKind.Unallocated)
        {
            return;
        }

        var (old, replacement) = (new byte[image.Header.ClusterSize], new byte[image.Header.ClusterSize]);
        for (var done = 0L; done < extent.Length; done += old.Length)
        {
            var length = (int)Math.Min(old.Length, extent.Length - done);
            var inOther = (int)Math.Clamp((other?.Length ?? 0) - at - done, 0, length);
            image.Read(at + done, old.AsSpan(0, length));
            replacement.AsSpan().Clear();
            other?.Read(at + done, replacement.AsSpan(0, inOther));
            if (!old.AsSpan(0, length).SequenceEqual(replacement.AsSpan(0, length)))
            {
                image.Write(at + done, old.AsSpan(0, length));
            }
        }
    });

    private static void ForExtents(IDiskImage image, Action<long, Extent> action)
    {
        for (var at = 0L; at < image.Length;)
        {
            var extent = image.Map(at, image.Length - at);
            action(at, extent);
            at += extent.Length;
        }
    }

    private static void CopyPieces(IDiskImage from, IDiskImage to, long at, long length)
    {
        var piece = new byte[Math.Min(Piece, length)];
        for (var done = 0L; done < length; done += piece.Length)
        {
            var bytes = piece.AsSpan(0, (int)Math.Min(piece.Length, length - done));
            from.Read(at + done, bytes);
            to.Write(at + done, bytes);
        }
    }

    private static ImageSnapshot Find(Qcow2Image image, string name)
        => image.FindSnapshot(name) ?? throw new ImageException(image.Path, $"it has no snapshot '{name}'", "img snapshot -l lists them");

    private IDiskImage Open(ImgArguments parsed, ImageAccess access, bool withBacking)
        => new ImageOpener(error.WriteLine).Open(parsed.Operands[0], parsed.Last("f"), access | (parsed.Has("U") ? ImageAccess.Unlocked : ImageAccess.Read), withBacking);

    private Qcow2Image OpenQcow2(ImgArguments parsed, ImageAccess access, bool withBacking = false)
    {
        var image = new ImageOpener(_ => { }).Open(parsed.Operands[0], parsed.Last("f"), access | (parsed.Has("U") ? ImageAccess.Unlocked : ImageAccess.Read), withBacking);
        if (image is Qcow2Image qcow2)
        {
            return qcow2;
        }

        image.Dispose();
        throw new ImageException(parsed.Operands[0], $"a raw image cannot do that", "convert it: img convert -O qcow2");
    }

    private void Say(ImgArguments parsed, string line)
    {
        if (!parsed.Has("q"))
        {
            output.WriteLine(line);
        }
    }
}
