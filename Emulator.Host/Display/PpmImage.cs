using System.Text;
using Emulator.Devices.Video;

namespace Emulator.Host.Display;

/// <summary>Writes pictures as PPM (ppm(5), "P6"), which QEMU's <c>screendump</c> writes.</summary>
public static class PpmImage
{
    /// <summary>The picture as a file's bytes.</summary>
    public static byte[] Encode(Frame frame)
    {
        var header = Encoding.ASCII.GetBytes(FormattableString.Invariant($"P6\n{frame.Width} {frame.Height}\n255\n"));
        var file = new byte[header.Length + (frame.Width * frame.Height * 3)];
        header.CopyTo(file, 0);
        for (var i = 0; i < frame.Width * frame.Height; i++)
        {
            var (pixel, at) = (frame.Pixels[i], header.Length + (i * 3));
            (file[at], file[at + 1], file[at + 2]) = ((byte)(pixel >> 16), (byte)(pixel >> 8), (byte)pixel);
        }

        return file;
    }
}
