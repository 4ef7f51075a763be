using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Intrinsics;
using Emulator.Core.Instructions.Sse;

namespace Emulator.Jit.Emit;

/// <summary>
/// The XMM registers of a region. Those that instructions with emitters use are locals, loaded at entry and stored at exits; bits 511:128 are always in the
/// state, and so is all of the other registers.
/// </summary>
internal sealed class VectorRegisters
{
    private const int Count = 16;
    private const int BytesInState = 64;

    private static readonly MethodInfo ClearUpperMethod = typeof(VexRegisters).GetMethod(nameof(VexRegisters.ClearUpper))!;
    private static readonly MethodInfo WriteWideMethod = typeof(VexRegisters).GetMethods()
        .Single(method => method.Name == nameof(VexRegisters.Write) && method.GetParameters()[2].ParameterType == typeof(Vector256<byte>));

    private readonly CilWriter _cil;
    private readonly LocalBuilder?[] _locals = new LocalBuilder?[Count];
    private readonly uint _written;

    /// <summary>Declares the locals of a set.</summary>
    public VectorRegisters(CilWriter cil, uint inLocals, uint written)
    {
        _cil = cil;
        _written = written;
        for (var i = 0; i < Count; i++)
        {
            if ((inLocals & (1u << i)) != 0)
            {
                _locals[i] = cil.Declare(typeof(Vector128<byte>));
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
                _cil.LoadObject(typeof(Vector128<byte>));
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
                _cil.StoreObject(typeof(Vector128<byte>));
            }
        }
    }

    /// <summary>Pushes the low 128 bits.</summary>
    public void Read(int number)
    {
        if (_locals[number] is { } local)
        {
            _cil.Load(local);
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
        Store(1u << number);
        _cil.FieldAddress(OffsetOf(number));
        _cil.LoadObject(typeof(Vector256<byte>));
    }

    /// <summary>Begins a write of the low 128 bits: what is pushed from here to <see cref="EndWrite"/> is the value.</summary>
    public void BeginWrite(int number)
    {
        if (_locals[number] is null)
        {
            _cil.FieldAddress(OffsetOf(number));
        }
    }

    /// <summary>Pops the value and writes it; the rest of the register is kept, or cleared as VEX encodings do.</summary>
    public void EndWrite(int number, bool clearsUpper)
    {
        if (_locals[number] is { } local)
        {
            _cil.Store(local);
        }
        else
        {
            _cil.StoreObject(typeof(Vector128<byte>));
        }

        if (clearsUpper)
        {
            _cil.State();
            _cil.Int(OffsetOf(number));
            _cil.Call(ClearUpperMethod);
        }
    }

    /// <summary>Writes what a local holds, 128 or 256 bits.</summary>
    public void Write(int number, LocalBuilder value, bool clearsUpper)
    {
        if (value.LocalType == typeof(Vector256<byte>))
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
        _cil.State();
        _cil.Int(OffsetOf(number));
    }

    /// <summary>Pops the value and writes it; bits 511:256 are cleared.</summary>
    public void EndWriteWide(int number)
    {
        _cil.Call(WriteWideMethod);
        Load(1u << number);
    }

    private static int OffsetOf(int number) => StateLayout.Vectors + (BytesInState * number);
}
