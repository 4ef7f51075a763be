using Emulator.Core.Cpu;
using Emulator.Core.Decoding;
using Emulator.Core.FloatingPoint;
using Emulator.Core.Instructions.Sse;
using Emulator.Core.Memory;
using Iced.Intel;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Emulator.Core.Instructions.Avx;

/// <summary>VCVTPH2PS.</summary>
public readonly unsafe struct Vcvtph2ps : IFloatOperation
{
    public static bool IsExact => true;

    public static FloatLanes Lanes => FloatLanes.Widening;

    public static bool TryFast(V a, V b, byte i, out V result)
    {
        result = default;
        return false;
    }

    public static V Exact(V a, V b, byte i, ref FloatContext context)
    {
        V result = default;
        for (var n = 0; n < 4; n++)
        {
            ((uint*)&result)[n] = Float32.FromFloat16(((ushort*)&b)[n], ref context);
        }

        return result;
    }
}

/// <summary>VCVTPS2PH: bit 2 of the immediate takes the rounding mode from MXCSR, else bits 1:0 are it. OperandSize is the source's size.</summary>
public readonly unsafe struct ToHalfForm : IMemoryForm
{
    /// <summary>The register form.</summary>
    public static Op* Register(CpuState* s, Op* op)
    {
        if (!TryConvert(s, op, out var result))
        {
            return Exits.Faulted(s, op);
        }

        VexRegisters.Write(s, op->Destination, result);
        return op + 1;
    }

    /// <inheritdoc/>
    public static Op* Execute<TAddress>(CpuState* s, Op* op)
        where TAddress : struct, IAddress
    {
        // The store's faults come before the flags.
        var size = op->OperandSize / 2;
        if (!TAddress.TryGet(s, op, 0, size, write: true, out var linear)
            || !SlowMemory.Probe(s, op->Segment, linear, size, write: true)
            || !TryConvert(s, op, out var result))
        {
            return Exits.Faulted(s, op);
        }

        if (size == 16)
        {
            GuestMemory.TryWrite(s, op->Segment, linear, result);
        }
        else
        {
            GuestMemory.TryWrite(s, op->Segment, linear, *(ulong*)&result);
        }

        return op + 1;
    }

    private static bool TryConvert(CpuState* s, Op* op, out V result)
    {
        var context = FloatContext.FromMxcsr(s->Mxcsr);
        var mode = (op->Immediate & 4) != 0 ? context.Rounding : (RoundingMode)(op->Immediate & 3);
        V halves = default;
        for (var n = 0; n < op->OperandSize / 4; n++)
        {
            ((ushort*)&halves)[n] = Float32.ToFloat16(CpuState.Get<uint>(s, op->Source + (n * 4)), mode, ref context);
        }

        result = halves;
        return Mxcsr.TryCommit(s, ref context);
    }
}

/// <summary>VCVTPS2PH.</summary>
public sealed unsafe class ToHalfRow : VectorRow
{
    /// <inheritdoc/>
    protected override delegate*<CpuState*, Op*, Op*> BindAvailable(in Instruction instruction, DecodeContext context, Op* op)
    {
        op->OperandSize = (byte)(VectorOperands.KindOf(instruction) == VectorKind.Vex256 ? 32 : 16);
        return OperandBinder.HasMemoryOperand(instruction) ? HandlerPicker.Memory<ToHalfForm>(context.Address) : &ToHalfForm.Register;
    }
}

/// <summary>F16C (SDM Vol. 2C).</summary>
public static class HalfPrecision
{
    /// <summary>Adds the rows.</summary>
    public static void AddTo(InstructionTable table)
    {
        table.Add(Mnemonic.Vcvtph2ps, new FloatRow<Vcvtph2ps, Part<ulong, V>>());
        table.Add(Mnemonic.Vcvtps2ph, new ToHalfRow());
    }
}
