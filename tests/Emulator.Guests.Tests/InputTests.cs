using Emulator.Devices.Input;

namespace Emulator.Guests.Tests;

/// <summary>Linux's drivers of keyboard and mouse (i8042, atkbd, psmouse) and the events that they make of what a user does.</summary>
[Collection(DebianCollection.Name)]
public sealed class InputTests(DebianGuests guests)
{
    private const int Key = 1;
    private const int Relative = 2;
    private const int Repeat = 2;

    [Theory]
    [InlineData("AT Translated Set 2 keyboard", "")]
    [InlineData("AT Raw Set 2 keyboard", "i8042.direct=1")]
    [InlineData("AT Raw Set 3 keyboard", "i8042.direct=1 atkbd.set=3")]
    public void Keyboard_UnderLinux_GivesItsKeys(string name, string parameters)
    {
        using var guest = new StorageGuest(guests, "drivers/input/evdev");
        using var shell = guest.Boot(parameters.Length == 0 ? [] : ["-append", parameters]);
        var controller = shell.Machine.Pc.Legacy.Keyboard;
        Record(shell, name);
        foreach (var key in (ReadOnlySpan<PcKey>)[PcKey.A, PcKey.Up, PcKey.F12, PcKey.ControlRight, PcKey.KeypadEnter, PcKey.Pause])
        {
            shell.Machine.Between(() => controller.KeyboardKey(key, true));
            shell.Ask("sleep 0.1");
            shell.Machine.Between(() => controller.KeyboardKey(key, false));
            shell.Ask("sleep 0.1");
        }

        var presses = Events(shell).Where(item => item.Type == Key && item.Value != Repeat).ToList();

        // linux/input-event-codes.h: A 30, UP 103, F12 88, RIGHTCTRL 97, KPENTER 96, PAUSE 119.
        Assert.Equal([30, 103, 88, 97, 96, 119], presses.Where(item => item.Value == 1).Select(item => item.Code));
        Assert.Equal([30, 103, 88, 97, 96, 119], presses.Where(item => item.Value == 0).Select(item => item.Code));
        Assert.DoesNotContain("Unknown key", shell.Ask("dmesg"), StringComparison.Ordinal);
    }

    [Fact]
    public void Mouse_UnderLinux_IsAnExplorerAndMoves()
    {
        using var guest = new StorageGuest(guests, "drivers/input/evdev", "drivers/input/mouse/psmouse");
        using var shell = guest.Boot("-append", "psmouse.proto=exps");
        var controller = shell.Machine.Pc.Legacy.Keyboard;
        Record(shell, "ImExPS/2");
        Assert.Equal(4, controller.Mouse.Id);
        shell.Machine.Between(() => controller.MouseMove(30, 20, 0, 0));
        shell.Ask("sleep 0.1");
        shell.Machine.Between(() => controller.MouseMove(0, 0, -1, 0));
        shell.Ask("sleep 0.1");
        shell.Machine.Between(() => controller.MouseMove(0, 0, 0, 0x11));
        shell.Ask("sleep 0.1");
        var events = Events(shell);

        // REL_X, REL_Y (downwards), REL_WHEEL; BTN_LEFT, BTN_EXTRA.
        Assert.Equal([(0, 30), (1, -20), (8, 1)], events.Where(item => item.Type == Relative && item.Code is 0 or 1 or 8).Select(item => (item.Code, item.Value)));
        Assert.Equal([0x110, 0x114], events.Where(item => item.Type == Key).Select(item => item.Code).Order());
    }

    // Copies the events of a device of a name to a file.
    private static void Record(LinuxShell shell, string name)
    {
        var devices = shell.Ask("cat /proc/bus/input/devices");
        var device = devices.Split("\n\n").FirstOrDefault(part => part.Contains(name, StringComparison.Ordinal));
        Assert.True(device is not null, devices);
        var handler = device.Split(' ', '=', '\n').First(word => word.StartsWith("event", StringComparison.Ordinal));
        shell.Ask($"mknod /tmp/device c 13 $((64 + {handler[5..]})); (cat /tmp/device > /tmp/events &)");
        shell.Ask("sleep 0.2");
    }

    // struct input_event: a time of 16 bytes, type, code, value.
    private static List<(int Type, int Code, int Value)> Events(LinuxShell shell)
    {
        var text = shell.Ask("hexdump -v -e '1/1 \"%02x\"' /tmp/events");
        var bytes = Convert.FromHexString(text);
        return [.. bytes.Chunk(24).Where(item => item.Length == 24).Select(item
            => ((int)BitConverter.ToUInt16(item, 16), (int)BitConverter.ToUInt16(item, 18), BitConverter.ToInt32(item, 20)))];
    }
}
