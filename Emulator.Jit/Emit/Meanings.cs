using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Reflection;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.Integer;
using Emulator.Jit.Runtime;
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

    private readonly ConcurrentDictionary<(Type Operation, int Width, bool Recovers), MethodInfo> _methods = new();
    private readonly ConcurrentDictionary<ConditionCode, MethodInfo> _conditions = new();

    /// <summary>The unsigned type of a width in bytes.</summary>
    public static Type TypeOf(int width) => width switch { 1 => typeof(byte), 2 => typeof(ushort), 4 => typeof(uint), _ => typeof(ulong) };

    /// <summary>The operation's <c>Apply</c>.</summary>
    public MethodInfo Apply(Type operation, int width)
        => _methods.GetOrAdd(
            (operation, width, false),
            static key => key.Operation.GetMethod(nameof(IAluOperation.Apply), BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(TypeOf(key.Width)));

    /// <summary>
    /// The method of <see cref="LazyFlags"/> that sets an operation's flags from its values, zero-extended, and their bits; null where only the operation itself
    /// does.
    /// </summary>
    public static MethodInfo? InPlace(Type operation) => InPlaceMethods.GetValueOrDefault(operation);

    /// <summary>The out-of-line method that sets an operation's flags.</summary>
    public MethodInfo Recovery(PendingFlags pending)
        => _methods.GetOrAdd(
            (pending.Operation, pending.Width, true),
            static (key, shape) => typeof(FlagRecovery).GetMethod(shape.ToString())!.MakeGenericMethod(key.Operation, TypeOf(key.Width)),
            pending.Shape);

    private static MethodInfo Setter(string name, int parameters)
        => typeof(LazyFlags).GetMethods().Single(method => method.Name == name && !method.IsGenericMethod && method.GetParameters().Length == parameters);

    /// <summary>The test of a condition on the flags in the state.</summary>
    public MethodInfo Test(ConditionCode condition)
        => _conditions.GetOrAdd(condition, static code => Conditions.TypeOf(code).GetMethod(nameof(ICondition.Test), BindingFlags.Public | BindingFlags.Static, [typeof(CpuState*)])!);
}
