using System.Collections.Concurrent;
using System.Reflection;
using Emulator.Core.Cpu;
using Emulator.Core.Instructions.Integer;
using Emulator.Jit.Runtime;
using Iced.Intel;

namespace Emulator.Jit.Emit;

/// <summary>The methods of Core that mean operations, closed over a width: what compiled code calls and RyuJIT inlines.</summary>
internal sealed class Meanings
{
    private readonly ConcurrentDictionary<(Type Operation, int Width, bool Recovers), MethodInfo> _methods = new();
    private readonly ConcurrentDictionary<ConditionCode, MethodInfo> _conditions = new();

    /// <summary>The unsigned type of a width in bytes.</summary>
    public static Type TypeOf(int width) => width switch { 1 => typeof(byte), 2 => typeof(ushort), 4 => typeof(uint), _ => typeof(ulong) };

    /// <summary>The operation's <c>Apply</c>.</summary>
    public MethodInfo Apply(Type operation, int width)
        => _methods.GetOrAdd(
            (operation, width, false),
            static key => key.Operation.GetMethod(nameof(IAluOperation.Apply), BindingFlags.Public | BindingFlags.Static)!.MakeGenericMethod(TypeOf(key.Width)));

    /// <summary>The out-of-line method that sets an operation's flags.</summary>
    public MethodInfo Recovery(PendingFlags pending)
        => _methods.GetOrAdd(
            (pending.Operation, pending.Width, true),
            static (key, shape) => typeof(FlagRecovery).GetMethod(shape.ToString())!.MakeGenericMethod(key.Operation, TypeOf(key.Width)),
            pending.Shape);

    /// <summary>The test of a condition on the flags in the state.</summary>
    public MethodInfo Test(ConditionCode condition)
        => _conditions.GetOrAdd(condition, static code => Conditions.TypeOf(code).GetMethod(nameof(ICondition.Test), BindingFlags.Public | BindingFlags.Static, [typeof(CpuState*)])!);
}
