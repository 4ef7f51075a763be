using Emulator.Devices.Video;
using Emulator.Host.Display;
using Emulator.Host.Packages;

namespace Emulator.Guests.Tests.Systems;

/// <summary>
/// The text in a picture, read by tesseract (Debian packages tesseract-ocr and tesseract-ocr-eng): what a frame buffer shows are dots, whoever
/// drew the letters. Case and spacing are not to be relied on.
/// </summary>
internal static class PictureText
{
    private const string Reader = "tesseract";

    // It is made for print: letters of eight dots are too small for it.
    private const int Scale = 2;

    /// <summary>Skips the test where there is no reader.</summary>
    public static void Require() => Assert.SkipUnless(CommandRunner.Exists(Reader), $"no {Reader} (Debian packages tesseract-ocr and tesseract-ocr-eng)");

    /// <summary>All text of the picture, without blanks, in small letters.</summary>
    public static string Read(Frame frame)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, PpmImage.Encode(Enlarged(frame)));
            var result = CommandRunner.Run("env", ["OMP_THREAD_LIMIT=1", Reader, file, "-", "--psm", "11"], null);
            Assert.True(result.Status == 0, result.Error);
            return Plain(result.Output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A text in the form in which <see cref="Read"/> gives it.</summary>
    public static string Plain(string text) => string.Concat(text.Where(letter => !char.IsWhiteSpace(letter))).ToLowerInvariant();

    private static Frame Enlarged(Frame frame)
    {
        var large = new Frame();
        large.Resize(frame.Width * Scale, frame.Height * Scale);
        for (var y = 0; y < large.Height; y++)
        {
            var from = frame.Row(y / Scale);
            var to = large.Row(y);
            for (var x = 0; x < to.Length; x++)
            {
                to[x] = from[x / Scale];
            }
        }

        return large;
    }
}
