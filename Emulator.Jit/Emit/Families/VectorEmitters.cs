using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions;
using Emulator.Core.Instructions.Avx;
using Emulator.Core.Instructions.Sse;
using Iced.Intel;

namespace Emulator.Jit.Emit.Families;

/// <summary>
/// SSE and AVX instructions that obey no MXCSR: each is a call of the method of Core that means it, which RyuJIT inlines. What rows do not tell, and whatever
/// the mode forbids, is left to the handler.
/// </summary>
internal sealed unsafe class VectorEmitters(InstructionTable rows, VectorMeanings meanings)
{
    private static readonly MethodInfo LaneMethod = typeof(ExtractedLane).GetMethod(nameof(ExtractedLane.Of))!;
    private static readonly MethodInfo ZeroUpperMethod = typeof(LaneMoves).GetMethod(nameof(LaneMoves.ZeroUpper))!;

    private readonly FloatEmitters _floats = new(meanings);

    /// <summary>Adds the emitters: of every instruction whose row can tell what it means.</summary>
    public static void AddTo(EmitterTable table, InstructionTable rows)
    {
        var emitters = new VectorEmitters(rows, new VectorMeanings());
        for (var code = Code.INVALID; code < (Code)InstructionTable.CodeCount; code++)
        {
            if (rows[code] is IVectorMeaningRow row)
            {
                table.AddVector(code.Mnemonic(), emitters.Emit, row.ObeysMxcsr);
            }
        }
    }

    private bool Emit(EmitContext c, in Instruction instruction)
    {
        if (rows[instruction.Code] is not IVectorMeaningRow row || !VectorRow.IsAvailable(instruction, c.Plan.Mode) || row.MeaningOf(instruction) is not { } meaning)
        {
            return false;
        }

        return meaning.Kind switch
        {
            VectorMeaningKind.Operation => EmitOperation(c, instruction, meaning),
            VectorMeaningKind.Ternary => EmitTernary(c, instruction, meaning),
            VectorMeaningKind.Lane => EmitLane(c, instruction),
            VectorMeaningKind.ZeroUpper => EmitZeroUpper(c),
            VectorMeaningKind.Store => EmitStore(c, instruction, meaning),
            VectorMeaningKind.Extraction => EmitExtraction(c, instruction, meaning),
            VectorMeaningKind.Test => EmitTest(c, instruction, meaning),
            VectorMeaningKind.Float => _floats.EmitOperation(c, instruction, meaning),
            VectorMeaningKind.Fused => _floats.EmitFused(c, instruction, meaning),
            VectorMeaningKind.OrderedFlags => FloatEmitters.EmitComparison(c, instruction, meaning),
            _ => FloatEmitters.EmitToInteger(c, instruction, meaning),
        };
    }

    private bool EmitOperation(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        var op = c.CurrentOp;
        if (!VectorSource.TryOpen(c, instruction, meaning, op->Third, out var b))
        {
            return false;
        }

        var destination = VectorRegisters.NumberAt(op->Destination);
        if (VectorOperands.KindOf(instruction) == VectorKind.Vex256)
        {
            c.Vectors.BeginWriteWide(destination);
            c.Vectors.ReadWide(VectorRegisters.NumberAt(op->Source));
            b.PushWide();
            c.Cil.Int((byte)op->Immediate);
            c.Cil.Call(meanings.Apply256(meaning.Operation));
            c.Vectors.EndWriteWide(destination);
        }
        else
        {
            c.Vectors.BeginWrite(destination);
            PushOperation(c, op, meaning, b);
            c.Vectors.EndWrite(destination, instruction.Encoding == EncodingKind.VEX);
        }

        b.Close();
        return true;
    }

    private bool EmitTernary(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        var op = c.CurrentOp;
        if (!VectorSource.TryOpen(c, instruction, meaning, op->Third, out var b))
        {
            return false;
        }

        var isWide = VectorOperands.KindOf(instruction) == VectorKind.Vex256;
        var result = c.Cil.Rent(isWide ? typeof(Vector256<byte>) : typeof(Vector128<byte>));
        c.Vectors.Read(VectorRegisters.NumberAt(op->Source), isWide);
        b.Push(isWide);
        c.Vectors.Read(VectorRegisters.NumberAt(op->Fourth), isWide);
        c.Cil.Call(meanings.ApplyTernary(meaning.Operation, isWide));
        c.Cil.Store(result);
        c.Vectors.Write(VectorRegisters.NumberAt(op->Destination), result, instruction.Encoding == EncodingKind.VEX);
        c.Cil.Return(result);
        b.Close();
        return true;
    }

