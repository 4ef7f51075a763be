using Emulator.Core.Bus;

namespace Emulator.Host.Bios.Video;

/// <summary>INT 10h: which function does what (IBM PS/2 BIOS Interface Technical Reference; VBE 3.0).</summary>
internal sealed class VideoService(IoPortBus ports, VbeService? vbe)
{
    private const byte Vga = 0x1a;
    private const byte Supported = 0x12;

    private readonly VgaPorts _vga = new(ports);

    /// <summary>Answers a call.</summary>
    public void Handle(BiosCall call)
    {
        var screen = new VideoScreen(call, _vga);
        switch (call.AH)
        {
            case 0x00:
                vbe?.Leave();
                VideoModeSet.Set(screen, call.AL);
                break;
            case 0x01:
                VideoText.SetCursorShape(screen);
                break;
            case 0x02:
                screen.SetCursor(call.BH, call.DH, call.DL);
                break;
            case 0x03:
                VideoText.ReadCursor(screen);
                break;
            case 0x04:
                call.AH = 0;
                break;
            case 0x05:
                VideoText.SelectPage(screen, call.AL);
                break;
            case 0x06 or 0x07:
                VideoText.Scroll(screen, screen.ActivePage, call.AH == 0x06 ? call.AL : -call.AL, call.BH, call.CH, call.CL, call.DH, call.DL);
                break;
            case 0x08:
                VideoText.ReadCharacter(screen);
                break;
            case 0x09 or 0x0a:
                VideoText.WriteCharacters(screen, withAttribute: call.AH == 0x09);
                break;
            case 0x0b:
                VideoPalette.SetCga(screen);
                break;
            case 0x0c or 0x0d:
                Pixel(screen);
                break;
            case 0x0e:
                VideoText.Teletype(screen);
                break;
            case 0x0f:
                call.AL = (byte)(call.Memory.Read8(BiosData.VideoMode) | (call.Memory.Read8(BiosData.VideoControl) & 0x80));
                call.AH = (byte)screen.Columns;
                call.BH = screen.ActivePage;
                break;
            case 0x10:
                VideoPalette.Handle(screen);
                break;
            case 0x11:
                VideoFonts.Handle(screen);
                break;
            case 0x12:
                Alternate(screen);
                break;
            case 0x13:
                VideoText.WriteString(screen);
                break;
            case 0x1a:
                DisplayCombination(call);
                break;
            case 0x1b:
                VideoState.Describe(screen);
                break;
            case 0x1c:
                VideoState.SaveOrRestore(screen);
                break;
            case 0x4f:
                HandleVbe(call, screen);
                break;
            default:
                break;
        }
    }

    private void HandleVbe(BiosCall call, VideoScreen screen)
    {
        if (vbe is not null)
        {
            vbe.Handle(call, screen);
        }
    }

    private static void Pixel(VideoScreen screen)
    {
        var call = screen.Call;
        if (screen.Mode is not { IsText: false } mode)
        {
            return;
        }

        if (call.AH == 0x0c)
        {
            GraphicsText.WritePixel(screen, mode, call.BH, call.CX, call.DX, call.AL);
        }
        else
        {
            call.AL = GraphicsText.ReadPixel(screen, mode, call.BH, call.CX, call.DX);
        }
    }

    // AH=12h: switches of the EGA and VGA.
    private void Alternate(VideoScreen screen)
    {
        var (call, memory) = (screen.Call, screen.Memory);
        switch (call.BL)
        {
            case 0x10:
                call.BH = (byte)((_vga.Miscellaneous & 1) ^ 1);
                call.BL = 3;
                call.CX = (ushort)(memory.Read8(BiosData.VideoSwitches) & 0x0f);
                return;
            case 0x20:
                return;
            case 0x30 when call.AL <= 2:
                memory.Replace8(BiosData.VideoControl2, 0x90, call.AL switch { 0 => 0x80, 1 => 0x00, _ => 0x10 });
                break;
            case 0x31 when call.AL <= 1:
                memory.Replace8(BiosData.VideoControl2, 0x08, call.AL << 3);
                break;
            case 0x32 when call.AL <= 1:
                _vga.Miscellaneous = (byte)((_vga.Miscellaneous & ~2) | ((call.AL ^ 1) << 1));
                break;
            case 0x33 when call.AL <= 1:
                memory.Replace8(BiosData.VideoControl2, 0x02, (call.AL ^ 1) << 1);
                break;
            case 0x34 when call.AL <= 1:
                memory.Replace8(BiosData.VideoControl, 0x01, call.AL);
                break;
            case 0x35:
                break;
            case 0x36 when call.AL <= 1:
                _vga.Sequencer(1, (_vga.Sequencer(1) & ~0x20) | (call.AL << 5));
                break;
            default:
                return;
        }

        call.AL = Supported;
    }

    private static void DisplayCombination(BiosCall call)
    {
        if (call.AL == 0)
        {
            call.BX = call.Memory.Read8(BiosData.DisplayCombination);
            call.AL = Vga;
        }
        else if (call.AL == 1)
        {
            call.Memory.Write(BiosData.DisplayCombination, call.BL);
            call.AL = Vga;
        }
    }
}
