namespace Emulator.Host.Cli;

/// <summary>What this version does with an option.</summary>
public enum OptionSupport
{
    /// <summary>It works.</summary>
    Works,

    /// <summary>It is refused by name, with <see cref="OptionDeclaration.Advice"/>.</summary>
    Refused,

    /// <summary>Only the values in <see cref="OptionDeclaration.Satisfied"/> are true of every machine here; others are refused.</summary>
    SatisfiedOnly,
}

/// <summary>One option of the command line: parser, help and documentation are made from it.</summary>
/// <param name="Name">The name without dashes.</param>
/// <param name="Syntax">The value's syntax; null for an option without value.</param>
/// <param name="Summary">One line of help; for a refused option what it would be for.</param>
/// <param name="Support">Whether it works.</param>
/// <param name="Advice">For a refused option: what to do instead.</param>
public sealed record OptionDeclaration(
    string Name, string? Syntax, string Summary, OptionSupport Support = OptionSupport.Works, string Advice = "")
{
    /// <summary>Other spellings.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Values that hold anyway, for <see cref="OptionSupport.SatisfiedOnly"/>; empty when the option has no value.</summary>
    public IReadOnlyList<string> Satisfied { get; init; } = [];

    /// <summary>The name as typed.</summary>
    public string Spelling => "-" + Name;

    /// <summary>Whether a name, without dashes, means this option.</summary>
    public bool IsSpelled(string name)
    {
        if (Name == name)
        {
            return true;
        }

        foreach (var alias in Aliases)
        {
            if (alias == name)
            {
                return true;
            }
        }

        return false;
    }
}