    private static bool EmitLane(EmitContext c, in Instruction instruction)
    {
        var isStore = instruction.Op0Kind == OpKind.Memory;
        if (isStore && !c.Memory.IsFlat(instruction))
        {
            return false;
        }

        var op = c.CurrentOp;
        var value = c.Cil.Rent(typeof(Vector128<byte>));
        c.Vectors.ReadWide(VectorRegisters.NumberAt(op->Source));
        c.Cil.Int((byte)op->Immediate);
        c.Cil.Call(LaneMethod);
        c.Cil.Store(value);
        if (isStore)
        {
            var address = c.Memory.Open(instruction, 16, writes: true);
            c.Memory.Store(address, value, 16);
            c.Memory.Close(address);
        }
        else
        {
            c.Vectors.Write(VectorRegisters.NumberAt(op->Destination), value, clearsUpper: true);
        }

        c.Cil.Return(value);
        return true;
    }

    private static bool EmitZeroUpper(EmitContext c)
    {
        c.Vectors.ZeroUpper();
        c.Cil.State();
        c.Cil.Int(c.Is64Bit ? 16 : 8);
        c.Cil.Call(ZeroUpperMethod);
        return true;
    }

    // A move needs no call.
    private void PushOperation(EmitContext c, Op* op, VectorMeaning meaning, VectorSource b)
    {
        if (meaning.Operation == typeof(MoveWhole))
        {
            b.Push();
            return;
        }

        c.Vectors.Read(VectorRegisters.NumberAt(op->Source));
        b.Push();
        c.Cil.Int((byte)op->Immediate);
        c.Cil.Call(meanings.Apply(meaning.Operation));
    }

    private static bool EmitStore(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        if (!c.Memory.IsFlat(instruction))
        {
            return false;
        }

        var value = c.Cil.Rent(VectorSource.TypeOf(meaning.Size));
        var number = VectorRegisters.NumberAt(c.CurrentOp->Source);
        if (meaning.Size == 32)
        {
            c.Vectors.ReadWide(number);
        }
        else
        {
            c.Vectors.Read(number);
        }

        c.Cil.Store(value);
        var address = c.Memory.Open(instruction, meaning.Size, writes: true, meaning.IsAligned);
        c.Memory.Store(address, value, meaning.Size);
        c.Memory.Close(address);
        c.Cil.Return(value);
        return true;
    }

    private bool EmitExtraction(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        var isStore = instruction.Op0Kind == OpKind.Memory;
        if (isStore && !c.Memory.IsFlat(instruction))
        {
            return false;
        }

        var value = c.Rent(meaning.Size);
        c.Vectors.Read(VectorRegisters.NumberAt(c.CurrentOp->Source));
        c.Cil.Int((byte)c.CurrentOp->Immediate);
        c.Cil.Call(meanings.Extract(meaning.Operation));
        c.Cil.Store(value);
        if (isStore)
        {
            var address = c.Memory.Open(instruction, meaning.Size, writes: true);
            c.Memory.Store(address, value, meaning.Size);
            c.Memory.Close(address);
        }
        else
        {
            c.Cil.Load(value);
            if (meaning.Size < 8)
            {
                c.Cil.Op(OpCodes.Conv_U8);
            }

            c.Registers.Write(instruction.Op0Register.GetFullRegister());
        }

        c.Cil.Return(value);
        return true;
    }

    private bool EmitTest(EmitContext c, in Instruction instruction, VectorMeaning meaning)
    {
        var op = c.CurrentOp;
        if (!VectorSource.TryOpen(c, instruction, meaning, op->Source, out var b))
        {
            return false;
        }

        c.Cil.State();
        c.Vectors.Read(VectorRegisters.NumberAt(op->Destination));
        b.Push();
        c.Cil.Call(meanings.Test(meaning.Operation));
        c.Flags.Set(null);
        b.Close();
        return true;
    }
}
