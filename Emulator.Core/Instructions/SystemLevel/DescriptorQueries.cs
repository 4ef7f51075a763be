using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Memory;
using Iced.Intel;

namespace Emulator.Core.Instructions.SystemLevel;

/// <summary>LAR, LSL, VERR, VERW, ARPL (SDM Vol. 2): questions about descriptors that answer with ZF.</summary>
public static unsafe class DescriptorQueries
{
    private const uint AccessRightsMask = 0x00f0_ff00;

    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        foreach (var (size, lar, lsl) in new[]
        {
            (2, Code.Lar_r16_rm16, Code.Lsl_r16_rm16), (4, Code.Lar_r32_r32m16, Code.Lsl_r32_r32m16), (8, Code.Lar_r64_r64m16, Code.Lsl_r64_r64m16),
        })
        {
            table.Add(lar, Row(&Lar<SecondRegister>, &Lar<InMemory>, size));
            table.Add(lsl, Row(&Lsl<SecondRegister>, &Lsl<InMemory>, size));
        }

        table.Add(Mnemonic.Verr, Row(&Verr<FirstRegister>, &Verr<InMemory>, 2));
        table.Add(Mnemonic.Verw, Row(&Verw<FirstRegister>, &Verw<InMemory>, 2));
        table.Add(Mnemonic.Arpl, new SystemRow(&ArplRegister, &ArplMemory, 2) { EndsBlock = false });
    }

    private static SystemRow Row(delegate*<CpuState*, Op*, Op*> register, delegate*<CpuState*, Op*, Op*> memory, int size)
        => new(register, memory, size) { EndsBlock = false };

    // Where the selector stands.
    private interface ISelector
    {
        static abstract bool TryRead(CpuState* s, Op* op, out ushort selector);
    }

    private readonly struct FirstRegister : ISelector
    {
        public static bool TryRead(CpuState* s, Op* op, out ushort selector)
        {
            selector = CpuState.Get<ushort>(s, op->Destination);
            return SystemSteps.CheckProtected(s);
        }
    }

    private readonly struct SecondRegister : ISelector
    {
        public static bool TryRead(CpuState* s, Op* op, out ushort selector)
        {
            selector = CpuState.Get<ushort>(s, op->Source);
            return SystemSteps.CheckProtected(s);
        }
    }

    private readonly struct InMemory : ISelector
    {
        public static bool TryRead(CpuState* s, Op* op, out ushort selector)
        {
            selector = 0;
            return SystemSteps.CheckProtected(s) && SystemSteps.TryRead(s, op, 0, out selector);
        }
    }

    // Out of the table, or (with #PF) unreadable: done is false only for the fault.
    private static bool TryFind(CpuState* s, ushort selector, out bool found, out Descriptor descriptor)
    {
        descriptor = default;
        found = !DescriptorTables.IsNull(selector) && DescriptorTables.TryLocate(s, selector, 8, out _);
        return !found || DescriptorTables.TryRead(s, selector, Vector.GeneralProtection, 0, out descriptor);
    }

    private static bool IsVisible(CpuState* s, ushort selector, in Descriptor descriptor)
        => descriptor.IsConforming || descriptor.Dpl >= Math.Max(s->Cpl, selector & 3);

    private static Op* Lar<TSelector>(CpuState* s, Op* op)
        where TSelector : ISelector
    {
        if (!TSelector.TryRead(s, op, out var selector) || !TryFind(s, selector, out var found, out var descriptor))
        {
            return Exits.Faulted(s, op);
        }

        found = found && IsVisible(s, selector, descriptor) && (descriptor.IsSegment || HasRights(s, descriptor.SystemType));
        if (found)
        {
            SystemSteps.SetRegister(s, op->Destination, op->OperandSize, (uint)(descriptor.Raw >> 32) & AccessRightsMask);
        }

        s->Flags.SetZero(found);
        return op + 1;
    }

    private static bool HasRights(CpuState* s, SystemType type) => s->IsLongMode
        ? type is SystemType.Ldt or SystemType.Tss32Available or SystemType.Tss32Busy or SystemType.CallGate32
        : type is SystemType.Tss16Available or SystemType.Ldt or SystemType.Tss16Busy or SystemType.CallGate16 or SystemType.TaskGate
            or SystemType.Tss32Available or SystemType.Tss32Busy or SystemType.CallGate32;

    private static Op* Lsl<TSelector>(CpuState* s, Op* op)
        where TSelector : ISelector
    {
        if (!TSelector.TryRead(s, op, out var selector) || !TryFind(s, selector, out var found, out var descriptor))
        {
            return Exits.Faulted(s, op);
        }

        found = found && IsVisible(s, selector, descriptor) && (descriptor.IsSegment || HasLimit(s, descriptor.SystemType));
        if (found)
        {
            SystemSteps.SetRegister(s, op->Destination, op->OperandSize, descriptor.Limit);
        }

        s->Flags.SetZero(found);
        return op + 1;
    }

    private static bool HasLimit(CpuState* s, SystemType type) => s->IsLongMode
        ? type is SystemType.Ldt or SystemType.Tss32Available or SystemType.Tss32Busy
        : type is SystemType.Tss16Available or SystemType.Ldt or SystemType.Tss16Busy or SystemType.Tss32Available or SystemType.Tss32Busy;

    private static Op* Verr<TSelector>(CpuState* s, Op* op)
        where TSelector : ISelector
        => Verify<TSelector>(s, op, write: false);

    private static Op* Verw<TSelector>(CpuState* s, Op* op)
        where TSelector : ISelector
        => Verify<TSelector>(s, op, write: true);

    private static Op* Verify<TSelector>(CpuState* s, Op* op, bool write)
        where TSelector : ISelector
    {
        if (!TSelector.TryRead(s, op, out var selector) || !TryFind(s, selector, out var found, out var descriptor))
        {
            return Exits.Faulted(s, op);
        }

        s->Flags.SetZero(found && descriptor.IsSegment && IsVisible(s, selector, descriptor)
            && (write ? descriptor.IsWritableData : descriptor.IsReadable));
        return op + 1;
    }

    private static Op* ArplRegister(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckProtected(s))
        {
            return Exits.Faulted(s, op);
        }

        var raises = Arpl(s, op, CpuState.Get<ushort>(s, op->Destination), out var result);
        if (raises)
        {
            CpuState.Set(s, op->Destination, result);
        }

        s->Flags.SetZero(raises);
        return op + 1;
    }

    private static Op* ArplMemory(CpuState* s, Op* op)
    {
        if (!SystemSteps.CheckProtected(s)
            || !CheckedAddress.TryGet(s, op, 0, 2, write: true, out var linear)
            || !GuestMemory.TryReadForWrite<ushort>(s, op->Segment, linear, out var value, out var direct))
        {
            return Exits.Faulted(s, op);
        }

        var raises = Arpl(s, op, value, out var result);
        GuestMemory.FinishWrite(s, op->Segment, linear, direct, result);
        s->Flags.SetZero(raises);
        return op + 1;
    }

    private static bool Arpl(CpuState* s, Op* op, ushort value, out ushort result)
    {
        var level = CpuState.Get<ushort>(s, op->Source) & 3;
        var raises = (value & 3) < level;
        result = raises ? (ushort)((value & ~3) | level) : value;
        return raises;
    }
}
