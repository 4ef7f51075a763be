using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Sse;
using Iced.Intel;

namespace Emulator.Core.Instructions.StateSave;

/// <summary>LDMXCSR and STMXCSR (SDM Vol. 2A and 2B).</summary>
public static class MxcsrTransfers
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Ldmxcsr, new MemoryRow<LoadMxcsr>());
        table.Add(Mnemonic.Vldmxcsr, new MemoryRow<LoadMxcsr>());
        table.Add(Mnemonic.Stmxcsr, new MemoryRow<StoreMxcsr>());
        table.Add(Mnemonic.Vstmxcsr, new MemoryRow<StoreMxcsr>());
    }
}

/// <summary>A vector instruction that has only a memory form.</summary>
public sealed unsafe class MemoryRow<TForm> : VectorRow
    where TForm : IMemoryForm
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
        => HandlerPicker.Memory<TForm>(context.Address);
}

/// <summary>LDMXCSR: a reserved bit raises #GP(0).</summary>
public readonly unsafe struct LoadMxcsr : IMemoryForm
{
    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!VectorMemory.TryRead<TAddress, uint>(s, op, aligned: false, out var value))
        {
            return Exits.Faulted(s, op);
        }

        if ((value & ~FxImage.MxcsrMask) != 0)
        {
            Fault.GeneralProtection(s, 0);
            return Exits.Faulted(s, op);
        }

        s->Mxcsr = value;
        return op + 1;
    }
}

/// <summary>STMXCSR.</summary>
public readonly unsafe struct StoreMxcsr : IMemoryForm
{
    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
        => VectorMemory.TryWrite<TAddress, uint>(s, op, aligned: false, s->Mxcsr) ? op + 1 : Exits.Faulted(s, op);
}
