using System.Reflection.Emit;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>
/// The general registers of a region: 64-bit locals, loaded at entry and stored at exits. A narrow write merges into its local as the processor does
/// (SDM Vol. 1, 3.4.1.1). Values on the evaluation stack are int32, zero-extended, up to 32 bits, and int64 beyond.
/// </summary>
internal sealed class GuestRegisters
{
    private const int Count = 16;

    private readonly CilWriter _cil;
    private readonly LocalBuilder?[] _locals = new LocalBuilder?[Count];
    private readonly uint _written;

    /// <summary>Declares the locals of what a region uses.</summary>
    public GuestRegisters(CilWriter cil, uint used, uint written)
    {
        _cil = cil;
        _written = written;
        for (var i = 0; i < Count; i++)
        {
            if (((used | written) & (1u << i)) != 0)
            {
                _locals[i] = cil.Declare(typeof(ulong));
            }
        }
    }

    /// <summary>The local of a register by its number (0 is RAX).</summary>
    public LocalBuilder this[int number] => _locals[number] ?? throw new InvalidOperationException($"register {number} is not among those that the region uses");

    /// <summary>The number of a general register of any width.</summary>
    public static int NumberOf(Register register) => register.GetFullRegister().GetNumber();

    /// <summary>Loads every local.</summary>
    public void LoadAll()
    {
        for (var i = 0; i < Count; i++)
        {
            Load(i);
        }
    }

    /// <summary>Stores whatever the region may have written.</summary>
    public void StoreAll()
    {
        for (var i = 0; i < Count; i++)
        {
            if ((_written & (1u << i)) != 0)
            {
                Store(i);
            }
        }
    }

    /// <summary>Loads the locals of a set.</summary>
    public void Load(uint set)
    {
        for (var i = 0; i < Count; i++)
        {
            if ((set & (1u << i)) != 0)
            {
                Load(i);
            }
        }
    }

    /// <summary>Stores the locals of a set, as far as the region writes them: the others are in the state unchanged.</summary>
    public void Store(uint set)
    {
        for (var i = 0; i < Count; i++)
        {
            if ((set & _written & (1u << i)) != 0)
            {
                Store(i);
            }
        }
    }

    /// <summary>Pushes a register's value.</summary>
    public void Read(Register register)
    {
        _cil.Load(this[NumberOf(register)]);
        switch (register.GetSize())
        {
            case 8:
                return;
            case 4:
                _cil.Op(OpCodes.Conv_U4);
                return;
            case 2:
                _cil.Op(OpCodes.Conv_U2);
                return;
            default:
                if (IsHighByte(register))
                {
                    _cil.Int(8);
                    _cil.Op(OpCodes.Shr_Un);
                }

                _cil.Op(OpCodes.Conv_U1);
                return;
        }
    }

    /// <summary>Pops a value into a register.</summary>
    public void Write(Register register)
    {
        var local = this[NumberOf(register)];
        switch (register.GetSize())
        {
            case 8:
                break;
            case 4:
                _cil.Op(OpCodes.Conv_U8);
                break;
            case 2:
                Merge(local, OpCodes.Conv_U2, 0, 0xffff);
                break;
            default:
                Merge(local, OpCodes.Conv_U1, IsHighByte(register) ? 8 : 0, 0xff);
                break;
        }

        _cil.Store(local);
    }

    private static bool IsHighByte(Register register) => register is >= Register.AH and <= Register.BH;

    private void Merge(LocalBuilder local, OpCode narrow, int shift, long mask)
    {
        _cil.Op(narrow);
        _cil.Op(OpCodes.Conv_U8);
        if (shift != 0)
        {
            _cil.Int(shift);
            _cil.Op(OpCodes.Shl);
        }

        _cil.Load(local);
        _cil.Long(~(mask << shift));
        _cil.Op(OpCodes.And);
        _cil.Op(OpCodes.Or);
    }

    private void Load(int number)
    {
        if (_locals[number] is { } local)
        {
            _cil.LoadField(StateLayout.Gpr(number));
            _cil.Store(local);
        }
    }

    private void Store(int number) => _cil.StoreField(StateLayout.Gpr(number), this[number]);
}
