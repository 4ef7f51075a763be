using Emulator.Core.Cpu;
using Emulator.Roms.Bios;

namespace Emulator.Host.Bios;

/// <summary>
/// One call of a service: the registers and the stack of the processor that trapped, by their 16-bit names. The stub's number has been
/// taken off the stack; what is on top is the frame of the interrupt, whose flags <see cref="Carry"/> and <see cref="Zero"/> change.
/// </summary>
internal sealed unsafe class BiosCall
{
    private const ulong CarryFlag = 1;
    private const ulong ZeroFlag = 1 << 6;
    private const ulong InterruptFlag = 1 << 9;
    private const int FlagsInFrame = 4;

    private readonly CpuState* _s;
    private readonly ulong _frame;
    private readonly bool _wide;

    /// <summary>Takes the number off the stack.</summary>
    public BiosCall(CpuState* state)
    {
        _s = state;
        _wide = (state->Mode & CpuMode.CodeSizeMask) == CpuMode.Code32;
        Memory = new BiosMemory(state);
        Service = (BiosService)Memory.Read8(StackLinear);
        if (!_wide)
        {
            MoveStack(2);
        }

        _frame = StackLinear;
    }

    /// <summary>The service asked for.</summary>
    public BiosService Service { get; }

    /// <summary>Whether the caller is 32-bit code of the BIOS32 interface, whose flags are the processor's own.</summary>
    public bool IsWide => _wide;

    /// <summary>Memory.</summary>
    public BiosMemory Memory { get; }

    /// <summary>Where the ROM goes on; by default at an IRET.</summary>
    public ushort Next { get; set; } = BiosLayout.Return;

    public byte AL { get => (byte)_s->Rax; set => Low(ref _s->Rax, value); }

    public byte AH { get => (byte)(_s->Rax >> 8); set => High(ref _s->Rax, value); }

    public ushort AX { get => (ushort)_s->Rax; set => Word(ref _s->Rax, value); }

    public uint EAX { get => (uint)_s->Rax; set => _s->Rax = value; }

    public byte BL { get => (byte)_s->Rbx; set => Low(ref _s->Rbx, value); }

    public byte BH { get => (byte)(_s->Rbx >> 8); set => High(ref _s->Rbx, value); }

    public ushort BX { get => (ushort)_s->Rbx; set => Word(ref _s->Rbx, value); }

    public uint EBX { get => (uint)_s->Rbx; set => _s->Rbx = value; }

    public byte CL { get => (byte)_s->Rcx; set => Low(ref _s->Rcx, value); }

    public byte CH { get => (byte)(_s->Rcx >> 8); set => High(ref _s->Rcx, value); }

    public ushort CX { get => (ushort)_s->Rcx; set => Word(ref _s->Rcx, value); }

    public uint ECX { get => (uint)_s->Rcx; set => _s->Rcx = value; }

    public byte DL { get => (byte)_s->Rdx; set => Low(ref _s->Rdx, value); }

    public byte DH { get => (byte)(_s->Rdx >> 8); set => High(ref _s->Rdx, value); }

    public ushort DX { get => (ushort)_s->Rdx; set => Word(ref _s->Rdx, value); }

    public uint EDX { get => (uint)_s->Rdx; set => _s->Rdx = value; }

    public ushort SI { get => (ushort)_s->Rsi; set => Word(ref _s->Rsi, value); }

    public uint ESI { get => (uint)_s->Rsi; set => _s->Rsi = value; }

    public ushort DI { get => (ushort)_s->Rdi; set => Word(ref _s->Rdi, value); }

    public uint EDI { get => (uint)_s->Rdi; set => _s->Rdi = value; }

    public ushort BP { get => (ushort)_s->Rbp; set => Word(ref _s->Rbp, value); }

    /// <summary>ES's selector.</summary>
    public ushort ES { get => _s->Es.Selector; set => LoadSegment(&_s->Es, value); }

    /// <summary>DS's selector.</summary>
    public ushort DS { get => _s->Ds.Selector; set => LoadSegment(&_s->Ds, value); }

    /// <summary>The carry flag that the caller gets: most services' sign of failure.</summary>
    public bool Carry { get => (Flags & CarryFlag) != 0; set => SetFlag(CarryFlag, value); }

    /// <summary>The zero flag that the caller gets.</summary>
    public bool Zero { set => SetFlag(ZeroFlag, value); }

