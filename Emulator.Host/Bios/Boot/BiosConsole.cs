using Emulator.Core.Bus;
using Emulator.Host.Bios.Video;

namespace Emulator.Host.Bios.Boot;

/// <summary>What the BIOS says on the screen, as INT 10h's teletype. The caller's AX and BX are its own afterwards.</summary>
internal sealed class BiosConsole(IoPortBus ports)
{
    private const byte Grey = 0x07;

    private readonly VgaPorts _vga = new(ports);

    /// <summary>Writes text; a newline begins a line.</summary>
    public void Write(BiosCall call, string text)
    {
        var screen = new VideoScreen(call, _vga);
        var (ax, bx) = (call.EAX, call.EBX);
        call.BL = Grey;
        foreach (var character in text)
        {
            if (character == '\n')
            {
                call.AL = (byte)'\r';
                VideoText.Teletype(screen);
            }

            call.AL = character is < ' ' and not '\n' or > '~' ? (byte)'?' : (byte)character;
            VideoText.Teletype(screen);
        }

        call.EAX = ax;
        call.EBX = bx;
    }
}
