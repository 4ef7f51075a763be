using Emulator.Core.Bus;
using Emulator.Core.Cpu;
using Emulator.Core.Memory;
using Emulator.Host.Bios.Board;
using Emulator.Host.Bios.Boot;
using Emulator.Host.Bios.Disks;
using Emulator.Host.Bios.Input;
using Emulator.Host.Bios.Video;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios;

/// <summary>
/// The BIOS's C# half: a stub of the ROM writes to <see cref="BiosRom.CallPort"/>, and the service that it asks for runs with the registers,
/// the memory and the rights of the processor that trapped. All that it remembers lies in guest memory, as another BIOS's does.
/// </summary>
internal sealed unsafe class BiosFirmware : IPortHandler
{
    private const ushort PciAddressPort = 0xcf8;
    private const ulong RomStart = (ulong)BiosLayout.Segment << 4;

    private readonly Func<Processor?> _current;
    private readonly BiosBoard _board;
    private readonly PowerOnTest _powerOn;
    private readonly BootService _boot;
    private readonly VideoService _video;
    private readonly KeyboardService _keyboard;
    private readonly MouseService _mouse;
    private readonly PowerService _power;
    private readonly SystemService _system;
    private readonly DiskService _disks;
    private readonly SerialService _serial;
    private readonly TimeService _time;
    private readonly PciBios _pci;

    /// <summary>Claims the port.</summary>
    /// <param name="board">The machine.</param>
    /// <param name="current">The processor whose turn it is.</param>
    public BiosFirmware(BiosBoard board, Func<Processor?> current)
    {
        _board = board;
        _current = current;
        var drives = new DriveTable(board.Drives);
        var console = new BiosConsole(board.Ports);
        _mouse = new MouseService(board.Ports);
        _power = new PowerService(board.PowerOff);
        _system = new SystemService(board, _mouse, _power);
        _time = new TimeService(board, _system);
        _boot = new BootService(board, drives, console);
        _powerOn = new PowerOnTest(board, drives, _time, _boot, console);
        _video = new VideoService(board.Ports, new VbeService(new BochsDisplay(board.Ports, board.Pci, board.Memory)));
        _keyboard = new KeyboardService(board.Ports, board.Reset);
        _disks = new DiskService(drives);
        _serial = new SerialService(board.Ports);
        _pci = new PciBios(board);
        board.Ports.Claim("bios-call", BiosRom.CallPort, 1, this);
    }

    /// <summary>Nothing is read here.</summary>
    public uint ReadPort(ushort offset, int size) => uint.MaxValue;

    /// <summary>A stub's call; nothing when the write does not come from the ROM.</summary>
    public void WritePort(ushort offset, int size, uint value)
    {
        if (_current() is not { } processor || !IsRom(processor) || !MayReachDevices(processor.State))
        {
            return;
        }

        var call = new BiosCall(processor.State);
        Serve(call);
        call.Finish();
    }

    // The block that holds the OUT begins in the ROM, by its physical address.
    private bool IsRom(Processor processor)
    {
        var s = processor.State;
        if (s->Is64Bit)
        {
            return false;
        }

        ulong linear = (uint)(s->Cs.Base + s->BlockRip);
        if ((s->Cr0 & Cr0.PG) != 0)
        {
            var walked = processor.Mmu.Walker.TryWalk(s, linear, AccessKind.Execute, processor.Mmu.CurrentTable, out var translation);
            s->PendingVector = Fault.None;
            if (!walked)
            {
                return false;
            }

            linear = translation.Physical + (linear & ((1ul << translation.PageShift) - 1));
        }

        return linear - RomStart < BiosLayout.Length && _board.Memory.Find(linear, out _) is { Kind: not RegionKind.Mmio };
    }

    // User code may have been given this port, but the services reach them all.
    private static bool MayReachDevices(CpuState* s)
    {
        if (s->Cpl == 0 || TaskStateSegment.CheckPorts(s, PciAddressPort, sizeof(uint)))
        {
            return true;
        }

        s->PendingVector = Fault.None;
        return false;
    }

    private void Serve(BiosCall call)
    {
        switch (call.Service)
        {
            case BiosService.PowerOn:
                _powerOn.Run(call);
                break;
            case BiosService.OptionRomDone:
                _powerOn.Continue(call);
                break;
            case BiosService.BootMenu:
                _boot.Menu(call);
                break;
            case BiosService.MouseScriptDone:
                _mouse.Finish(call);
                break;
            case BiosService.PrintScreen:
                call.Memory.Write<byte>(BiosData.PrintScreenStatus, 0xff);
                break;
            case BiosService.Bios32Directory:
                PciBios.Directory(call);
                break;
            case BiosService.Bios32Pci:
                _pci.Handle(call);
                break;
            case BiosService.Apm16 or BiosService.Apm32:
                _power.Handle(call);
                break;
            case BiosService.Keyboard:
                _keyboard.Receive(call);
                break;
            case BiosService.Video:
                _video.Handle(call);
                break;
            case BiosService.Equipment:
                call.AX = call.Memory.Read16(BiosData.Equipment);
                break;
            case BiosService.MemorySize:
                call.AX = call.Memory.Read16(BiosData.MemorySize);
                break;
            case BiosService.Disk:
                _disks.Handle(call);
                break;
            case BiosService.Serial:
                _serial.Handle(call);
                break;
            case BiosService.System:
                _system.Handle(call);
                break;
            case BiosService.KeyboardInput:
                _keyboard.Handle(call);
                break;
            case BiosService.Printer:
                SerialService.HandlePrinter(call);
                break;
            case BiosService.BootFailure:
                _boot.Fail(call);
                break;
            case BiosService.Bootstrap:
                _boot.Start(call);
                break;
            case BiosService.Time:
                HandleTime(call);
                break;
            case BiosService.RealTimeClock:
                _time.Interrupt(call);
                break;
            case BiosService.Mouse:
                _mouse.Interrupt(call);
                break;
            default:
                break;
        }
    }

    private void HandleTime(BiosCall call)
    {
        if (call.AH == 0xb1)
        {
            _pci.Handle(call);
        }
        else if (!_time.TryHandle(call))
        {
            call.Carry = true;
        }
    }
}
