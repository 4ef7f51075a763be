using System.Collections.Immutable;
using System.CommandLine;

namespace Emulator.Host.Cli;

/// <summary>The command line taken apart: which options stand there, with which values.</summary>
/// <param name="Values">The values of each option in the order given; an option without value has one empty string each time.</param>
/// <param name="Operands">What is no option.</param>
public sealed record ParsedArguments(ImmutableDictionary<string, ImmutableArray<string>> Values, ImmutableArray<string> Operands)
{
    /// <summary>Whether the option was given.</summary>
    public bool Has(string name) => Values.ContainsKey(name);

    /// <summary>All values of an option.</summary>
    public ImmutableArray<string> All(string name) => Values.TryGetValue(name, out var values) ? values : [];

    /// <summary>The last value of an option, which is the one that counts; null when it was not given.</summary>
    public string? Last(string name) => Values.TryGetValue(name, out var values) ? values[^1] : null;
}

/// <summary>Takes a command line apart by <see cref="OptionTable"/>: one dash or two, a value in the next argument, typos named.</summary>
public static class ArgumentParser
{
    /// <summary>Parses; refuses unknown options, options that lack their value, and options that this version does not support.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="extra">Options beyond the table's, of a subcommand.</param>
    public static ParsedArguments Parse(IReadOnlyList<string> arguments, params IReadOnlyList<OptionDeclaration> extra)
    {
        var table = new List<OptionDeclaration>(OptionTable.All);
        table.AddRange(extra);
        var command = new Command("emulator");
        var operands = new Argument<string[]>("operand") { Arity = ArgumentArity.ZeroOrMore };
        command.Arguments.Add(operands);
        var byDeclaration = new List<(OptionDeclaration Declaration, Option Option)>();
        foreach (var declaration in table)
        {
            var option = MakeOption(declaration);
            command.Options.Add(option);
            byDeclaration.Add((declaration, option));
        }

        var result = command.Parse(
            [.. ShieldDoubleDash(arguments, table)],
            new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        var values = ImmutableDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        foreach (var (declaration, option) in byDeclaration)
        {
            if (result.GetResult(option) is not { IdentifierTokenCount: > 0 } found)
            {
                continue;
            }

            ImmutableArray<string> given = declaration.Syntax is null
                ? [.. Enumerable.Repeat("", found.IdentifierTokenCount)]
                : [.. found.Tokens.Select(token => token.Value)];
            CheckCount(declaration, given, found.IdentifierTokenCount);
            CheckSupport(declaration, given);
            values.Add(declaration.Name, given);
        }

        var rest = result.GetResult(operands)?.Tokens.Select(token => token.Value).Concat(result.UnmatchedTokens) ?? result.UnmatchedTokens;
        ImmutableArray<string> operandValues = [.. rest];
        RefuseUnknown(operandValues, table);
        return new ParsedArguments(values.ToImmutable(), operandValues);
    }

    private static Option MakeOption(OptionDeclaration declaration)
    {
        string[] aliases = ["--" + declaration.Name, .. declaration.Aliases.SelectMany(alias => new[] { "-" + alias, "--" + alias })];
        return declaration.Syntax is null
            ? new Option<bool>("-" + declaration.Name, aliases) { Arity = ArgumentArity.Zero }
            : new Option<string[]>("-" + declaration.Name, aliases) { Arity = ArgumentArity.OneOrMore };
    }

    // The parser takes a lone "--" as the end of options even where it is an option's value.
    private static IEnumerable<string> ShieldDoubleDash(IReadOnlyList<string> arguments, List<OptionDeclaration> table)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (i + 1 < arguments.Count && arguments[i + 1] == "--"
                && table.Exists(option => option.Syntax is not null && IsSpelled(option, arguments[i])))
            {
                yield return arguments[i] + "=--";
                i++;
            }
            else
            {
                yield return arguments[i];
            }
        }
    }

    private static bool IsSpelled(OptionDeclaration option, string argument)
    {
        var name = argument.StartsWith("--", StringComparison.Ordinal) ? argument[2..] : argument.StartsWith('-') ? argument[1..] : "";
        return name.Length > 0 && (option.Name == name || option.Aliases.Contains(name, StringComparer.Ordinal));
    }

    private static void CheckCount(OptionDeclaration declaration, ImmutableArray<string> given, int occurrences)
    {
        if (declaration.Syntax is not null && given.Length < occurrences)
        {
            throw new UserErrorException(declaration.Spelling, "its value is missing", $"write {declaration.Spelling} {declaration.Syntax}");
        }
    }

    private static void CheckSupport(OptionDeclaration declaration, ImmutableArray<string> given)
    {
        if (declaration.Support == OptionSupport.Works)
        {
            return;
        }

        foreach (var value in given)
        {
            if (declaration.Support == OptionSupport.Refused
                || (declaration.Syntax is not null && !declaration.Satisfied.Contains(value, StringComparer.Ordinal)))
            {
                throw new UserErrorException(
                    $"{declaration.Spelling} {value}".TrimEnd(), $"not supported ({declaration.Summary})", declaration.Advice);
            }
        }
    }

    private static void RefuseUnknown(ImmutableArray<string> operands, List<OptionDeclaration> table)
    {
        foreach (var operand in operands)
        {
            if (operand.Length > 1 && operand[0] == '-')
            {
                var typed = operand.TrimStart('-').Split('=')[0];
                var near = Suggestion.Nearest(typed, table.Select(option => option.Name));
                throw new UserErrorException(
                    operand, "unknown option", near is null ? "emulator -help lists the options" : $"did you mean -{near}?");
            }
        }
    }
}
