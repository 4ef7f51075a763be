using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>Far JMP, CALL and RET.</summary>
public static unsafe class FarControlFlow
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Code.Jmp_ptr1616, new SystemRow(&JumpDirect, 2));
        table.Add(Code.Jmp_ptr1632, new SystemRow(&JumpDirect, 4));
        table.Add(Code.Call_ptr1616, new SystemRow(&CallDirect, 2));
        table.Add(Code.Call_ptr1632, new SystemRow(&CallDirect, 4));
        table.Add(Code.Jmp_m1616, SystemRow.Memory(&JumpIndirect, 2));
        table.Add(Code.Jmp_m1632, SystemRow.Memory(&JumpIndirect, 4));
        table.Add(Code.Jmp_m1664, SystemRow.Memory(&JumpIndirect, 8));
        table.Add(Code.Call_m1616, SystemRow.Memory(&CallIndirect, 2));
        table.Add(Code.Call_m1632, SystemRow.Memory(&CallIndirect, 4));
        table.Add(Code.Call_m1664, SystemRow.Memory(&CallIndirect, 8));
        foreach (var (code, size) in new[]
        {
            (Code.Retfw, 2), (Code.Retfd, 4), (Code.Retfq, 8), (Code.Retfw_imm16, 2), (Code.Retfd_imm16, 4), (Code.Retfq_imm16, 8),
        })
        {
            table.Add(code, new SystemRow(&Return, size));
        }
    }

    private static Op* JumpDirect(CpuState* s, Op* op) => Direct(s, op, call: false);

    private static Op* CallDirect(CpuState* s, Op* op) => Direct(s, op, call: true);

    private static Op* JumpIndirect(CpuState* s, Op* op) => Indirect(s, op, call: false);

    private static Op* CallIndirect(CpuState* s, Op* op) => Indirect(s, op, call: true);

    private static Op* Direct(CpuState* s, Op* op, bool call)
        => Transfer(s, op, call, (ushort)(op->Immediate >> 32), (uint)op->Immediate);

    private static Op* Indirect(CpuState* s, Op* op, bool call)
    {
        var size = op->OperandSize;
        var done = SystemSteps.TryRead<ushort>(s, op, 0, out var word);
        ulong offset = word;
        if (done && size == 4)
        {
            done = SystemSteps.TryRead<uint>(s, op, 0, out var dword);
            offset = dword;
        }
        else if (done && size == 8)
        {
            done = SystemSteps.TryRead(s, op, 0, out offset);
        }

        return done && SystemSteps.TryRead<ushort>(s, op, size, out var selector)
            ? Transfer(s, op, call, selector, offset)
            : Exits.Faulted(s, op);
    }

    private static Op* Transfer(CpuState* s, Op* op, bool call, ushort selector, ulong offset)
    {
        SystemSteps.Begin(s, op);
        return SystemSteps.End(s, op, FarTransfer.TryTransfer(s, call, selector, offset, op->OperandSize, Exits.NextRip(s, op)));
    }

    private static Op* Return(CpuState* s, Op* op)
    {
        SystemSteps.Begin(s, op);
        return SystemSteps.End(s, op, FarReturn.TryReturn(s, op->OperandSize, (ushort)op->Immediate));
    }
}
