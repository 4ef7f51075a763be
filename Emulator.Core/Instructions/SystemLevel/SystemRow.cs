using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>
/// A row of a system instruction: a handler for the register form (also that without operands) and one for the memory form, with the
/// operand size in bytes. A missing form is #UD. System instructions go through every check, so that one handler serves all modes.
/// </summary>
public sealed unsafe class SystemRow : InstructionRow
{
    private readonly delegate*<CpuState*, Op*, Op*> _register;
    private readonly delegate*<CpuState*, Op*, Op*> _memory;
    private readonly byte _size;

    /// <summary>A row with both forms.</summary>
    public SystemRow(delegate*<CpuState*, Op*, Op*> register, delegate*<CpuState*, Op*, Op*> memory, int size)
    {
        _register = register;
        _memory = memory;
        _size = (byte)size;
        EndsBlock = true;
    }

    /// <summary>A row without a memory form.</summary>
    public SystemRow(delegate*<CpuState*, Op*, Op*> handler, int size = 0)
        : this(handler, null, size)
    {
    }

    /// <summary>A row without a register form.</summary>
    public static SystemRow Memory(delegate*<CpuState*, Op*, Op*> handler, int size) => new(null, handler, size);

    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->OperandSize = _size;
        return OperandBinder.HasMemoryOperand(instruction) ? _memory : _register;
    }
}

/// <summary>What handlers of system instructions share.</summary>
internal static unsafe class SystemSteps
{
    /// <summary>Reads the memory operand, or the part of it at an offset.</summary>
    public static bool TryRead<T>(CpuState* s, Op* op, ulong offset, out T value)
        where T : unmanaged
    {
        value = default;
        return CheckedAddress.TryGet(s, op, offset, sizeof(T), write: false, out var linear)
            && GuestMemory.TryRead(s, op->Segment, linear, out value);
    }

    /// <summary>Writes the memory operand, or the part of it at an offset.</summary>
    public static bool TryWrite<T>(CpuState* s, Op* op, ulong offset, T value)
        where T : unmanaged
        => CheckedAddress.TryGet(s, op, offset, sizeof(T), write: true, out var linear)
            && GuestMemory.TryWrite(s, op->Segment, linear, value);

    /// <summary>#GP(0) above privilege level 0 (virtual-8086 mode included).</summary>
    public static bool CheckSupervisor(CpuState* s) => s->Cpl == 0 || Fault.GeneralProtection(s, 0);

    /// <summary>#UD in real and virtual-8086 mode.</summary>
    public static bool CheckProtected(CpuState* s) => (s->Mode & (CpuMode.Real | CpuMode.Virtual8086)) == 0 || Fault.InvalidOpcode(s);

    /// <summary>User-mode instruction prevention: #GP(0) above privilege level 0 with CR4.UMIP.</summary>
    public static bool CheckUserPrevention(CpuState* s)
        => s->Cpl == 0 || (s->Cr4 & Cr4.UMIP) == 0 || Fault.GeneralProtection(s, 0);

    /// <summary>Makes RIP exact, as far transfers and deliveries expect it.</summary>
    public static void Begin(CpuState* s, Op* op) => s->Rip = Exits.RipOf(s, op);

    /// <summary>
    /// Ends an instruction that has moved <see cref="CpuState.Rip"/> itself: on failure a fault is recorded, and belongs to where RIP is now.
    /// </summary>
    public static Op* End(CpuState* s, Op* op, bool done)
    {
        if (done)
        {
            return Exits.LeaveTo(s, op, s->Rip);
        }

        s->Retired -= op->Remaining;
        s->Exit = ExitReason.Fault;
        return null;
    }

    /// <summary>Writes a register of 2, 4 or 8 bytes.</summary>
    public static void SetRegister(CpuState* s, int offset, int size, ulong value)
    {
        switch (size)
        {
            case 2: CpuState.Set(s, offset, (ushort)value); break;
            case 4: CpuState.Set(s, offset, (uint)value); break;
            default: CpuState.Set(s, offset, value); break;
        }
    }

    /// <summary>Reads a register of 2, 4 or 8 bytes, zero-extended.</summary>
    public static ulong GetRegister(CpuState* s, int offset, int size) => size switch
    {
        2 => CpuState.Get<ushort>(s, offset),
        4 => CpuState.Get<uint>(s, offset),
        _ => CpuState.Get<ulong>(s, offset),
    };
}
