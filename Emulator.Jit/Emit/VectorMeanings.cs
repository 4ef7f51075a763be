using System.Collections.Concurrent;
using System.Reflection;
using Emulator.Core.Instructions.Avx;
using Emulator.Core.Instructions.Sse;
using Emulator.Jit.Runtime;

namespace Emulator.Jit.Emit;

/// <summary>The static methods of Core that mean vector operations, found once for each type.</summary>
internal sealed class VectorMeanings
{
    private readonly ConcurrentDictionary<(Type Operation, string Name), MethodInfo> _methods = new();
    private readonly ConcurrentDictionary<Type, MethodInfo> _wide = new();
    private readonly ConcurrentDictionary<Type, MethodInfo> _tests = new();
    private readonly ConcurrentDictionary<Type, MethodInfo> _unrounded = new();
    private readonly ConcurrentDictionary<Type, bool> _exact = new();

    /// <summary>The operation's method on 128 bits.</summary>
    public MethodInfo Apply(Type operation) => Method(operation, nameof(IVectorOperation.Apply));

    /// <summary>The operation's method on 256 bits.</summary>
    public MethodInfo Apply256(Type operation)
        => _wide.GetOrAdd(operation, static type => typeof(VectorCalls).GetMethod(nameof(VectorCalls.Apply256))!.MakeGenericMethod(type));

    /// <summary>The operation's fast way, on 128 or 256 bits.</summary>
    public MethodInfo TryFast(Type operation, bool isWide) => Method(isWide ? Wide(operation) : operation, nameof(IFloatOperation.TryFast));

    /// <summary>Whether what the fast way on 128 bits gave is exact.</summary>
    public MethodInfo IsUnrounded(Type operation)
        => _unrounded.GetOrAdd(operation, static type => typeof(VectorCalls).GetMethod(nameof(VectorCalls.IsUnrounded))!.MakeGenericMethod(type));

    /// <summary>Whether the operation never rounds.</summary>
    public bool IsExact(Type operation)
        => _exact.GetOrAdd(operation, static type => (bool)type.GetProperty(nameof(IFloatOperation.IsExact))!.GetValue(null)!);

    /// <summary>The operation's extraction.</summary>
    public MethodInfo Extract(Type operation) => Method(operation, nameof(IExtraction<>.Extract));

    /// <summary>The method that sets the flags of PTEST for bits of one kind.</summary>
    public MethodInfo Test(Type bits)
        => _tests.GetOrAdd(
            bits,
            static type => typeof(VectorTest).GetMethods().Single(method => method.Name == nameof(VectorTest.Set) && method.IsGenericMethod).MakeGenericMethod(type));

    /// <summary>The fast way of a fused multiply-add, on 128 or 256 bits.</summary>
    public MethodInfo TryFused(Type operation, bool isWide)
        => Method(operation, isWide ? nameof(IFusedOperation.TryFast256) : nameof(IFusedOperation.TryFast));

    /// <summary>An operation on three vectors of 128 or 256 bits.</summary>
    public MethodInfo ApplyTernary(Type operation, bool isWide)
        => Method(isWide ? typeof(WideTernary<>).MakeGenericType(operation) : operation, nameof(ITernaryOperation.Apply));

    private static Type Wide(Type operation) => typeof(WideFloat<>).MakeGenericType(operation);

    private MethodInfo Method(Type operation, string name)
        => _methods.GetOrAdd((operation, name), static key => key.Operation.GetMethod(key.Name, BindingFlags.Public | BindingFlags.Static)!);
}
