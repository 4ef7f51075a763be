using System.Reflection;

namespace Emulator.Architecture.Tests;

/// <summary>
/// Nothing of a machine is static, so that several live in one process. A static field is read-only and what it holds cannot change;
/// an array, whose elements could, is private, and no method beside the static constructor that touches it stores into an array.
/// </summary>
public sealed class StaticStateTests
{
    private const BindingFlags AllStatic = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
    private const BindingFlags All = AllStatic | BindingFlags.Instance;

    public static TheoryData<string> Assemblies => Product.Assemblies;

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void StaticField_InAnyType_CannotChange(string assembly)
    {
        var mutable =
            from type in Product.TypesOf(assembly)
            from field in type.GetFields(AllStatic)
            where !field.IsLiteral
            let reason = WhyMutable(field)
            where reason is not null
            select $"{type.FullName}.{field.Name}: {reason}";
        Findings.AreNone(mutable);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Field_InAnyType_DependsOnNoThread(string assembly)
    {
        var fields =
            from type in Product.TypesOf(assembly)
            from field in type.GetFields(All)
            where field.IsDefined(typeof(ThreadStaticAttribute)) || IsThreadLocal(field.FieldType)
            select $"{type.FullName}.{field.Name}";
        Findings.AreNone(fields);
    }

    [Fact]
    public void Rule_AppliedToSamples_TellsThemApart()
    {
        var judged = typeof(StaticFieldSamples).GetFields(AllStatic).Where(field => !field.IsLiteral)
            .ToDictionary(field => field.Name, field => WhyMutable(field) is null);
        Assert.NotEmpty(judged);
        Assert.All(judged, pair => Assert.Equal(pair.Key.StartsWith("Good", StringComparison.Ordinal), pair.Value));
    }

    private static string? WhyMutable(FieldInfo field)
    {
        if (!field.IsInitOnly)
        {
            return "not readonly";
        }

        if (!field.FieldType.IsArray)
        {
            return Immutability.IsImmutable(field.FieldType) ? null : $"what a {field.FieldType.Name} holds can change";
        }

        if (!field.IsPrivate)
        {
            return "an array that others can reach (make it private, or an ImmutableArray, or a ReadOnlySpan property)";
        }

        if (!Immutability.IsImmutable(field.FieldType.GetElementType()!))
        {
            return "an array of things that can change";
        }

        var writer = StoreScan.MethodsThatLoadAndStore(field).FirstOrDefault();
        return writer is null ? null : $"an array, and {writer.Name}, which touches it, stores into an array";
    }

    private static bool IsThreadLocal(Type type)
        => type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(ThreadLocal<>) || type.GetGenericTypeDefinition() == typeof(AsyncLocal<>));
}
