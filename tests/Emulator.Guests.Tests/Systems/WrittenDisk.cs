using System.Globalization;
using System.Text;

namespace Emulator.Guests.Tests.Systems;

/// <summary>What a guest writes to a disk, write after write, each followed by a flush and a line that says so; and what must be there afterwards.</summary>
internal sealed class WrittenDisk(byte[] contents)
{
    private const int BlockSize = 4096;
    private const int MostBlocks = 64;

    /// <summary>A shell function <c>w</c> that does it for ever; its argument numbers the run.</summary>
    public static string Script(int size) =>
        $"w() {{ i=0; while :; do i=$((i+1)); c=$((i%8 ? 1 : {MostBlocks})); yes \"$(printf '%08d %08d' $1 $i)\""
        + $" | dd of=/dev/sda bs={BlockSize} count=$c iflag=fullblock seek=$(( (i*97+$1*1001) % {(size / BlockSize) - MostBlocks} )) conv=fsync,notrunc 2>/dev/null;"
        + " echo flushed $1 $i.; done; }";

    /// <summary>
    /// Holds a disk against what a run told as flushed. The write after it may be there or not, sector by sector. From then on, the disk is as it is.
    /// </summary>
    public void Check(byte[] disk, int run, int flushed)
    {
        for (var i = 1; i <= flushed; i++)
        {
            Line(run, i).CopyTo(contents.AsSpan(Offset(run, i)));
        }

        var (open, next) = (Offset(run, flushed + 1), Line(run, flushed + 1));
        for (var at = 0; at < contents.Length; at++)
        {
            if (disk[at] != contents[at] && !(at >= open && at < open + next.Length && disk[at] == next[at - open]))
            {
                Assert.Fail($"run {run}: byte {at} was flushed (write {flushed} was told last) as {contents[at]:x2} and is {disk[at]:x2}");
            }
        }

        disk.AsSpan(0, contents.Length).CopyTo(contents);
    }

    private int Offset(int run, int write) => ((write * 97) + (run * 1001)) % ((contents.Length / BlockSize) - MostBlocks) * BlockSize;

    private static byte[] Line(int run, int write)
    {
        var line = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{run:d8} {write:d8}\n"));
        var bytes = new byte[(write % 8 == 0 ? MostBlocks : 1) * BlockSize];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = line[i % line.Length];
        }

        return bytes;
    }
}
