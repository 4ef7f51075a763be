using Emulator.Devices.Video;
using Emulator.Guests.Tests.Video;

namespace Emulator.Guests.Tests.Consoles;

/// <summary>A guest that fills the text screen with letters in black, two greys and white, and says so on its serial port.</summary>
internal static class TextScreen
{
    private const uint TextMemory = 0xb8000;
    private const int Cells = 80 * 25;

    private static ReadOnlySpan<byte> Attributes => [0x07, 0x0f, 0x70, 0x08];

    /// <summary>The guest.</summary>
    public static byte[] Program()
    {
        var program = new VideoProgram();
        program.Out(0x3c8, 0);
        for (var colour = 0; colour < 64; colour++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                program.Out(0x3c9, colour);
            }
        }

        var cells = new byte[Cells * 2];
        for (var i = 0; i < Cells; i++)
        {
            cells[i * 2] = (byte)('!' + (i % 94));
            cells[(i * 2) + 1] = Attributes[i / 80 % Attributes.Length];
        }

        return VgaMode.Text80.Set(program).Copy(TextMemory, cells).Image(InputEcho.Code());
    }

    /// <summary>What <c>screendump</c> saves of it; it has at least the colours that the guest used.</summary>
    public static Frame Dump(EmulatorRun run, QmpClient qmp)
    {
        var path = run.File("dump.ppm");
        Assert.Equal("{}", qmp.Send($$"""{"execute": "screendump", "arguments": {"filename": "{{path}}"} }""").GetProperty("return").GetRawText());
        var frame = QemuScreen.ReadPixmap(File.ReadAllBytes(path));
        Assert.True(frame.Pixels.AsSpan(0, frame.Width * frame.Height).ToArray().Distinct().Count() >= Attributes.Length);
        return frame;
    }
}
