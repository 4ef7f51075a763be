using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using Emulator.Core.Instructions.Sse;
using Emulator.Jit.Runtime;

namespace Emulator.Jit.Emit;

/// <summary>
/// The vector registers of a region. In a loop, those that instructions with emitters use are locals, loaded at entry and stored at exits: of 256 bits where
/// an instruction of that size uses the register, else of 128. All other bits are always in the state, and so is all of the other registers.
/// </summary>
internal sealed class VectorRegisters
{
    private const int Count = 16;
    private const int BytesInState = 64;

    private static readonly MethodInfo ClearUpperMethod = typeof(VexRegisters).GetMethod(nameof(VexRegisters.ClearUpper))!;
    private static readonly MethodInfo ClearTopMethod = typeof(VexRegisters).GetMethod(nameof(VexRegisters.ClearTop))!;
    private static readonly MethodInfo LowerMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Lower))!;
    private static readonly MethodInfo WidenMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.Widen))!;
    private static readonly MethodInfo VexMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.ReplacedBy))!;
    private static readonly MethodInfo WithLowerMethod = typeof(VectorCalls).GetMethod(nameof(VectorCalls.WithLower))!;

    private readonly CilWriter _cil;
    private readonly LocalBuilder?[] _locals = new LocalBuilder?[Count];
    private readonly uint _written;

    /// <summary>Declares the locals of a set; those of <paramref name="wide"/> have 256 bits.</summary>
    public VectorRegisters(CilWriter cil, uint inLocals, uint written, uint wide)
    {
        _cil = cil;
        _written = written;
        for (var i = 0; i < Count; i++)
        {
            if ((inLocals & (1u << i)) != 0)
            {
                _locals[i] = cil.Declare((wide & (1u << i)) != 0 ? typeof(Vector256<byte>) : typeof(Vector128<byte>));
            }
        }
    }

    /// <summary>The number of the register at an offset in the state, as ops name it.</summary>
    public static int NumberAt(int offset) => (offset - StateLayout.Vectors) / BytesInState;

    /// <summary>Whether an offset in the state is a vector register's.</summary>
    public static bool IsAt(int offset) => offset >= StateLayout.Vectors;

    /// <summary>Loads every local.</summary>
    public void LoadAll() => Load(uint.MaxValue);

    /// <summary>Stores whatever the region may have written.</summary>
    public void StoreAll() => Store(uint.MaxValue);

    /// <summary>Loads the locals of a set.</summary>
    public void Load(uint set)
    {
        for (var i = 0; i < Count; i++)
        {
            if ((set & (1u << i)) != 0 && _locals[i] is { } local)
            {
                _cil.FieldAddress(OffsetOf(i));
                _cil.LoadObject(local.LocalType);
                _cil.Store(local);
            }
        }
    }

    /// <summary>Stores the locals of a set, as far as the region writes them: the others are in the state unchanged.</summary>
    public void Store(uint set)
    {
        for (var i = 0; i < Count; i++)
        {
            if ((set & _written & (1u << i)) != 0 && _locals[i] is { } local)
            {
                _cil.FieldAddress(OffsetOf(i));
                _cil.Load(local);
                _cil.StoreObject(local.LocalType);
            }
        }
    }

    /// <summary>Pushes the low 128 bits.</summary>
    public void Read(int number)
    {
        if (_locals[number] is { } local)
        {
            _cil.Load(local);
            if (IsWide(local))
            {
                _cil.Call(LowerMethod);
            }

            return;
        }

        _cil.FieldAddress(OffsetOf(number));
        _cil.LoadObject(typeof(Vector128<byte>));
    }

    /// <summary>Pushes the low 128 or 256 bits.</summary>
    public void Read(int number, bool isWide)
    {
        if (isWide)
        {
            ReadWide(number);
        }
        else
        {
            Read(number);
        }
    }

    /// <summary>Pushes 256 bits.</summary>
    public void ReadWide(int number)
    {
        if (_locals[number] is { } local && IsWide(local))
        {
            _cil.Load(local);
            return;
        }

        Store(1u << number);
        _cil.FieldAddress(OffsetOf(number));
        _cil.LoadObject(typeof(Vector256<byte>));
    }

    /// <summary>Begins a write of the low 128 bits: what is pushed from here to <see cref="EndWrite"/> is the value.</summary>
    public void BeginWrite(int number)
    {
        if (_locals[number] is not { } local)
        {
            _cil.FieldAddress(OffsetOf(number));
        }
        else if (IsWide(local))
        {
            _cil.Load(local);
        }
    }

    /// <summary>Pops the value and writes it; the rest of the register is kept, or cleared as VEX encodings do.</summary>
    public void EndWrite(int number, bool clearsUpper)
    {
        var local = _locals[number];
        if (local is not null && !IsWide(local))
        {
            _cil.Store(local);
            Clear(number, clearsUpper ? ClearUpperMethod : null);
            return;
        }

        // One store of 256 bits, so that the next instruction can read as many at once.
        if (local is not null)
        {
            _cil.Call(clearsUpper ? VexMethod : WithLowerMethod);
            _cil.Store(local);
        }
        else
        {
            if (clearsUpper)
            {
                _cil.Call(WidenMethod);
            }

            _cil.StoreObject(clearsUpper ? typeof(Vector256<byte>) : typeof(Vector128<byte>));
        }

        Clear(number, clearsUpper ? ClearTopMethod : null);
    }

    /// <summary>Writes what a local holds, 128 or 256 bits.</summary>
    public void Write(int number, LocalBuilder value, bool clearsUpper)
    {
        if (IsWide(value))
        {
            BeginWriteWide(number);
            _cil.Load(value);
            EndWriteWide(number);
        }
        else
        {
            BeginWrite(number);
            _cil.Load(value);
            EndWrite(number, clearsUpper);
        }
    }

    /// <summary>Begins a write of 256 bits.</summary>
    public void BeginWriteWide(int number)
    {
        if (_locals[number] is not { } local || !IsWide(local))
        {
            _cil.FieldAddress(OffsetOf(number));
        }
    }

    /// <summary>Pops the value and writes it; bits 511:256 are cleared.</summary>
    public void EndWriteWide(int number)
    {
        if (_locals[number] is { } local && IsWide(local))
        {
            _cil.Store(local);
        }
        else
        {
            _cil.StoreObject(typeof(Vector256<byte>));
            Load(1u << number);
        }

        Clear(number, ClearTopMethod);
    }

    /// <summary>Clears all but the low 128 bits of the locals.</summary>
    public void ZeroUpper()
    {
        foreach (var local in _locals)
        {
            if (local is not null && IsWide(local))
            {
                _cil.Load(local);
                _cil.Call(LowerMethod);
                _cil.Call(WidenMethod);
                _cil.Store(local);
            }
        }
    }

    private static bool IsWide(LocalBuilder local) => local.LocalType == typeof(Vector256<byte>);

    private static int OffsetOf(int number) => StateLayout.Vectors + (BytesInState * number);

    private void Clear(int number, MethodInfo? method)
    {
        if (method is not null)
        {
            _cil.State();
            _cil.Int(OffsetOf(number));
            _cil.Call(method);
        }
    }
}
