using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.Integer;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>The methods of Core that mean operations, closed over a width: what compiled code calls and RyuJIT inlines.</summary>
internal sealed class Meanings
{
    private static readonly FrozenDictionary<Type, MethodInfo> InPlaceMethods = new Dictionary<Type, MethodInfo>
    {
        [typeof(Add)] = Setter(nameof(LazyFlags.SetAdd), 4),
        [typeof(Subtract)] = Setter(nameof(LazyFlags.SetSubtract), 4),
        [typeof(And)] = Setter(nameof(LazyFlags.SetLogic), 2),
        [typeof(Increment)] = Setter(nameof(LazyFlags.SetIncrement), 3),
        [typeof(Decrement)] = Setter(nameof(LazyFlags.SetDecrement), 3),
    }.ToFrozenDictionary();

    private readonly ConcurrentDictionary<ConditionCode, MethodInfo> _conditions = new();

    /// <summary>The unsigned type of a width in bytes.</summary>
    public static Type TypeOf(int width) => width switch { 1 => typeof(byte), 2 => typeof(ushort), 4 => typeof(uint), _ => typeof(ulong) };

    /// <summary>
    /// The method of <see cref="LazyFlags"/> that sets an operation's flags from its values, zero-extended, and their bits; null where only the operation itself
    /// does.
    /// </summary>
    public static MethodInfo? InPlace(Type operation) => InPlaceMethods.GetValueOrDefault(operation);

    private static MethodInfo Setter(string name, int parameters)
        => typeof(LazyFlags).GetMethods().Single(method => method.Name == name && !method.IsGenericMethod && method.GetParameters().Length == parameters);

    /// <summary>The test of a condition on the flags in the state.</summary>
    public MethodInfo Test(ConditionCode condition)
        => _conditions.GetOrAdd(condition, static code => Conditions.TypeOf(code).GetMethod(nameof(ICondition.Test), BindingFlags.Public | BindingFlags.Static, [typeof(CpuState*)])!);
}
