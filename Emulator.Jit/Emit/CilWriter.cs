using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;
using System.Text;
using Emulator.Core.Cpu;

namespace Emulator.Jit.Emit;

/// <summary>
/// Writes CIL of one method, whose argument 0 is the <see cref="CpuState"/> and argument 1 the op. The last step of a translation: nothing is
/// optimised behind it but by RyuJIT. With a listing, every instruction is also kept as text.
/// </summary>
public sealed class CilWriter(ILGenerator generator, StringBuilder? listing = null)
{
    private readonly Dictionary<Label, int> _labelNumbers = [];
    private readonly Dictionary<Type, Stack<LocalBuilder>> _free = [];

    private readonly HashSet<MethodInfo> _called = [];

    /// <summary>The methods called so far, where a listing is kept.</summary>
    public IReadOnlyCollection<MethodInfo> Called => _called;

    /// <summary>Bytes of CIL so far.</summary>
    public int Size => generator.ILOffset;

    /// <summary>A label to be marked later.</summary>
    public Label DefineLabel()
    {
        var label = generator.DefineLabel();
        _labelNumbers.Add(label, _labelNumbers.Count);
        return label;
    }

    /// <summary>Puts a label here.</summary>
    public void Mark(Label label)
    {
        generator.MarkLabel(label);
        listing?.Append(CultureInfo.InvariantCulture, $"L{_labelNumbers[label]}:\n");
    }

    /// <summary>A new local variable.</summary>
    public LocalBuilder Declare(Type type) => generator.DeclareLocal(type);

    /// <summary>A local variable from those that were given back, or a new one.</summary>
    public LocalBuilder Rent(Type type) => _free.TryGetValue(type, out var free) && free.TryPop(out var local) ? local : Declare(type);

    /// <summary>Gives a rented local back: what it holds is not needed any more on any path from here.</summary>
    public void Return(LocalBuilder local)
    {
        if (!_free.TryGetValue(local.LocalType, out var free))
        {
            _free.Add(local.LocalType, free = new Stack<LocalBuilder>());
        }

        free.Push(local);
    }

    /// <summary>Whether a listing is kept.</summary>
    public bool HasListing => listing is not null;

    /// <summary>A comment in the listing.</summary>
    public void Comment(string text) => listing?.Append("// ").Append(text).Append('\n');

    public void Op(OpCode code)
    {
        generator.Emit(code);
        Note(code, null);
    }

    public void Branch(OpCode code, Label target)
    {
        generator.Emit(code, target);
        Note(code, "L" + _labelNumbers[target].ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Jumps to the label of a number on the stack; goes on when there is none.</summary>
    public void Switch(Label[] targets)
    {
        generator.Emit(OpCodes.Switch, targets);
        Note(OpCodes.Switch, string.Join(", ", targets.Select(target => "L" + _labelNumbers[target].ToString(CultureInfo.InvariantCulture))));
    }

    public void Load(LocalBuilder local)
    {
        generator.Emit(OpCodes.Ldloc, local);
        Note(OpCodes.Ldloc, local.LocalIndex);
    }

    public void LoadAddress(LocalBuilder local)
    {
        generator.Emit(OpCodes.Ldloca, local);
        Note(OpCodes.Ldloca, local.LocalIndex);
    }

    public void Store(LocalBuilder local)
    {
        generator.Emit(OpCodes.Stloc, local);
        Note(OpCodes.Stloc, local.LocalIndex);
    }

    /// <summary>Pushes the pointer to the processor's state.</summary>
    public void State() => Op(OpCodes.Ldarg_0);

    /// <summary>Pushes an int32.</summary>
    public void Int(int value)
    {
        generator.Emit(OpCodes.Ldc_I4, value);
        Note(OpCodes.Ldc_I4, value);
    }

    /// <summary>Pushes an int64.</summary>
    public void Long(long value)
    {
        generator.Emit(OpCodes.Ldc_I8, value);
        Note(OpCodes.Ldc_I8, value);
    }

    /// <summary>Pushes a value of a width in bytes: an int64 of 8, else an int32.</summary>
    public void Number(long value, int width)
    {
        if (width == 8)
        {
            Long(value);
        }
        else
        {
            Int((int)value);
        }
    }

    /// <summary>Pushes a pointer.</summary>
    public void Pointer(nint value)
    {
        generator.Emit(OpCodes.Ldc_I8, value);
        generator.Emit(OpCodes.Conv_I);
        Note(OpCodes.Ldc_I8, "0x" + value.ToString("x", CultureInfo.InvariantCulture));
    }

    /// <summary>Pushes the address of a field of the state.</summary>
    public void FieldAddress(int offset)
    {
        State();
        Int(offset);
        Op(OpCodes.Add);
    }

    /// <summary>Pushes a 64-bit field of the state.</summary>
    public void LoadField(int offset)
    {
        FieldAddress(offset);
        Op(OpCodes.Ldind_I8);
    }

    /// <summary>Pushes a 32-bit field of the state that other threads write: it is read each time, never once for a whole loop.</summary>
    public void LoadSharedIntField(int offset)
    {
        FieldAddress(offset);
        Op(OpCodes.Volatile);
        Op(OpCodes.Ldind_I4);
    }

    /// <summary>Writes a local to a 64-bit field of the state.</summary>
    public void StoreField(int offset, LocalBuilder local)
    {
        FieldAddress(offset);
        Load(local);
        Op(OpCodes.Stind_I8);
    }

    public void Call(MethodInfo method)
    {
        generator.Emit(OpCodes.Call, method);
        Note(OpCodes.Call, method);
    }

    /// <summary>Calls a handler through its address; state and op are on the stack.</summary>
    public void CallHandler()
    {
        generator.EmitCalli(OpCodes.Calli, CallingConventions.Standard, typeof(nint), [typeof(CpuState*), typeof(nint)], null);
        Note(OpCodes.Calli, "handler");
    }

    /// <summary>Jumps to a handler through its address; state, op and address are on the stack.</summary>
    public void JumpToHandler()
    {
        generator.Emit(OpCodes.Tailcall);
        CallHandler();
        Op(OpCodes.Ret);
    }

    public void LoadObject(Type type)
    {
        generator.Emit(OpCodes.Unaligned, (byte)1);
        generator.Emit(OpCodes.Ldobj, type);
        Note(OpCodes.Ldobj, type.Name);
    }

    public void StoreObject(Type type)
    {
        generator.Emit(OpCodes.Unaligned, (byte)1);
        generator.Emit(OpCodes.Stobj, type);
        Note(OpCodes.Stobj, type.Name);
    }

    private void Note(OpCode code, object? operand)
    {
        if (listing is null)
        {
            return;
        }

        listing.Append("    ").Append(code.Name);
        if (operand is MethodInfo method)
        {
            _called.Add(method);
            var arguments = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}>" : string.Empty;
            listing.Append(' ').Append(method.DeclaringType?.Name).Append("::").Append(method.Name).Append(arguments);
        }
        else if (operand is not null)
        {
            listing.Append(' ').Append(Convert.ToString(operand, CultureInfo.InvariantCulture));
        }

        listing.Append('\n');
    }
}
