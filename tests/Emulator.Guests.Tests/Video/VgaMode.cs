namespace Emulator.Guests.Tests.Video;

/// <summary>Register values of a VGA mode, as tables in programs have them.</summary>
/// <param name="Miscellaneous">Miscellaneous output.</param>
/// <param name="Sequencer">SR0-SR4, in hexadecimal.</param>
/// <param name="Crtc">CR0-CR18.</param>
/// <param name="Graphics">GR0-GR8.</param>
/// <param name="Attribute">AR0-AR14.</param>
internal sealed record VgaMode(int Miscellaneous, string Sequencer, string Crtc, string Graphics, string Attribute)
{
    private const string EgaPalette = "000102030405140738393a3b3c3d3e3f";
    private const string PlainPalette = "000102030405060708090a0b0c0d0e0f";

    /// <summary>80 by 25 characters of 9 by 16 dots; the cursor is off.</summary>
    public static VgaMode Text80 { get; } = new(
        0x67, "0300030002", "5f4f50825581bf1f004f2d0e000000009c8e8f281f96b9a3ff", "0000000000100e00ff", EgaPalette + "0400" + "0f0800");

    /// <summary>40 by 25 characters of 8 by 16 dots, each two pixels wide.</summary>
    public static VgaMode Text40 { get; } = Text80 with { Sequencer = "0309030002", Crtc = "2d2728902ba0bf1f004f2d0e000000009c8e8f141f96b9a3ff" };

    /// <summary>90 by 60 characters of 8 by 8 dots.</summary>
    public static VgaMode Text90 { get; } = Text80 with { Miscellaneous = 0xe7, Sequencer = "0301030002", Crtc = "6b595a8e5f8a0b3e00472607000000" + "00ea8cdf2d1fe704a3ff" };

    /// <summary>132 by 43 characters of 8 by 8 dots.</summary>
    public static VgaMode Text132 { get; } = Text80 with { Sequencer = "0301030002", Crtc = "a08385868a9f" + "bf1f0047260700000000" + "8385" + "57421f63baa3ff" };

    /// <summary>320 by 200 in four colours, as the CGA lays them out.</summary>
    public static VgaMode Cga4 { get; } = new(
        0x63, "0309030002", "2d2728902b80bf1f00c10000000000009c8e8f140096b9a2ff", "0000000000300f00ff", "00131517020406071011121314151617" + "0100" + "030000");

    /// <summary>640 by 200 in two colours.</summary>
    public static VgaMode Cga2 { get; } = new(
        0x63, "0301010006", "5f4f50825480bf1f00c10000000000009c8e8f280096b9c2ff", "0000000000000d00ff", "00171717171717171717171717171717" + "0100" + "010000");

    /// <summary>320 by 200 in sixteen colours.</summary>
    public static VgaMode Ega320 { get; } = new(
        0x63, "03090f0006", "2d2728902b80bf1f00c00000000000009c8e8f140096b9e3ff", "000000000000050fff", PlainPalette + "0100" + "0f0000");

    /// <summary>640 by 480 in sixteen colours.</summary>
    public static VgaMode Vga640 { get; } = new(
        0xe3, "03010f0006", "5f4f508254800b3e0040000000000000ea8cdf2800e704e3ff", "000000000000050fff", PlainPalette + "0100" + "0f0000");

    /// <summary>320 by 200 in 256 colours, chained.</summary>
    public static VgaMode Chained { get; } = new(
        0x63, "03010f000e", "5f4f50825480bf1f00410000000000009c8e8f284096b9a3ff", "000000000040050fff", PlainPalette + "4100" + "0f0000");

    /// <summary>320 by 240 in 256 colours, in planes ("mode X").</summary>
    public static VgaMode Unchained { get; } = Chained with
    {
        Miscellaneous = 0xe3,
        Sequencer = "03010f0006",
        Crtc = "5f4f508254800d3e0041000000000000eaacdf2800e706e3ff",
    };

    /// <summary>360 by 480 in 256 colours, in planes.</summary>
    public static VgaMode Unchained360 { get; } = Unchained with { Miscellaneous = 0xe7, Crtc = "6b595a8e5e8a0d3e0040000000000000eaacdf2d00e706e3ff" };

    /// <summary>Another value for a CRT controller register.</summary>
    public VgaMode WithCrtc(int index, int value) => this with { Crtc = Change(Crtc, index, value) };

    /// <summary>Another value for a sequencer register.</summary>
    public VgaMode WithSequencer(int index, int value) => this with { Sequencer = Change(Sequencer, index, value) };

    /// <summary>Another value for an attribute register.</summary>
    public VgaMode WithAttribute(int index, int value) => this with { Attribute = Change(Attribute, index, value) };

    /// <summary>Sets the mode.</summary>
    public VideoProgram Set(VideoProgram program)
    {
        program.Out(0x3c2, Miscellaneous);
        Write(program, 0x3c4, Sequencer);
        program.Index(0x3d4, 0x11, 0);
        Write(program, 0x3d4, Crtc);
        Write(program, 0x3ce, Graphics);
        program.In(0x3da);
        var values = Convert.FromHexString(Attribute);
        for (var i = 0; i < values.Length; i++)
        {
            program.Out(0x3c0, i).Out(0x3c0, values[i]);
        }

        return program.Out(0x3c0, 0x20);
    }

    private static void Write(VideoProgram program, int port, string registers)
    {
        var values = Convert.FromHexString(registers);
        for (var i = 0; i < values.Length; i++)
        {
            program.Index(port, i, values[i]);
        }
    }

    private static string Change(string registers, int index, int value)
    {
        var values = Convert.FromHexString(registers);
        values[index] = (byte)value;
        return Convert.ToHexString(values);
    }
}
