using Emulator.Devices;
using Emulator.Host.Bios.Input;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios.Board;

/// <summary>
/// INT 15h: memory, A20, waiting, the mouse, what the system is (PC/AT Technical Reference, section 5; ACPI 6.5, 15.1 for E820h).
/// </summary>
internal sealed class SystemService(BiosBoard board, MouseService mouse, PowerService power)
{
    private const uint SMap = 0x534d_4150;
    private const int EntryLength = 20;
    private const byte Unsupported = 0x86;
    private const byte FastA20 = 0x02;
    private const long RefreshNanoseconds = 15_085;
    private const byte RtcRegisterB = 0x0b;
    private const byte PeriodicEnable = 0x40;
    private const byte RtcSlaveMask = 0x01;

    /// <summary>Answers a call.</summary>
    public void Handle(BiosCall call)
    {
        switch (call.AH)
        {
            case 0x24:
                A20(call);
                break;
            case 0x4f:
                call.Carry = true;
                break;
            case 0x53:
                power.Handle(call);
                break;
            case 0x80 or 0x81 or 0x82 or 0x85 or 0x90 or 0x91:
                Succeed(call);
                break;
            case 0x83:
                EventWait(call);
                break;
            case 0x86:
                Wait(call);
                break;
            case 0x87:
                MoveBlock(call);
                break;
            case 0x88:
                call.AX = (ushort)Math.Min(board.Ram.ExtendedKilobytes, 0xfc00);
                call.Carry = false;
                break;
            case 0xc0:
                call.ES = BiosLayout.Segment;
                call.BX = BiosLayout.Configuration;
                Succeed(call);
                break;
            case 0xc1:
                call.ES = call.Memory.Read16(BiosData.ExtendedSegment);
                call.Carry = false;
                break;
            case 0xc2:
                mouse.Handle(call);
                break;
            case 0xe8:
                Memory(call);
                break;
            default:
                Refuse(call);
                break;
        }
    }

    /// <summary>A wait that INT 15h, AH=83h or AH=86h began is over when enough periods of the clock have passed; INT 70h counts them.</summary>
    public void Tick(BiosMemory memory, int microseconds)
    {
        if ((memory.Read8(BiosData.WaitActive) & 1) == 0)
        {
            return;
        }

        var left = (long)memory.Read32(BiosData.WaitCount) - microseconds;
        memory.Write(BiosData.WaitCount, (uint)Math.Max(left, 0));
        if (left > 0)
        {
            return;
        }

        var flag = BiosMemory.Linear(memory.Read16(BiosData.WaitFlag + 2), memory.Read16(BiosData.WaitFlag));
        memory.Or8(flag, 0x80);
        memory.Write<byte>(BiosData.WaitActive, 0);
        SetPeriodic(on: false);
    }

    private static void Succeed(BiosCall call)
    {
        call.AH = 0;
        call.Carry = false;
    }

    private static void Refuse(BiosCall call)
    {
        call.AH = Unsupported;
        call.Carry = true;
    }

    private void A20(BiosCall call)
    {
        var port = (byte)board.Ports.Read(PcPlatform.SystemControlPortA, 1);
        switch (call.AL)
        {
            case 0x00 or 0x01:
                board.Ports.Write(PcPlatform.SystemControlPortA, 1, (uint)((port & ~(FastA20 | 1)) | (call.AL * FastA20)));
                break;
            case 0x02:
                call.AL = (byte)((port & FastA20) / FastA20);
                break;
            case 0x03:
                call.BX = 3;
                break;
            default:
                Refuse(call);
                return;
        }

        Succeed(call);
    }

    private void EventWait(BiosCall call)
    {
        var memory = call.Memory;
        if (call.AL == 1)
        {
            memory.Write<byte>(BiosData.WaitActive, 0);
            SetPeriodic(on: false);
            Succeed(call);
            return;
        }

        if ((memory.Read8(BiosData.WaitActive) & 1) != 0)
        {
            call.AH = 0x83;
            call.Carry = true;
            return;
        }

        memory.Write(BiosData.WaitFlag, call.BX | ((uint)call.ES << 16));
        memory.Write(BiosData.WaitCount, call.DX | ((uint)call.CX << 16));
        memory.Write<byte>(BiosData.WaitActive, 1);
        SetPeriodic(on: true);
        Succeed(call);
    }

    private void SetPeriodic(bool on)
    {
        var value = board.ReadCmos(RtcRegisterB);
        board.WriteCmos(RtcRegisterB, (byte)(on ? value | PeriodicEnable : value & ~PeriodicEnable));
        if (on)
        {
            var port = (ushort)(PcPlatform.SlavePicPort + 1);
            board.Ports.Write(port, 1, board.Ports.Read(port, 1) & ~(uint)RtcSlaveMask);
        }
    }

    private static void Wait(BiosCall call)
    {
        Succeed(call);
        var cycles = (((long)call.CX << 16) | call.DX) * 1000 / RefreshNanoseconds;
        call.Push32((uint)Math.Max(cycles, 1));
        call.Next = BiosLayout.Delay;
    }

    // Six descriptors at ES:SI, of which the third is the source and the fourth the target; physical addresses.
    private void MoveBlock(BiosCall call)
    {
        var descriptors = new byte[48];
        call.Memory.Read(call.InEs(call.SI), descriptors);
        var (source, target) = (Base(descriptors.AsSpan(0x10)), Base(descriptors.AsSpan(0x18)));
        var bytes = new byte[2 * Math.Min((int)call.CX, 0x8000)];
        board.Memory.Read(source, bytes);
        board.Memory.Write(target, bytes);
        Succeed(call);
    }

    private static uint Base(ReadOnlySpan<byte> descriptor)
        => (uint)(descriptor[2] | (descriptor[3] << 8) | (descriptor[4] << 16) | (descriptor[7] << 24));

    private void Memory(BiosCall call)
    {
        switch (call.AL)
        {
            case 0x01 or 0x81:
                var (low, high) = Split(board.Ram.ExtendedKilobytes);
                call.AX = low;
                call.BX = high;
                call.CX = low;
                call.DX = high;
                call.Carry = false;
                break;
            case 0x20 when call.EDX == SMap:
                AddressRange(call);
                break;
            default:
                Refuse(call);
                break;
        }
    }

    // Kilobytes up to 16 MiB, and 64 KiB blocks above.
    private static (ushort Low, ushort High) Split(ulong kilobytes)
        => ((ushort)Math.Min(kilobytes, 0x3c00), (ushort)Math.Min(kilobytes > 0x3c00 ? (kilobytes - 0x3c00) >> 6 : 0, ushort.MaxValue));

    private void AddressRange(BiosCall call)
    {
        var map = board.Ram.E820;
        if (call.EBX >= (uint)map.Length || call.ECX < EntryLength)
        {
            Refuse(call);
            return;
        }

        var range = map[(int)call.EBX];
        var at = call.InEs(call.DI);
        call.Memory.Write(at, range.Start);
        call.Memory.Write(at + 8, range.Length);
        call.Memory.Write(at + 16, (uint)range.Type);
        call.EBX = call.EBX + 1 == (uint)map.Length ? 0 : call.EBX + 1;
        call.EAX = SMap;
        call.ECX = EntryLength;
        call.Carry = false;
    }
}
