using Emulator.Devices;
using Emulator.Devices.Firmware;
using Emulator.Host.Cli;
using Emulator.Host.Images;

namespace Emulator.Host.Machines;

/// <summary>
/// The machine's flash chips (<c>-drive if=pflash</c>): unit 0 ends at 4 GiB and its end is seen below 1 MiB; unit 1 lies before it, where
/// OVMF keeps its variables.
/// </summary>
internal sealed class FlashChips : IDisposable
{
    private const int LargestTotal = 8 << 20;
    private const int LowLength = 0x20000;
    private const ulong LowEnd = 0x10_0000;

    private readonly DriveSet _drives;

    /// <summary>Opens the files and maps the chips.</summary>
    public FlashChips(PcMachine pc, MachineOptions options)
    {
        var choices = options.Drives.Where(drive => drive.Interface == DriveInterface.Pflash).ToList();
        if (choices is [{ Unit: not 0 } stray, ..])
        {
            throw new UserErrorException(stray.Subject, "there is no flash of unit 0, where firmware starts", "add -drive if=pflash,unit=0,readonly=on,file=CODE");
        }

        _drives = DriveSet.Open(choices, pc.Machine.Scheduler, pc.Machine.Log.Once);
        var end = PcPlatform.SystemRomEnd;
        foreach (var drive in _drives.All)
        {
            var length = (ulong)drive.Backend!.Length;
            if (PcPlatform.SystemRomEnd - end + length > LargestTotal)
            {
                throw new UserErrorException(drive.Choice.Subject, "flash of more than 8 MiB in all does not fit below 4 GiB", "give a smaller image");
            }

            var chip = pc.Machine.AddDevice(new ParallelFlash(drive.Choice.Id, pc.Machine.Memory, end - length, drive.Backend));
            if (drive.Choice.Unit == 0)
            {
                var low = chip.Contents[Math.Max(0, chip.Contents.Length - LowLength)..];
                pc.Legacy.HostBridge.LoadRom(LowEnd - (ulong)low.Length, low);
            }

            end -= length;
        }
    }

    /// <summary>Brings everything to the files and closes them.</summary>
    public void Dispose() => _drives.Dispose();
}
