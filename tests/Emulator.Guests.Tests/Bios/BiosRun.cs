using System.Diagnostics;
using System.Text;
using Emulator.Core.Bus;
using Emulator.Core.Machine;
using Emulator.Core.Time;
using Emulator.Host.Cli;
using Emulator.Host.Machines;
using Emulator.Host.Serial;

namespace Emulator.Guests.Tests.Bios;

/// <summary>Runs a boot program to its end on the project's own BIOS, or on SeaBIOS under QEMU, and returns its debug console.</summary>
internal static class BiosRun
{
    private const long HostMemory = 1L << 40;
    private const int QemuMilliseconds = 15_000;
    private const string Qemu = "/usr/bin/qemu-system-x86_64";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Whether QEMU is here to be asked.</summary>
    public static bool HasQemu => File.Exists(Qemu);

    /// <summary>A machine of the own BIOS; <paramref name="console"/> gets what is written to port E9h.</summary>
    public static PcMachine Build(StringBuilder console, params IReadOnlyList<string> arguments)
    {
        var options = MachineOptionsReader.Read(ArgumentParser.Parse(["-serial", "none", "-device", "isa-debug-exit,iobase=0x501", .. arguments]), PcCatalog.Create(), HostMemory);
        var pc = new PcMachine(
            options, BootSource.OwnBios(options), [null], new Dictionary<string, IHostChannel>(StringComparer.Ordinal), new HostClock(), new GuestLog(_ => { }));
        pc.Machine.Ports.Claim("test-console", BootProgram.ConsolePort, 1, new Console(console));
        pc.Machine.Reset();
        return pc;
    }

    /// <summary>Runs on the own BIOS.</summary>
    public static string Own(params IReadOnlyList<string> arguments)
    {
        var console = new StringBuilder();
        using var pc = Build(console, arguments);
        using var timer = new Timer(_ => pc.Machine.End(new MachineEnd(99, "it took too long")), null, Limit, Timeout.InfiniteTimeSpan);
        var end = pc.Machine.Run();
        Assert.True(end.ExitStatus == 0x21, $"{end}\n{console}\n{new MachineMonitor(pc).Describe("screen")}\n{new MachineMonitor(pc).Describe("registers")}");
        return console.ToString();
    }

    /// <summary>Runs on SeaBIOS.</summary>
    public static string SeaBios(params IReadOnlyList<string> arguments)
    {
        var log = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo(Qemu) { RedirectStandardError = true, UseShellExecute = false };
            foreach (var argument in (string[])["-display", "none", "-debugcon", $"file:{log}", "-device", "isa-debug-exit,iobase=0x501", "-m", "128", .. arguments])
            {
                start.ArgumentList.Add(argument);
            }

            using var process = Process.Start(start)!;
            if (!process.WaitForExit(QemuMilliseconds))
            {
                process.Kill();
            }

            return File.ReadAllText(log, Encoding.Latin1);
        }
        finally
        {
            File.Delete(log);
        }
    }

    private sealed class Console(StringBuilder text) : IPortHandler
    {
        public uint ReadPort(ushort offset, int size) => BootProgram.ConsolePort;

        public void WritePort(ushort offset, int size, uint value) => text.Append((char)(byte)value);
    }
}
