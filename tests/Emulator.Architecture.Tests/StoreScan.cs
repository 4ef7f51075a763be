using System.Reflection;
using System.Reflection.Emit;

namespace Emulator.Architecture.Tests;

/// <summary>
/// Finds, in the CIL of a field's own type and the closures in it, methods that load the field and store into an array or take
/// an element's address. Coarse on purpose: a method that reads a table has no business writing another array next to it.
/// </summary>
internal static class StoreScan
{
    private const BindingFlags All =
        BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly System.Collections.Frozen.FrozenDictionary<short, OpCode> ByValue =
        System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(
            typeof(OpCodes).GetFields(BindingFlags.Static | BindingFlags.Public).Select(field => (OpCode)field.GetValue(null)!),
            opcode => opcode.Value);

    /// <summary>The offending methods of a private static array.</summary>
    public static IEnumerable<MethodBase> MethodsThatLoadAndStore(FieldInfo field)
        => TypeAndNested(field.DeclaringType!)
            .SelectMany(type => type.GetMethods(All).Concat<MethodBase>(type.GetConstructors(All & ~BindingFlags.Static)))
            .Where(method => LoadsAndStores(method, field));

    private static IEnumerable<Type> TypeAndNested(Type type)
        => type.GetNestedTypes(All).SelectMany(TypeAndNested).Prepend(type);

    private static bool LoadsAndStores(MethodBase method, FieldInfo field)
    {
        var loads = false;
        var stores = false;
        foreach (var (opcode, operand) in Instructions(method))
        {
            loads |= (opcode == OpCodes.Ldsfld || opcode == OpCodes.Ldsflda) && Names(method, operand, field);
            stores |= opcode.Name!.StartsWith("stelem", StringComparison.Ordinal);
        }

        return loads && stores;
    }

    private static bool Names(MethodBase method, int token, FieldInfo field)
    {
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        var named = method.Module.ResolveField(token, typeArguments, methodArguments);
        return named is not null && named.MetadataToken == field.MetadataToken && named.Module == field.Module;
    }

    private static IEnumerable<(OpCode OpCode, int Operand)> Instructions(MethodBase method)
    {
        var code = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var i = 0; i < code.Length;)
        {
            var value = code[i] == 0xfe ? (short)(0xfe00 | code[i + 1]) : code[i];
            var opcode = ByValue[value];
            i += opcode.Size;
            var size = OperandSize(opcode, code, i);
            yield return (opcode, size == 4 ? BitConverter.ToInt32(code, i) : 0);
            i += size;
        }
    }

    private static int OperandSize(OpCode opcode, byte[] code, int at) => opcode.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
        _ => 4,
    };
}
