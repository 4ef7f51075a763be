using Emulator.Host.Cli;
using Emulator.Host.Images.Qcow2;

namespace Emulator.Host.Images.Commands;

/// <summary><c>img convert</c>.</summary>
internal sealed class ConvertCommand(TextWriter error)
{
    private const int Piece = 2 << 20;
    private const int SparseUnit = 4096;

    /// <summary>Copies the contents of an image into a new one.</summary>
    public int Run(IReadOnlyList<string> arguments)
    {
        var parsed = ImgArguments.Parse("convert", arguments, ["c", "q", "p", "n", "U", "W"], ["f", "O", "B", "F", "o", "l", "S", "t", "T", "m"]);
        parsed.RequireOperands(2, 2, "[-c] [-f FORMAT] [-O FORMAT] FILE OUTPUT");
        var format = parsed.Last("O") ?? "raw";
        CreateCommand.CheckFormat(parsed, format);
        if (parsed.Has("c") && format == "raw")
        {
            throw new UserErrorException("img convert -c", "raw images are not compressed", "add -O qcow2");
        }

        var (from, to) = (parsed.Operands[0], parsed.Operands[1]);
        if (Path.GetFullPath(from) == Path.GetFullPath(to))
        {
            throw new UserErrorException($"img convert {from}", "the output is the input", "give another file to write");
        }

        var isSnapshot = parsed.Has("l");
        var opener = new ImageOpener(_ => { });
        using var source = opener.Open(from, parsed.Last("f"), (parsed.Has("U") ? ImageAccess.Unlocked : ImageAccess.Read));
        using var snapshot = isSnapshot ? SnapshotView.Open(source, parsed.Last("l")!) : null;
        using var target = OpenTarget(parsed, format, to, (snapshot ?? source).Length, opener);
        Copy(snapshot ?? source, target, parsed.Has("c"));
        target.Flush();
        return ExitStatus.Success;
    }

    private IDiskImage OpenTarget(ImgArguments parsed, string format, string path, long size, ImageOpener opener)
    {
        if (parsed.Has("n"))
        {
            var there = opener.Open(path, parsed.Last("O"), ImageAccess.Write);
            return there.Length >= size ? there : throw TooSmall(there, path);
        }

        var options = LayoutSyntax.Read(parsed, format);
        var name = parsed.Last("B") ?? options.BackingFile;
        options = options with { BackingFile = name, BackingFormat = parsed.Last("F") ?? options.BackingFormat };
        if (name is null)
        {
            return CreateCommand.Make(path, format, options, size);
        }

        if (format == "raw" || options.BackingFormat is null)
        {
            throw new UserErrorException($"img convert -B {name}", "a backing file needs -O qcow2 and its format", "add -O qcow2 -F FORMAT");
        }

        var backing = new ImageOpener(error.WriteLine).Open(ImageOpener.ResolveBacking(path, name), options.BackingFormat, ImageAccess.Unlocked);
        var image = (Qcow2Image)CreateCommand.Make(path, format, options, size);
        image.SetBacking(backing);
        return image;
    }

    private static ImageException TooSmall(IDiskImage image, string path)
    {
        image.Dispose();
        return new ImageException(path, "it is smaller than the source", "make it as large, or leave -n out");
    }

    private static void Copy(IDiskImage source, IDiskImage target, bool compress)
    {
        var unit = target is Qcow2Image qcow2 ? qcow2.Header.ClusterSize : Piece;
        var piece = new byte[compress ? unit : Math.Max(Piece, unit)];
        var former = new byte[target.Backing is null ? 0 : piece.Length];
        for (var at = 0L; at < source.Length; at += piece.Length)
        {
            var length = (int)Math.Min(piece.Length, source.Length - at);
            if (IsHole(source, at, length) && target.Backing is null)
            {
                continue;
            }

            var bytes = piece.AsSpan(0, length);
            source.Read(at, bytes);
            if (target.Backing is not null)
            {
                WriteDifferent(target, at, bytes, former.AsSpan(0, length));
            }
            else if (compress)
            {
                WriteCompressed((Qcow2Image)target, at, piece, length);
            }
            else
            {
                WriteSparse(target, at, bytes);
            }
        }
    }

    private static bool IsHole(IDiskImage source, long at, long length)
        => source.Map(at, length) is var extent && extent.Length >= length
            && (extent.Kind == ExtentKind.Zero || (extent.Kind == ExtentKind.Unallocated && source.Backing is null));

    private static void WriteCompressed(Qcow2Image target, long at, byte[] piece, int length)
    {
        piece.AsSpan(length).Clear();
        if (piece.AsSpan().ContainsAnyExcept((byte)0) && !target.TryWriteCompressed(at, piece))
        {
            target.Write(at, piece.AsSpan(0, length));
        }
    }

    private static void WriteSparse(IDiskImage target, long at, ReadOnlySpan<byte> bytes)
    {
        var start = 0;
        while (start < bytes.Length)
        {
            var isData = IsData(bytes, start);
            var end = start;
            while (end < bytes.Length && IsData(bytes, end) == isData)
            {
                end = Math.Min(bytes.Length, end + SparseUnit);
            }

            if (isData)
            {
                target.Write(at + start, bytes[start..end]);
            }

            start = end;
        }
    }

    private static bool IsData(ReadOnlySpan<byte> bytes, int at) => bytes[at..Math.Min(bytes.Length, at + SparseUnit)].ContainsAnyExcept((byte)0);

    private static void WriteDifferent(IDiskImage target, long at, ReadOnlySpan<byte> bytes, Span<byte> former)
    {
        target.Read(at, former);
        for (var start = 0; start < bytes.Length; start += SparseUnit)
        {
            var end = Math.Min(bytes.Length, start + SparseUnit);
            if (!bytes[start..end].SequenceEqual(former[start..end]))
            {
                target.Write(at + start, bytes[start..end]);
            }
        }
    }
}
