using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using Emulator.Core.Decoding;
using Emulator.Core.Instructions.Sse;
using Emulator.Jit.Runtime;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>
/// The second source of a vector instruction: a vector register, a general register or memory. Opening it does whatever can fault; then it can be pushed.
/// </summary>
internal readonly struct VectorSource
{
    private static readonly MethodInfo Extend32 = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Extend), [typeof(uint)])!;
    private static readonly MethodInfo Extend64 = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Extend), [typeof(ulong)])!;
    private static readonly MethodInfo WidenMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Widen))!;
    private static readonly MethodInfo RepeatMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Repeat))!;

    private readonly EmitContext _context;
    private readonly VectorMeaning _meaning;
    private readonly Register _general;
    private readonly int _number;
    private readonly LocalBuilder? _memory;

    private VectorSource(EmitContext context, VectorMeaning meaning, Register general, int number, LocalBuilder? memory)
    {
        _context = context;
        _meaning = meaning;
        _general = general;
        _number = number;
        _memory = memory;
    }

    /// <summary>Opens the source in memory if the instruction has one, else the register at an offset in the state; false when memory needs checks.</summary>
    public static bool TryOpen(EmitContext c, in Instruction instruction, VectorMeaning meaning, int offset, out VectorSource source)
    {
        source = default;
        if (!OperandBinder.HasMemoryOperand(instruction))
        {
            source = VectorRegisters.IsAt(offset)
                ? new VectorSource(c, meaning, Register.None, VectorRegisters.NumberAt(offset), null)
                : new VectorSource(c, meaning, GeneralRegister(instruction), 0, null);
            return true;
        }

        if (!c.Memory.IsFlat(instruction))
        {
            return false;
        }

        var type = TypeOf(meaning.Size);
        var value = c.Cil.Rent(type);
        var address = c.Memory.Open(instruction, meaning.Size, writes: false, meaning.IsAligned);
        c.Memory.Load(address, meaning.Size, type.IsGenericType ? type : null);
        c.Cil.Store(value);
        c.Memory.Close(address);
        source = new VectorSource(c, meaning, Register.None, 0, value);
        return true;
    }

    /// <summary>The type of a local for a memory operand.</summary>
    public static Type TypeOf(int size) => size switch
    {
        32 => typeof(Vector256<byte>),
        16 => typeof(Vector128<byte>),
        8 => typeof(ulong),
        _ => typeof(int),
    };

    /// <summary>Pushes it as 128 or 256 bits.</summary>
    public void Push(bool isWide)
    {
        if (isWide)
        {
            PushWide();
        }
        else
        {
            Push();
        }
    }

    /// <summary>Pushes it as 128 bits, zero-extended.</summary>
    public void Push()
    {
        if (_memory is { } memory)
        {
            _context.Cil.Load(memory);
            Extend(memory.LocalType == typeof(ulong), memory.LocalType == typeof(int));
        }
        else if (_general != Register.None)
        {
            _context.Registers.Read(_general);
            Extend(_general.GetSize() == 8, _general.GetSize() < 8);
        }
        else
        {
            _context.Vectors.Read(_number);
        }
    }

    /// <summary>Pushes it as 256 bits; those beyond the size that the instruction reads in memory are zero, also of a register.</summary>
    public void PushWide()
    {
        if (_meaning.FillsBothLanes)
        {
            Push();
            _context.Cil.Call(RepeatMethod);
        }
        else if (_meaning.Size < 32)
        {
            Push();
            _context.Cil.Call(WidenMethod);
        }
        else if (_memory is { } memory)
        {
            _context.Cil.Load(memory);
        }
        else
        {
            _context.Vectors.ReadWide(_number);
        }
    }

    /// <summary>Gives its local back.</summary>
    public void Close()
    {
        if (_memory is { } memory)
        {
            _context.Cil.Return(memory);
        }
    }

    private static Register GeneralRegister(in Instruction instruction)
    {
        for (var i = 0; i < instruction.OpCount; i++)
        {
            if (instruction.GetOpKind(i) == OpKind.Register && instruction.GetOpRegister(i).IsGPR())
            {
                return instruction.GetOpRegister(i);
            }
        }

        return Register.None;
    }

    private void Extend(bool isQuadword, bool isNarrow)
    {
        if (isQuadword)
        {
            _context.Cil.Call(Extend64);
        }
        else if (isNarrow)
        {
            _context.Cil.Call(Extend32);
        }
    }
}