    /// <summary>The interrupt flag that the caller gets.</summary>
    public bool Interrupts { set => SetFlag(InterruptFlag, value); }

    private ulong Flags => _wide ? _s->ReadRflags() : Memory.Read16(_frame + FlagsInFrame);

    private ulong StackLinear => _s->Ss.Base + ((_s->Ss.Attributes & SegmentCache.Big) != 0 ? (uint)_s->Rsp : (ushort)_s->Rsp);

    /// <summary>The linear address of an offset in ES.</summary>
    public ulong InEs(uint offset) => _s->Es.Base + offset;

    /// <summary>The linear address of an offset in DS.</summary>
    public ulong InDs(uint offset) => _s->Ds.Base + offset;

    /// <summary>Pushes a word.</summary>
    public void Push(ushort value)
    {
        MoveStack(-2);
        Memory.Write(StackLinear, value);
    }

    /// <summary>Pushes a double word.</summary>
    public void Push32(uint value)
    {
        Push((ushort)(value >> 16));
        Push((ushort)value);
    }

    /// <summary>Goes on at an interrupt's handler, which returns to an offset of the ROM.</summary>
    public void Interrupt(byte vector, ushort returnTo)
    {
        var handler = Memory.Read32(4u * vector);
        Push(0x0002);
        Push(BiosLayout.Segment);
        Push(returnTo);
        Push(0x0002);
        Push((ushort)(handler >> 16));
        Push((ushort)handler);
        Next = BiosLayout.Iret;
    }

    /// <summary>Goes on at a routine of the guest, called far, which returns to an offset of the ROM.</summary>
    public void FarCall(ushort segment, ushort offset, ushort returnTo)
    {
        Push(BiosLayout.Segment);
        Push(returnTo);
        Push(segment);
        Push(offset);
        Next = BiosLayout.FarReturn;
    }

    /// <summary>Leaves everything behind and goes on elsewhere, with a new stack and interrupts allowed.</summary>
    public void Jump(ushort segment, ushort offset, ushort stackSegment, ushort stackPointer)
    {
        LoadSegment(&_s->Ss, stackSegment);
        _s->Rsp = stackPointer;
        Push(0x0202);
        Push(segment);
        Push(offset);
        Next = BiosLayout.Iret;
    }

    /// <summary>Clears the general registers, DS and ES.</summary>
    public void ClearRegisters()
    {
        for (var i = 0; i < 8; i++)
        {
            if (i != 4)
            {
                *CpuState.Gpr(_s, i) = 0;
            }
        }

        DS = ES = 0;
        LoadSegment(&_s->Fs, 0);
        LoadSegment(&_s->Gs, 0);
    }

    /// <summary>Loads DS, ES, FS and GS alike.</summary>
    public void LoadAllData(ushort selector)
    {
        DS = ES = selector;
        LoadSegment(&_s->Fs, selector);
        LoadSegment(&_s->Gs, selector);
    }

    /// <summary>Tells the ROM where to go on.</summary>
    public void Finish()
    {
        if (!_wide)
        {
            Push(Next);
        }
    }

    private void SetFlag(ulong flag, bool value)
    {
        var flags = value ? Flags | flag : Flags & ~flag;
        if (_wide)
        {
            _s->WriteRflags(flags);
        }
        else
        {
            Memory.Write(_frame + FlagsInFrame, (ushort)flags);
        }
    }

    private void MoveStack(int bytes)
    {
        if ((_s->Ss.Attributes & SegmentCache.Big) != 0)
        {
            _s->Rsp = (uint)(_s->Rsp + (ulong)bytes);
        }
        else
        {
            Word(ref _s->Rsp, (ushort)(_s->Rsp + (ulong)bytes));
        }
    }

    // Real mode keeps limits and rights; in protected mode a service cannot load segments.
    private void LoadSegment(SegmentCache* segment, ushort selector)
    {
        if ((_s->Mode & (CpuMode.Real | CpuMode.Virtual8086)) == 0)
        {
            return;
        }

        segment->Selector = selector;
        segment->Base = (ulong)selector << 4;
        ModeTracker.Update(_s);
    }

    private static void Low(ref ulong register, byte value) => register = (register & ~0xfful) | value;

    private static void High(ref ulong register, byte value) => register = (register & ~0xff00ul) | ((ulong)value << 8);

    private static void Word(ref ulong register, ushort value) => register = (register & ~0xfffful) | value;
}
