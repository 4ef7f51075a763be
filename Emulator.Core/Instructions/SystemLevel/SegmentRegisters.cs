using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>MOV, PUSH and POP of segment registers; LDS, LES, LFS, LGS, LSS.</summary>
public static unsafe class SegmentRegisters
{
    private static readonly ushort FirstSegment = OperandBinder.OffsetOf(Register.ES);

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        foreach (var code in new[] { Code.Mov_Sreg_rm16, Code.Mov_Sreg_r32m16, Code.Mov_Sreg_r64m16 })
        {
            table.Add(code, new SystemRow(&LoadFromRegister, &LoadFromMemory, 2));
        }

        table.Add(Code.Mov_rm16_Sreg, new SystemRow(&StoreToRegister, &StoreToMemory, 2) { EndsBlock = false });
        table.Add(Code.Mov_r32m16_Sreg, new SystemRow(&StoreToRegister, &StoreToMemory, 4) { EndsBlock = false });
        table.Add(Code.Mov_r64m16_Sreg, new SystemRow(&StoreToRegister, &StoreToMemory, 8) { EndsBlock = false });
        AddStack(table);
        foreach (var (size, codes) in new[]
        {
            (2, new[] { Code.Les_r16_m1616, Code.Lds_r16_m1616, Code.Lss_r16_m1616, Code.Lfs_r16_m1616, Code.Lgs_r16_m1616 }),
            (4, [Code.Les_r32_m1632, Code.Lds_r32_m1632, Code.Lss_r32_m1632, Code.Lfs_r32_m1632, Code.Lgs_r32_m1632]),
            (8, [Code.Lss_r64_m1664, Code.Lfs_r64_m1664, Code.Lgs_r64_m1664]),
        })
        {
            foreach (var code in codes)
            {
                table.Add(code, SystemRow.Memory(&LoadFarPointer, size));
            }
        }
    }

    private static void AddStack(InstructionTable table)
    {
        foreach (var (size, codes) in new[]
        {
            (2, new[] { Code.Popw_ES, Code.Popw_SS, Code.Popw_DS, Code.Popw_FS, Code.Popw_GS }),
            (4, [Code.Popd_ES, Code.Popd_SS, Code.Popd_DS, Code.Popd_FS, Code.Popd_GS]),
            (8, [Code.Popq_FS, Code.Popq_GS]),
        })
        {
            foreach (var code in codes)
            {
                table.Add(code, new SystemRow(&Pop, size));
            }
        }

        foreach (var (size, codes) in new[]
        {
            (2, new[] { Code.Pushw_ES, Code.Pushw_CS, Code.Pushw_SS, Code.Pushw_DS, Code.Pushw_FS, Code.Pushw_GS }),
            (4, [Code.Pushd_ES, Code.Pushd_CS, Code.Pushd_SS, Code.Pushd_DS, Code.Pushd_FS, Code.Pushd_GS]),
            (8, [Code.Pushq_FS, Code.Pushq_GS]),
        })
        {
            foreach (var code in codes)
            {
                table.Add(code, new SystemRow(&Push, size) { EndsBlock = false });
            }
        }
    }

    private static Segment SegmentAt(int offset) => (Segment)((offset - FirstSegment) / sizeof(SegmentCache));

    private static Op* LoadFromRegister(CpuState* s, Op* op) => Load(s, op, CpuState.Get<ushort>(s, op->Source));

    private static Op* LoadFromMemory(CpuState* s, Op* op)
        => SegmentAt(op->Destination) != Segment.CS && SystemSteps.TryRead<ushort>(s, op, 0, out var selector)
            ? Load(s, op, selector)
            : Failed(s, op);

    private static Op* Failed(CpuState* s, Op* op)
    {
        if (SegmentAt(op->Destination) == Segment.CS)
        {
            Fault.InvalidOpcode(s);
        }

        return Exits.Faulted(s, op);
    }

    private static Op* Load(CpuState* s, Op* op, ushort selector)
    {
        var segment = SegmentAt(op->Destination);
        if (segment == Segment.CS || !SegmentLoader.TryLoad(s, segment, selector))
        {
            return Failed(s, op);
        }

        return Loaded(s, op, segment);
    }

    // After MOV SS and POP SS, interrupts and debug traps wait until the next instruction has completed (SDM Vol. 3A, 6.8.3).
    private static Op* Loaded(CpuState* s, Op* op, Segment segment)
    {
        s->Shadow = segment == Segment.SS ? InterruptShadow.MovSs : s->Shadow;
        ModeTracker.Update(s);
        return Exits.LeaveNext(s, op);
    }

    private static Op* StoreToRegister(CpuState* s, Op* op)
    {
        SystemSteps.SetRegister(s, op->Destination, op->OperandSize, CpuState.Get<ushort>(s, op->Source));
        return op + 1;
    }

    private static Op* StoreToMemory(CpuState* s, Op* op)
        => SystemSteps.TryWrite(s, op, 0, CpuState.Get<ushort>(s, op->Source)) ? op + 1 : Exits.Faulted(s, op);

    private static Op* Push(CpuState* s, Op* op)
    {
        // A 64-bit push writes the selector zero-extended, a 32-bit one only the low 16 bits of the slot (SDM Vol. 2B, PUSH).
        var stack = StackCursor.Current(s);
        var selector = CpuState.Get<ushort>(s, op->Destination);
        if (!(op->OperandSize == 8 ? stack.TryPush(s, 8, selector) : stack.TryPushSelector(s, op->OperandSize, selector)))
        {
            return Exits.Faulted(s, op);
        }

        stack.CommitPointer(s);
        return op + 1;
    }

    private static Op* Pop(CpuState* s, Op* op)
    {
        var stack = StackCursor.Current(s);
        var segment = SegmentAt(op->Destination);
        if (!stack.TryPeek(s, 0, 2, out var selector) || !SegmentLoader.TryLoad(s, segment, (ushort)selector))
        {
            return Exits.Faulted(s, op);
        }

        stack.Release(op->OperandSize);
        stack.CommitPointer(s);
        return Loaded(s, op, segment);
    }

    private static Op* LoadFarPointer(CpuState* s, Op* op)
    {
        var size = op->OperandSize;
        if (!TryReadOffset(s, op, size, out var offset) || !SystemSteps.TryRead<ushort>(s, op, size, out var selector))
        {
            return Exits.Faulted(s, op);
        }

        var segment = ((Code)op->Code).Mnemonic() switch
        {
            Mnemonic.Les => Segment.ES,
            Mnemonic.Lds => Segment.DS,
            Mnemonic.Lss => Segment.SS,
            Mnemonic.Lfs => Segment.FS,
            _ => Segment.GS,
        };
        if (!SegmentLoader.TryLoad(s, segment, selector))
        {
            return Exits.Faulted(s, op);
        }

        SystemSteps.SetRegister(s, op->Destination, size, offset);
        ModeTracker.Update(s);
        return Exits.LeaveNext(s, op);
    }

    private static bool TryReadOffset(CpuState* s, Op* op, int size, out ulong offset)
    {
        offset = 0;
        switch (size)
        {
            case 2:
                var done = SystemSteps.TryRead<ushort>(s, op, 0, out var word);
                offset = word;
                return done;
            case 4:
                done = SystemSteps.TryRead<uint>(s, op, 0, out var dword);
                offset = dword;
                return done;
            default:
                return SystemSteps.TryRead(s, op, 0, out offset);
        }
    }
}
