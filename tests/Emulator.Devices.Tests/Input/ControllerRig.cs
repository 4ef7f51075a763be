using Emulator.Devices.Input;

namespace Emulator.Devices.Tests.Input;

/// <summary>A board whose keyboard controller is used as a driver uses it.</summary>
internal sealed class ControllerRig : IDisposable
{
    private const long ByteTime = 50_000;

    public MachineRig Board { get; } = new();

    public int Status => Board.In(0x64);

    public void Command(int command) => Board.Out(0x64, command);

    public void Data(int value) => Board.Out(0x60, value);

    public void Key(PcKey key, bool pressed) => Board.Legacy.Keyboard.KeyboardKey(key, pressed);

    public void Move(int dx, int dy, int dz = 0, int buttons = 0) => Board.Legacy.Keyboard.MouseMove(dx, dy, dz, (byte)buttons);

    /// <summary>The controller passes scan codes as they are.</summary>
    public void StopTranslation()
    {
        Command(0x60);
        Data(0x07);
    }

    /// <summary>What waits to be read, without time for a repetition.</summary>
    public int[] ReadAll()
    {
        var bytes = new List<int>();
        for (var i = 0; i < 64; i++)
        {
            if ((Status & 1) != 0)
            {
                bytes.Add(Board.In(0x60));
            }

            Board.Advance(ByteTime);
        }

        return [.. bytes];
    }

    /// <summary>What comes when it is read all the time that passes.</summary>
    public int[] ReadFor(int milliseconds)
    {
        var bytes = new List<int>();
        for (var i = 0; i < milliseconds; i++)
        {
            Board.Advance(MachineRig.Second / 1000);
            if ((Status & 1) != 0)
            {
                bytes.Add(Board.In(0x60));
            }
        }

        return [.. bytes];
    }

    /// <summary>Sends bytes to the keyboard; returns all its answers.</summary>
    public int[] Keyboard(params int[] bytes) => [.. bytes.SelectMany(value =>
    {
        Data(value);
        return ReadAll();
    })];

    /// <summary>Sends bytes to the mouse; returns all its answers.</summary>
    public int[] Mouse(params int[] bytes) => [.. bytes.SelectMany(value =>
    {
        Command(0xd4);
        Data(value);
        return ReadAll();
    })];

    public void Dispose() => Board.Dispose();
}
