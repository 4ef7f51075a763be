using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>LGDT, LIDT, SGDT, SIDT, LLDT, LTR, SLDT, STR (SDM Vol. 2).</summary>
public static unsafe class DescriptorTableRegisters
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        foreach (var (mnemonic, wide, narrow) in new[] { (Mnemonic.Lgdt, Code.Lgdt_m1632, Code.Lgdt_m1632_16), (Mnemonic.Lidt, Code.Lidt_m1632, Code.Lidt_m1632_16) })
        {
            table.Add(narrow, SystemRow.Memory(&LoadTable, 2));
            table.Add(wide, SystemRow.Memory(&LoadTable, 4));
            table.Add(mnemonic, SystemRow.Memory(&LoadTable, 8));
        }

        table.Add(Code.Sgdt_m1664, SystemRow.Memory(&StoreTable, 8));
        table.Add(Code.Sidt_m1664, SystemRow.Memory(&StoreTable, 8));
        table.Add(Mnemonic.Sgdt, SystemRow.Memory(&StoreTable, 4));
        table.Add(Mnemonic.Sidt, SystemRow.Memory(&StoreTable, 4));
        table.Add(Mnemonic.Lldt, new SystemRow(&LoadLocalRegister, &LoadLocalMemory, 2));
        table.Add(Mnemonic.Ltr, new SystemRow(&LoadTaskRegister, &LoadTaskMemory, 2));
        foreach (var (size, sldt, str) in new[]
        {
            (2, Code.Sldt_rm16, Code.Str_rm16), (4, Code.Sldt_r32m16, Code.Str_r32m16), (8, Code.Sldt_r64m16, Code.Str_r64m16),
        })
        {
            table.Add(sldt, new SystemRow(&StoreLocalRegister, &StoreLocalMemory, size));
            table.Add(str, new SystemRow(&StoreTaskRegister, &StoreTaskMemory, size));
        }
    }

    private static DescriptorTable* TableOf(CpuState* s, Op* op)
        => ((Code)op->Code).Mnemonic() is Mnemonic.Lgdt or Mnemonic.Sgdt ? &s->Gdtr : &s->Idtr;

    private static Op* LoadTable(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckSupervisor(s) || !SystemSteps.TryRead<ushort>(s, op, 0, out var limit) || !TryReadBase(s, op, out var address))
        {
            return Exits.Faulted(s, op);
        }

        *TableOf(s, op) = new DescriptorTable { Base = address, Limit = limit };
        return Exits.LeaveNext(s, op);
    }

    // With 16-bit operands the base has 24 bits; in 64-bit mode it must be canonical.
    private static bool TryReadBase(CpuState* s, Op* op, out ulong address)
    {
        if (op->OperandSize == 8)
        {
            return SystemSteps.TryRead(s, op, 2, out address)
                && (SlowMemory.IsCanonicalBase(s, address) || Fault.GeneralProtection(s, 0));
        }

        var done = SystemSteps.TryRead<uint>(s, op, 2, out var value);
        address = op->OperandSize == 2 ? value & 0xff_ffff : value;
        return done;
    }

    // Every operand size stores the whole base: 286 programs ignore the upper byte.
    private static Op* StoreTable(CpuState* s, Op* op)
    {
        var table = TableOf(s, op);
        var done = SystemSteps.CheckUserPrevention(s)
            && SystemSteps.TryWrite(s, op, 0, table->Limit)
            && (op->OperandSize == 8 ? SystemSteps.TryWrite(s, op, 2, table->Base) : SystemSteps.TryWrite(s, op, 2, (uint)table->Base));
        return done ? Exits.LeaveNext(s, op) : Exits.Faulted(s, op);
    }

    private static Op* LoadLocalRegister(CpuState* s, Op* op)
        => CheckLoad(s) ? End(s, op, TryLoadLocal(s, CpuState.Get<ushort>(s, op->Destination))) : Exits.Faulted(s, op);

    private static Op* LoadLocalMemory(CpuState* s, Op* op)
        => End(s, op, CheckLoad(s) && SystemSteps.TryRead<ushort>(s, op, 0, out var selector) && TryLoadLocal(s, selector));

    private static Op* LoadTaskRegister(CpuState* s, Op* op)
        => CheckLoad(s) ? End(s, op, TryLoadTask(s, CpuState.Get<ushort>(s, op->Destination))) : Exits.Faulted(s, op);

    private static Op* LoadTaskMemory(CpuState* s, Op* op)
        => End(s, op, CheckLoad(s) && SystemSteps.TryRead<ushort>(s, op, 0, out var selector) && TryLoadTask(s, selector));

    private static bool CheckLoad(CpuState* s) => SystemSteps.CheckProtected(s) && SystemSteps.CheckSupervisor(s);

    private static Op* End(CpuState* s, Op* op, bool done) => done ? Exits.LeaveNext(s, op) : Exits.Faulted(s, op);

    private static bool TryLoadLocal(CpuState* s, ushort selector)
    {
        if (DescriptorTables.IsNull(selector))
        {
            s->Ldtr = new SegmentCache { Selector = selector };
            return true;
        }

        if (!TryReadSystem(s, selector, out var descriptor, out var upper))
        {
            return false;
        }

        if (descriptor.SystemType != SystemType.Ldt)
        {
            return Fault.GeneralProtection(s, selector & 0xfffc);
        }

        if (!CodeSegment.CheckPresent(s, selector, descriptor, 0))
        {
            return false;
        }

        s->Ldtr = descriptor.ToCache(selector);
        s->Ldtr.Base |= upper;
        return true;
    }

    private static bool TryLoadTask(CpuState* s, ushort selector)
    {
        if (DescriptorTables.IsNull(selector))
        {
            return Fault.GeneralProtection(s, 0);
        }

        if (!TryReadSystem(s, selector, out var descriptor, out var upper))
        {
            return false;
        }

        var available = descriptor.SystemType == SystemType.Tss32Available
            || (descriptor.SystemType == SystemType.Tss16Available && !s->IsLongMode);
        if (!available)
        {
            return Fault.GeneralProtection(s, selector & 0xfffc);
        }

        if (!CodeSegment.CheckPresent(s, selector, descriptor, 0) || !descriptor.TrySetBusy(s, true))
        {
            return false;
        }

        s->Tr = descriptor.ToCache(selector);
        s->Tr.Base |= upper;
        s->Tr.Attributes |= Descriptor.Busy;
        return true;
    }

    private static bool TryReadSystem(CpuState* s, ushort selector, out Descriptor descriptor, out ulong upper)
    {
        upper = 0;
        descriptor = default;
        if (DescriptorTables.IsLocal(selector))
        {
            return Fault.GeneralProtection(s, selector & 0xfffc);
        }

        if (!DescriptorTables.TryRead(s, selector, Vector.GeneralProtection, 0, out descriptor))
        {
            return false;
        }

        if (descriptor.IsSegment)
        {
            return Fault.GeneralProtection(s, selector & 0xfffc);
        }

        if (!s->IsLongMode)
        {
            return true;
        }

        return DescriptorTables.TryReadUpper(s, descriptor, selector, Vector.GeneralProtection, 0, out upper)
            && (SlowMemory.IsCanonicalBase(s, upper | descriptor.Base) || Fault.GeneralProtection(s, selector & 0xfffc));
    }

    private static bool CheckStore(CpuState* s) => SystemSteps.CheckProtected(s) && SystemSteps.CheckUserPrevention(s);

    private static Op* StoreLocalRegister(CpuState* s, Op* op) => StoreRegister(s, op, s->Ldtr.Selector);

    private static Op* StoreLocalMemory(CpuState* s, Op* op)
        => End(s, op, CheckStore(s) && SystemSteps.TryWrite(s, op, 0, s->Ldtr.Selector));

    private static Op* StoreTaskRegister(CpuState* s, Op* op) => StoreRegister(s, op, s->Tr.Selector);

    private static Op* StoreTaskMemory(CpuState* s, Op* op)
        => End(s, op, CheckStore(s) && SystemSteps.TryWrite(s, op, 0, s->Tr.Selector));

    private static Op* StoreRegister(CpuState* s, Op* op, ushort selector)
    {
        if (!CheckStore(s))
        {
            return Exits.Faulted(s, op);
        }

        SystemSteps.SetRegister(s, op->Destination, op->OperandSize, selector);
        return Exits.LeaveNext(s, op);
    }
}
