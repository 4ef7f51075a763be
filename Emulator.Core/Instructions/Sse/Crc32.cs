using System.Numerics;
using System.Runtime.CompilerServices;
using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Iced.Intel;

namespace Emulator.Core.Instructions.Sse;

/// <summary>CRC32 of SSE4.2: the Castagnoli polynomial, bit-reflected (SDM Vol. 2A).</summary>
public static unsafe class Crc32
{
    /// <summary>Adds the rows, and MOVNTI's.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Crc32, new Crc32Row());
        table.Add(Mnemonic.Movnti, new NonTemporalRow());
    }

    /// <summary>Adds the bytes of a value to a checksum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Apply<T>(uint crc, T value)
        where T : unmanaged
        => sizeof(T) switch
        {
            1 => BitOperations.Crc32C(crc, *(byte*)&value),
            2 => BitOperations.Crc32C(crc, *(ushort*)&value),
            4 => BitOperations.Crc32C(crc, *(uint*)&value),
            _ => BitOperations.Crc32C(crc, *(ulong*)&value),
        };
}

/// <summary>CRC32's forms by source width.</summary>
public readonly unsafe struct Crc32Form<T> : IMemoryForm
    where T : unmanaged
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
    {
        CpuState.Set(s, op->Destination, (ulong)Crc32.Apply(CpuState.Get<uint>(s, op->Destination), CpuState.Get<T>(s, op->Source)));
        return op + 1;
    }

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        if (!VectorMemory.TryRead<TAddress, T>(s, op, aligned: false, out var value))
        {
            return Exits.Faulted(s, op);
        }

        CpuState.Set(s, op->Destination, (ulong)Crc32.Apply(CpuState.Get<uint>(s, op->Destination), value));
        return op + 1;
    }
}

/// <summary>CRC32.</summary>
public sealed unsafe class Crc32Row : InstructionRow
{
    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        => OperandBinder.WidthOf(instruction, 1) switch
        {
            1 => Pick<byte>(instruction, context),
            2 => Pick<ushort>(instruction, context),
            4 => Pick<uint>(instruction, context),
            _ => Pick<ulong>(instruction, context),
        };

    private static delegate*<CpuState*, Op*, Op*> Pick<T>(in Instruction instruction, DecodeContext context)
        where T : unmanaged
        => OperandBinder.HasMemoryOperand(instruction)
            ? HandlerPicker.Memory<Crc32Form<T>>(context.Address)
            : &Crc32Form<T>.Register;
}

/// <summary>MOVNTI: a store of a general register.</summary>
public sealed unsafe class NonTemporalRow : InstructionRow
{
    /// <inheritdoc/>
    public override delegate*<CpuState*, Op*, Op*> Bind(in Instruction instruction, DecodeContext context, Op* op)
        => OperandBinder.WidthOf(instruction, 1) == 8
            ? HandlerPicker.Memory<StoreForm<ulong, UnalignedStore>>(context.Address)
            : HandlerPicker.Memory<StoreForm<uint, UnalignedStore>>(context.Address);
}
