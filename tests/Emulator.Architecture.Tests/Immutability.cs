using System.Buffers;
using System.Collections.Immutable;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Emulator.Architecture.Tests;

/// <summary>
/// Whether what a type holds is fixed once it is made: numbers, strings, function pointers and delegates, frozen and immutable
/// collections, read-only views, and sealed types made of such fields, all read-only.
/// </summary>
internal static class Immutability
{
    private const BindingFlags InstanceFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly ImmutableArray<Type> Known =
        [typeof(string), typeof(decimal), typeof(Type), typeof(MethodInfo), typeof(Version), typeof(Regex), typeof(Encoding), typeof(CompositeFormat)];

    private static readonly ImmutableArray<Type> Views =
    [
        typeof(IReadOnlyList<>), typeof(IReadOnlyCollection<>), typeof(IReadOnlySet<>), typeof(IReadOnlyDictionary<,>),
        typeof(ILookup<,>), typeof(IEnumerable<>), typeof(SearchValues<>),
    ];

    /// <summary>Judges a type.</summary>
    public static bool IsImmutable(Type type) => IsImmutable(type, []);

    private static bool IsImmutable(Type type, HashSet<Type> assumed)
    {
        if (type.IsPrimitive || type.IsEnum || type.IsFunctionPointer || Known.Contains(type) || type.IsAssignableTo(typeof(Delegate)))
        {
            return true;
        }

        if (type.Namespace is "System.Collections.Immutable" or "System.Collections.Frozen" or "System.Runtime.Intrinsics"
            || (type.IsGenericType && Views.Contains(type.GetGenericTypeDefinition())))
        {
            return type.GetGenericArguments().All(argument => IsImmutable(argument, assumed));
        }

        if (type.IsPointer || type.IsArray || type.IsInterface || !type.IsSealed || !IsOurs(type))
        {
            return type.IsValueType && IsReadOnlyStruct(type) && FieldsAreFixed(type, assumed);
        }

        return !assumed.Add(type) || (BaseIsFixed(type, assumed) && FieldsAreFixed(type, assumed));
    }

    private static bool FieldsAreFixed(Type type, HashSet<Type> assumed)
        => type.GetFields(InstanceFields).All(field => (field.IsInitOnly || type.IsValueType) && IsImmutable(field.FieldType, assumed));

    private static bool BaseIsFixed(Type type, HashSet<Type> assumed)
        => type.BaseType is not { } parent || parent == typeof(object) || parent == typeof(ValueType) || FieldsAreFixed(parent, assumed);

    private static bool IsReadOnlyStruct(Type type)
        => type.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "IsReadOnlyAttribute");

    private static bool IsOurs(Type type)
        => type.Assembly.GetName().Name!.StartsWith("emulator", StringComparison.OrdinalIgnoreCase);
}
